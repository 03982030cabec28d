import { cleanLine, shortLine } from '../model/escape.ts';
import { count } from '../model/prose.ts';
import { CONFIG_SCHEMA_URL } from './schema-keys.ts';

/** Why a benchmark may take long, or why its numbers may depend on more than the code. */
export type Doubt = 'network' | 'database' | 'process' | 'sleep' | 'short';

/** A benchmark function as its source declares it. */
export type SurveyedBenchmark = {
  /** Import path. */
  package: string;
  name: string;
  /** From the top of the repository, with `/`. */
  file: string;
  line: number;
  doubts: readonly Doubt[];
};

/**
 * The modules and benchmarks of a repository, read from its files without building or running anything. `dir` is a
 * module's folder, `.` for the top of the repository.
 */
export type Survey = {
  modules: readonly { path: string; dir: string }[];
  benchmarks: readonly SurveyedBenchmark[];
};

const doubtWords: Record<Doubt, string> = {
  network: 'uses the network',
  database: 'uses a database',
  process: 'starts other programs',
  sleep: 'sleeps',
  short: 'asks testing.Short(), so it may take long',
};

/** Seconds to measure one benchmark on both sides: an average, because only some need confirming runs. */
const SECONDS_A_BENCHMARK = 1.5;

/** The default budget, in minutes. */
const DEFAULT_BUDGET = 10;

/** A YAML string. It is not cut, because half of an expression is not valid. */
const quote = (text: string): string => `'${cleanLine(text).replaceAll("'", "''")}'`;

function listModules(modules: Survey['modules']): string[] {
  if (modules.length === 0) return ['  # No go.mod was found. List the folders of your modules here.'];
  const folders = modules.map(({ dir, path }) => `  #   ${shortLine(dir)}: ${shortLine(path)}`);
  return [
    `  # auto: every change is measured in the modules that it can reach. Found ${count(modules.length, 'module')}:`,
    ...folders.slice(0, 20),
    ...(folders.length > 20 ? [`  #   and ${folders.length - 20} more`] : []),
  ];
}

/** The longest list of names in an expression, in characters. `checkGoRegexp` accepts up to 2000. */
const MAX_NAMES_LENGTH = 1900;

/** The most benchmarks that are listed with their doubts. The others are only counted. */
const MAX_LISTED = 50;

/** The names to skip: those of doubtful benchmarks, as many as fit into one expression. */
function chooseSkipped(benchmarks: readonly SurveyedBenchmark[]): Set<string> {
  const chosen = new Set<string>();
  let length = 0;
  for (const { name, doubts } of benchmarks) {
    if (doubts.length === 0 || chosen.has(name)) continue;
    length += name.length + 1;
    if (length > MAX_NAMES_LENGTH) break;
    chosen.add(name);
  }
  return chosen;
}

/** The doubtful benchmarks as comments, and a regular expression that leaves them out. */
function listDoubtful(benchmarks: readonly SurveyedBenchmark[]): string[] {
  const doubtful = benchmarks.filter(({ doubts }) => doubts.length > 0);
  if (doubtful.length === 0) {
    return [
      '  # A regular expression, as in go test -skip. No benchmark uses the network or the clock.',
      "  skip: ''",
    ];
  }
  const names = chooseSkipped(benchmarks);
  const lines = doubtful.map(
    ({ name, file, line, doubts }) =>
      `  #   ${shortLine(name)} (${shortLine(file)}:${line}) ${doubts.map((doubt) => doubtWords[doubt]).join(', ')}`,
  );
  const more = lines.length - MAX_LISTED;
  const left = doubtful.filter(({ name }) => !names.has(name)).length;
  return [
    '  # A regular expression, as in go test -skip. The sandbox has no network, and numbers should depend on the code alone,',
    '  # so these benchmarks are skipped; remove a name to measure it anyway:',
    ...lines.slice(0, MAX_LISTED),
    ...(more > 0 ? [`  #   and ${more} more`] : []),
    ...(left > 0
      ? [`  # ${left} of them do not fit into one expression. Replace names by patterns that match several.`]
      : []),
    `  skip: ${quote(`^(${[...names].join('|')})$`)}`,
  ];
}

/** The minutes that all benchmarks take, rounded up to a multiple of five; never less than the default. */
function proposeBudget(benchmarks: number): number {
  const minutes = (benchmarks * SECONDS_A_BENCHMARK) / 60;
  return Math.max(DEFAULT_BUDGET, Math.ceil(minutes / 5) * 5);
}

/** The text of `.github/allocgate.yml`: every key with its default or a proposal, and its purpose. */
export function writeInitialConfig({ modules, benchmarks }: Survey): string {
  const [example] = benchmarks;
  const name = example ? `${example.package}.${example.name}` : 'example.com/m/pkg.BenchmarkX';
  return `# yaml-language-server: $schema=${CONFIG_SCHEMA_URL}
# How allocgate reviews this repository. It is read from the base commit of a pull request, so that a change cannot weaken its
# own gate. Every key is optional. allocgate config check checks this file.
version: 1

benchmarks:
${listModules(modules).join('\n')}
  modules: auto
  packages: ['./...']
  # A regular expression, as in go test -bench.
  run: '.'
${listDoubtful(benchmarks).join('\n')}
  # Build tags.
  tags: []

thresholds:
  # How many more allocations per op count as a regression. Counts are exact, so one is a good threshold.
  allocs: { increase: 1 }
  # Both must be reached.
  bytes: { increase: 64, percent: 10 }
  # Other thresholds for some benchmarks, for example those with random input:
  #   - benchmark: ${quote(`${name}*`)}
  #     allocs: { increase: 5 }
  overrides: []

# fail: red, neutral: grey, pass: green, off: grey and no comments. To try allocgate first, use neutral.
gate: fail

# Comments on lines, and a summary if something changed (always, changes, never).
comments: { inline: true, summary: changes, max: 30 }

# Minutes to measure, not counting compilation. Found ${count(benchmarks.length, 'benchmark')}.
budget: ${proposeBudget(benchmarks.length)}

# Each head of a fork waits for a maintainer (approve), or forks are not measured (never).
forks: approve
# Drafts wait until they are ready (skip), or are measured (review).
drafts: skip
`;
}

/** The output of `allocgate init`: what it did, and the next step. */
export function describeInit(files: readonly string[], { modules, benchmarks }: Survey): string {
  const names = chooseSkipped(benchmarks);
  const skipped = benchmarks.filter(({ name }) => names.has(name)).length;
  return [
    `Found ${count(modules.length, 'module')} and ${count(benchmarks.length, 'benchmark')}${skipped === 0 ? '' : `, ${skipped} of which the file skips: they use the network, a database, other programs or the clock`}.`,
    ...files.map((file) => `Wrote ${shortLine(file)}.`),
    `Read ${files.length === 1 ? 'it, commit it' : 'them, commit them'} to the default branch, and try allocgate review.`,
    ...(files.some((file) => file.includes('/workflows/'))
      ? ['To block merging, require the status check "allocgate / gate" in the rules of the default branch.']
      : []),
    '',
  ].join('\n');
}

/** The message if a file exists. It is not overwritten, because a person may have written it. */
export const describeExisting = (file: string): string =>
  `allocgate: ${shortLine(file)} exists, so nothing was written.\nMove it away, or edit it; allocgate config check checks it.\n`;
