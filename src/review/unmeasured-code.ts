import { topBenchmark } from '../compare/benchmark-id.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Delta } from '../compare/types.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import type { Lab } from './lab.ts';

/** A function, and whether benchmarks run it; see `FunctionReach`. */
type Known = {
  package: string;
  name: string;
  isRun: boolean | null;
  isSetUp?: boolean;
  benchmarks: readonly { package: string; name: string }[];
  unrunLines: readonly number[] | null;
};

/** Words of a statement that moves nothing to the heap. */
const harmless: ReadonlySet<string> = new Set(
  'return break continue fallthrough goto else default: nil true false err ""'.split(' '),
);

/**
 * Whether a line of Go may allocate. One with only brackets cannot, nor `break` or `return 0, err`: a constant in an
 * interface is static data.
 */
export function mayAllocate(code: string): boolean {
  const words = code.split(/[\s,;(){}[\]]/u).filter((word) => word !== '');
  return words.some((word) => !harmless.has(word) && !/^\d/u.test(word));
}

type Named = { package: string; name: string };

const keyOf = (one: Named): string => `${one.package} ${one.name}`;

/** Groups consecutive lines, such as those of a branch. */
export function listRuns(lines: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const line of lines.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.at(-1) === line - 1) last.push(line);
    else runs.push([line]);
  }
  return runs;
}

/**
 * The changed code that no benchmark measures. `unrun`: functions that no benchmark is known to run; a benchmark that
 * only head has does not count, because it compares nothing. `partlyRun`: functions with changed lines that their
 * benchmarks do not run, one entry for each group of consecutive lines; where that is not known, one for all changed lines.
 */
export function listUnmeasuredCode(
  changed: readonly ChangedFunction[],
  known: readonly Known[],
  deltas: readonly Delta[],
  map: Pick<LineMap, 'isChangedInHead'>,
): Pick<Lab, 'changed' | 'unrun' | 'setUp' | 'partlyRun'> {
  const isNew = ({ package: importPath, name }: Named): boolean => {
    const own = deltas.filter(
      (delta) => delta.package === importPath && (delta.name === name || topBenchmark(delta.name) === name),
    );
    return own.length > 0 && own.every(({ verdict }) => verdict === 'new');
  };
  const isCompared = ({ isRun, benchmarks }: Known): boolean =>
    isRun === true && (benchmarks.length === 0 || !benchmarks.every(isNew));
  const run = new Map(known.filter(isCompared).map((one) => [keyOf(one), one]));
  const partlyRun = changed.flatMap((one) => {
    const { head } = one;
    const reached = run.get(keyOf(one));
    if (!head || !reached) return [];
    const isChanged = (line: number): boolean => map.isChangedInHead(head.file, line);
    if (reached.unrunLines === null) {
      const all = Array.from({ length: head.lastLine - head.firstLine + 1 }, (_, at) => head.firstLine + at);
      const lines = new Set(all.filter(isChanged));
      return lines.size === 0 ? [] : [{ function: one, lines, isKnown: false }];
    }
    return listRuns(reached.unrunLines)
      .filter((lines) => lines.some(isChanged))
      .map((lines) => ({ function: one, lines: new Set(lines), isKnown: true }));
  });
  const inSetUp = new Set(known.filter(({ isSetUp }) => isSetUp).map(keyOf));
  const unrun = changed.filter((one) => !run.has(keyOf(one)));
  return { changed, unrun, setUp: new Set(unrun.filter((one) => inSetUp.has(keyOf(one)))), partlyRun };
}
