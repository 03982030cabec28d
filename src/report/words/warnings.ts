import { benchmarkId } from '../../compare/benchmark-id.ts';
import { compareText } from '../../compare/order.ts';
import type { BenchmarkFailure, DeltaReason, Side } from '../../compare/types.ts';
import { describeBadDirective, describeBrokenBefore } from './contracts.ts';
import { formatSigned } from './numbers.ts';
import { cutStacks, failureWords } from './failure-words.ts';
import { describeLimit, isLimit } from '../../limits.ts';
import { command, count, joinProse, say, toPlain, type Prose } from '../model/prose.ts';
import type { LeftOut, Warning } from '../model/review.ts';
import { reviewModule } from './reproduce.ts';

/** How a benchmark ended, and the limit that ended it. */
function describeBenchmarkFailure({ kind, detail }: BenchmarkFailure): Prose {
  return [isLimit(kind) ? describeLimit(kind, 'benchmark') : failureWords[kind], ...nameLimit(detail)];
}

const MAX_LISTED = 5;

/** Error messages of programs that reach a limit of the kernel, and the setting behind each limit. */
const limitOfWords: readonly [RegExp, string][] = [
  [/no space left on device/u, 'temporaryMiB'],
  [/file too large/u, 'fileMiB'],
  [/too many open files/u, 'openFiles'],
  [/cannot allocate memory|runtime: out of memory/u, 'memoryMiB'],
  [/resource temporarily unavailable|failed to create new OS thread/u, 'processes'],
];

/** Names the limit behind a program's own error message. */
function nameLimit(detail: string): Prose {
  const found = limitOfWords.find(([words]) => words.test(detail));
  return found ? [` (limits.${found[1]})`] : [];
}

/** The end of a sentence: a detail from outside after a colon, or a full stop. */
const detailOf = (detail: string): Prose => (detail.trim() === '' ? ['.'] : say`: ${detail}`);

/**
 * The first message of the go command, as the end of a sentence. A line `# package` is only a heading. A line that ends
 * with a colon belongs to the next one: `no required module provides package P; to add it:`, then `go get P`.
 */
function firstMessage(lines: readonly string[]): Prose {
  const messages = lines.map((line) => line.trim()).filter((line) => !line.startsWith('# '));
  const end = messages.findIndex((line) => !line.endsWith(':'));
  return detailOf(messages.slice(0, end === -1 ? 1 : end + 1).join(' '));
}

/** Where something happened. */
type Where = Side | 'both';

const at = (side: Where): Prose => [side === 'both' ? ' on both sides' : ` at ${side}`];

/** Replaces the parts that differ between two runs of the same program: addresses, goroutine numbers, times. */
const withoutNumbers = (text: string): string => text.replaceAll(/\b0x[0-9a-f]+|\b\d+/gu, '0');

/** A key that is equal for two warnings of the same kind that differ only in the side; null for kinds without sides. */
function keyWithoutSide(warning: Warning): string | null {
  if (warning.kind === 'left-out') return JSON.stringify([warning.kind, warning.reason, warning.paths]);
  if (warning.kind === 'fetch') return JSON.stringify([warning.kind, warning.module, warning.lines]);
  if (!('package' in warning && 'side' in warning)) return null;
  const words =
    warning.kind === 'benchmark'
      ? [warning.failure.name, warning.failure.kind, cutStacks(warning.failure.detail)]
      : [warning.kind === 'package-run' ? warning.detail : ''];
  return withoutNumbers([warning.kind, ...words].join(' ')) + warning.package;
}

/** Where a sentence is read. Command-line options are only mentioned in the terminal. */
type Audience = 'terminal' | 'pull-request';

/**
 * Writes one sentence for each warning, sorted and without duplicates. A warning that both sides share becomes one
 * sentence.
 */
export function describeWarnings(warnings: readonly Warning[], audience: Audience = 'terminal'): Prose[] {
  const sides = Map.groupBy(warnings, (warning, index) => keyWithoutSide(warning) ?? index);
  const sentences = [...sides.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const both = new Set(group.map((warning) => ('side' in warning ? warning.side : null))).size > 1;
    return [describeWarning(first, both, audience)];
  });
  const byText = new Map(sentences.map((sentence) => [toPlain(sentence), sentence]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, sentence]) => sentence);
}

const leftOutWords: Readonly<Record<LeftOut, Prose>> = {
  submodule: ['Git submodules are not fetched, so packages that need their files are not compiled.'],
  'link-outside': ['Symbolic links that lead out of the repository are not followed.'],
  'unsafe-path': ['The path is not safe to write.'],
  'unwritable-path': ['The file system rejects the path.'],
  'unreadable-name': ['The name is not valid UTF-8.'],
};

const leftOutTests: Readonly<Record<Extract<Warning, { kind: 'tests-left-out' }>['reason'], string>> = {
  failed: 'a test failed in the sandbox, which has no network.',
  slow: 'a test took longer than the limit of 10 s.',
  'not-repeatable': 'a test failed when one process ran it several times.',
  compile: "base's tests do not compile with the code of head.",
  budget: 'the budget was used up.',
};

type Limit = Extract<Warning, { kind: 'limit' }>;

/** The benchmarks that a limit left out, as a clause. */
function describeLeft({ packages, benchmarks, partly = [] }: Limit): Prose {
  const were = (list: readonly unknown[]): Prose => [list.length === 1 ? 'was' : 'were'];
  if (!benchmarks) return say`the benchmarks of ${listPaths(packages)} were not measured`;
  const [of = ''] = packages;
  const parts = listFirst(
    partly.map(({ name, subBenchmarks }) => say`${name} (${[count(subBenchmarks, 'sub-benchmark')]})`),
  );
  if (benchmarks.length === 0) return say`${parts} of ${of} ${were(partly)} measured only in part`;
  const whole = say`${listPaths(benchmarks)} of ${of} ${were(benchmarks)} not measured`;
  return partly.length === 0 ? whole : say`${whole}, and ${parts} only in part`;
}

/** Names what was not measured because a limit was reached. */
function describeEnd(warning: Limit): Prose {
  const { limit, value } = warning;
  const name = limit === 'budget' ? `budget (${count(value, 'minute')})` : `limits.${limit} (${value})`;
  if (limit === 'stopped') return say`The review was stopped: ${describeLeft(warning)}.`;
  return say`The limit ${[name]} was reached: ${describeLeft(warning)}. `;
}

/** What to do about a limit: the sentence for a terminal, and the one for a pull request. */
function limitRemedies({ limit }: Limit): [string, string] {
  const more = limit === 'budget' ? 'budget in the configuration allows more time; ' : '';
  const config = 'benchmarks.packages and benchmarks.run in the configuration narrow the review.';
  const option = limit === 'budget' ? '--budget allows more time; ' : '';
  return [`${option}--bench or --packages narrow the review.`, `${more}${config}`];
}

/** The first few pieces, and how many more there are. */
function listFirst(pieces: readonly Prose[]): Prose {
  const more = pieces.length - MAX_LISTED;
  const listed = joinProse(pieces.slice(0, MAX_LISTED), ', ');
  return more > 0 ? [...listed, ` and ${more} more`] : listed;
}

const listPaths = (paths: readonly string[]): Prose => listFirst(paths.map((path) => say`${path}`));

/** The sentence for a problem that did not end the review. `both`: it happened on both sides. */
export function describeWarning(warning: Warning, both = false, audience: Audience = 'terminal'): Prose {
  const by = (terminal: string, pullRequest: string): Prose => [
    audience === 'terminal' ? terminal : pullRequest,
  ];
  const where = 'side' in warning ? at(both ? 'both' : warning.side) : [];
  switch (warning.kind) {
    case 'base-does-not-compile':
      return say`The base does not compile, so there is nothing to compare head with${firstMessage(warning.lines)}`;
    case 'package-does-not-compile':
      return say`${warning.package} does not compile${where}; its benchmarks were not compared${firstMessage(warning.lines)}`;
    case 'benchmark':
      return say`${benchmarkId({ package: warning.package, name: warning.failure.name })} ${describeBenchmarkFailure(warning.failure)}${where} and was not compared${detailOf(cutStacks(warning.failure.detail))}`;
    case 'package-run':
      return say`The test binary of ${warning.package} gave no result${where}${detailOf(warning.detail)}`;
    case 'nothing-to-compare':
      return say`Base and head contain the same files, so there is nothing to compare.${by(' Choose another base with --base; --worktree reviews uncommitted changes, too.', '')}`;
    case 'nothing-affected':
      return say`The change affects nothing that is built or that a benchmark reads, so nothing was measured.`;
    case 'left-out':
      return say`Left out${where}: ${listPaths(warning.paths)}. ${leftOutWords[warning.reason]}`;
    case 'not-built':
      return say`Not part of the build, because of build constraints or the file's name: ${listPaths(warning.files)}. What changed there was not measured.${by(
        ' --tags builds files that need a build tag.',
        ' benchmarks.tags in the configuration builds files that need a build tag.',
      )}`;
    case 'no-benchmarks':
      return say`Found no benchmarks in ${joinProse(
        warning.patterns.map((pattern) => say`${pattern}`),
        ', ',
      )}. allocgate can only measure code that a benchmark runs.`;
    case 'no-match':
      return say`No benchmark name matches ${warning.run} (${by('--bench', '/allocgate run')}, or benchmarks.run in the configuration).`;
    case 'not-reached':
      return say`The change reaches none of the benchmarks that match ${warning.run}, so none of them was measured.`;
    case 'no-package':
      return say`benchmarks.packages in the configuration lists ${listPaths(warning.patterns)}, which ${[warning.patterns.length === 1 ? 'matches' : 'match']} no package.`;
    case 'uncommitted':
      return say`${[count(warning.files, 'file')]} in the work tree ${[warning.files === 1 ? 'differs' : 'differ']} from the commit and ${[warning.files === 1 ? 'was' : 'were']} not reviewed. --worktree reviews the files as they are.`;
    case 'architecture':
      return say`Measured on ${warning.goarch}. Sizes and inlining can differ from amd64, which production and the exercises' numbers may use.`;
    case 'limit':
      if (warning.limit === 'stopped') return describeEnd(warning);
      return [...describeEnd(warning), ...by(...limitRemedies(warning))];
    case 'fetch':
      return say`Not all modules that ${warning.module} needs could be downloaded${where}; packages that need the missing ones do not compile${firstMessage(warning.lines)}`;
    case 'unattributed':
      return say`${benchmarkId(warning)} allocates more, but the heap profile shows no line of a Go file outside the tests that allocates more, so this regression does not gate.`;
    case 'unread-diagnostics':
      return say`${[count(warning.lines, 'line')]} of compiler output${where} could not be parsed and ${[warning.lines === 1 ? 'was' : 'were']} ignored${[warning.lines === 1 ? '' : ', the first one']}${detailOf(warning.first)}`;
    case 'module-skipped':
      return say`The module ${warning.module} changed and was not reviewed. ${audience === 'terminal' ? say`Run ${command(reviewModule(warning.dir))}, or add` : ['Add']} it to benchmarks.modules in the configuration.`;
    case 'module-removed':
      return say`Head no longer has the module ${warning.module} (folder ${warning.dir}), so its benchmarks were not compared.`;
    case 'contract-broken-before':
      return describeBrokenBefore(warning);
    case 'tests-left-out':
      return say`${warning.tests.length === 0 ? ['The tests'] : listPaths(warning.tests)} of ${warning.package} measured nothing: ${[leftOutTests[warning.reason]]}`;
    case 'bad-directive':
      return describeBadDirective(warning);
    case 'packages-left-out':
      return say`The change can reach the benchmarks of ${listPaths(warning.packages)}, which ${by('--packages or ', '')}benchmarks.packages in the configuration leaves out.`;
    case 'head-config':
      return say`The configuration at head is invalid, and reviews will fail after it is merged: ${warning.problem}`;
    case 'config-name':
      return say`${warning.found} is not read: the configuration must be in ${'.github/allocgate.yml'}.`;
    case 'unmatched-glob':
      return say`${warning.key} in the configuration names ${warning.glob}, which matches no benchmark. A name looks like ${'example.com/module/package.BenchmarkX'}.`;
    case 'no-rules':
      return [
        'rules.only and rules.disable in the configuration leave no rule, so findings name no pattern.',
      ];
    case 'module-missing':
      return say`benchmarks.modules lists ${warning.module}, where there is no go.mod.`;
  }
}

function describeCrosswise(reason: Extract<DeltaReason, { kind: 'crosswise' }>): Prose {
  const method = `The benchmark changed too, so both versions of the code ran under ${reason.benchmarkOf}'s benchmark`;
  return reason.benchmarkChangesNumbers
    ? [`${method}; the change of the benchmark itself also affects the numbers, and is not counted here.`]
    : [`${method}.`];
}

/** The sentence for why a benchmark's verdict is what it is. */
export function describeReason(reason: DeltaReason): Prose {
  switch (reason.kind) {
    case 'ranges-overlap':
      return ['The runs of base and head overlap, so the difference may be random.'];
    case 'fades-with-iterations':
      return ['The difference shrinks as the iterations grow: it is set-up work outside the loop.'];
    case 'does-not-settle':
      return ['Runs at different iteration counts contradict each other.'];
    case 'truncation':
      return [
        `Go cuts the printed counts to whole numbers; the averages hardly differ: ${reason.exact.base.toFixed(2)} and ${reason.exact.head.toFixed(2)}.`,
      ];
    case 'unexplained':
      return [
        `A heap profile at another iteration count shows a difference of only ${formatSigned(reason.shown.objects)} allocs/op: the measured difference depends on the iteration count, or on chance.`,
      ];
    case 'failed':
      return say`It ${describeBenchmarkFailure(reason.failure)}${at(reason.side)}${detailOf(cutStacks(reason.failure.detail))}`;
    case 'inconsistent-output':
      return say`Its output${at(reason.side)} contains surplus or contradicting result lines, so none of them counts.`;
    case 'replaced-counts':
      return [
        'It prints values of its own instead of what Go counted (b.ReportMetric with allocs/op or B/op), so what it allocates is not known.',
      ];
    case 'crosswise':
      return describeCrosswise(reason);
    case 'hidden-by-rounding':
      return say`Go cuts averages to whole numbers, so the printed counts can be the same; the heap profile shows one more allocation at head.`;
    case 'benchmark-edited':
      return say`The benchmark changed: under ${[`${reason.benchmarkOf}'s`]} version, both versions of the code allocate the same, so the difference comes from the benchmark.`;
    case 'not-comparable':
      return say`The benchmark changed, and neither version runs with the other side's code${detailOf(reason.detail)}`;
  }
}
