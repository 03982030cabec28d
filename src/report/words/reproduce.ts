import { cleanLine } from '../model/escape.ts';
import type { ReportFinding } from '../model/schema.ts';

/** Quotes a text for any POSIX shell. */
const quote = (text: string): string => `'${cleanLine(text).replaceAll("'", String.raw`'\''`)}'`;

/** A text as one word of the shell, quoted only if it must be. */
const toWord = (text: string): string => (/^[\w./@%+,:=-]+$/u.test(text) ? text : quote(text));

/** The command that reviews another module of the same repository. */
export const reviewModule = (dir: string): string => `allocgate review ${toWord(dir)}`;

/** `BenchmarkX/large` → `^BenchmarkX$/^large$`: the `-bench` pattern that matches only this benchmark. */
function exactBench(name: string): string {
  const escape = (element: string): string => element.replaceAll(/[\\^$.|?*+()[\]{}]/gu, String.raw`\$&`);
  return name
    .split('/')
    .map((element) => `^${escape(element)}$`)
    .join('/');
}

/** The command that runs one benchmark once, which shows how it ends. */
export const runOnce = ({ name, package: path }: { name: string; package: string }): string =>
  `go test -run='^$' -bench=${quote(exactBench(name))} -benchtime=1x ${quote(path)}`;

/**
 * A regular expression for `pprof -list` that matches a function as a heap profile names it, with its closures and the
 * instances of its type parameters: `(*T).M` is `pkg.(*T[go.shape.int]).M.func1` there.
 */
function listPattern(name: string): string {
  const elements = name
    .replaceAll(/[()*]/gu, '')
    .replace(/\.func\d.*$/u, '')
    .split('.')
    .map((element) => element.replaceAll(/[^\p{L}\p{N}_]/gu, '.'));
  const pattern = `[.*]${elements.join(String.raw`.*\.`)}`;
  // RE2 knows a word boundary only beside ASCII letters.
  return /\w$/u.test(pattern) ? String.raw`${pattern}\b` : pattern;
}

/** The folder of a finding's file, which is in the finding's module wherever go.mod is: `log`, or `.` at the top. */
export const reproductionFolder = ({ file }: Pick<ReportFinding, 'file'>): string => {
  const slash = file.lastIndexOf('/');
  return slash === -1 ? '.' : file.slice(0, slash);
};

/**
 * Shell commands that show a finding with Go alone: the benchmark's counts, the lines of the function that allocate in
 * it, and the compiler's decisions about the line. A person runs them in `reproductionFolder`, at head and at base.
 */
export function listReproduction({ costs, file, line, function: name, evidence }: ReportFinding): string[] {
  const [cost] = costs;
  const position = `./${file.slice(file.lastIndexOf('/') + 1)}:${line}:`;
  const decide = `go build -gcflags=-m=2 . 2>&1 | grep -F ${quote(position)}`;
  if (!cost) return [decide];
  const pattern = quote(exactBench(cost.name));
  const target = quote(cost.package);
  // The cost of a `tested` finding is that of a test, of which only the profile counts allocations.
  const isTest = evidence === 'tested';
  const run = isTest ? `-run=${pattern}` : `-run='^$' -bench=${pattern}`;
  return [
    ...(isTest ? [] : [`go test ${run} -benchmem -count=6 ${target}`]),
    `go test ${run} -memprofile=mem.out -memprofilerate=1 ${target}`,
    `go tool pprof -sample_index=alloc_objects -list=${quote(listPattern(name))} mem.out`,
    decide,
  ];
}
