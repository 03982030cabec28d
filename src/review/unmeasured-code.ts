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
  benchmarks: readonly { package: string; name: string }[];
  unrunLines: readonly number[] | null;
};

type Named = { package: string; name: string };

const keyOf = (one: Named): string => `${one.package} ${one.name}`;

/** Groups consecutive lines, such as those of a branch. */
function listRuns(lines: readonly number[]): number[][] {
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
 * benchmarks do not run, one entry for each group of consecutive lines.
 */
export function listUnmeasuredCode(
  changed: readonly ChangedFunction[],
  known: readonly Known[],
  deltas: readonly Delta[],
  map: Pick<LineMap, 'isChangedInHead'>,
): Pick<Lab, 'changed' | 'unrun' | 'partlyRun'> {
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
    if (!head) return [];
    return listRuns(run.get(keyOf(one))?.unrunLines ?? [])
      .filter((lines) => lines.some((line) => map.isChangedInHead(head.file, line)))
      .map((lines) => ({ function: one, lines: new Set(lines) }));
  });
  return { changed, unrun: changed.filter((one) => !run.has(keyOf(one))), partlyRun };
}
