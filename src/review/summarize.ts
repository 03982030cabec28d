import { boundTrees } from '../compare/allocation-tree.ts';
import { benchmarkId } from '../compare/benchmark-id.ts';
import { compareText } from '../compare/order.ts';
import type { Decision, Delta } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import type { Toolchain } from '../go/toolchain.ts';
import type { Review, Warning } from '../report/model/review.ts';
import { joinUnrunLines } from './join-reach.ts';
import type { ModuleReview } from './module-types.ts';

/** Removes decisions that several modules have: modules that are built with each other compile the same packages. */
export function withoutRepeats(results: readonly ModuleReview[]): ModuleReview[] {
  const seen = new Set<string>();
  return results.map((result) => {
    const isNew = ({ position }: Decision): boolean => !seen.has(position.file);
    const kept = {
      ...result,
      escapes: result.escapes.filter(({ decision }) => isNew(decision)),
      baseDecisions: result.baseDecisions.filter(isNew),
      headDecisions: result.headDecisions.filter(isNew),
    };
    for (const { position } of [...kept.baseDecisions, ...kept.headDecisions]) seen.add(position.file);
    return kept;
  });
}

const byName = (a: { package: string; name: string }, b: typeof a): number =>
  compareText(a.package, b.package) || compareText(a.name, b.name);

/**
 * Joins for each changed function which benchmarks run it. Modules that are built with each other contain the same
 * functions. `isSpaced`: whether a line of head was only indented or aligned differently.
 */
export function joinReaches(
  results: readonly ModuleReview[],
  isSpaced: (file: string, line: number) => boolean,
): NonNullable<Review['reach']> {
  const all = results.flatMap((result) => result.reach);
  const groups = Map.groupBy(all, (one) => `${one.function.package} ${one.function.name}`);
  const functions = [...groups.values()].flatMap((same) => {
    const [first] = same;
    const { package: importPath, name, change, head } = first?.function ?? {};
    if (importPath === undefined || name === undefined || !head || !change || change === 'removed') return [];
    const isRun = same.some((one) => one.isRun) || (same.some((one) => one.isRun === null) ? null : false);
    const benchmarks = same.flatMap((one) => one.benchmarks).sort(byName);
    const place = { file: head.file, line: head.firstLine };
    const unrunLines = joinUnrunLines(same);
    const spacedLines = unrunLines?.filter((line) => isSpaced(head.file, line)) ?? [];
    const isSetUp = isRun === false && same.some((one) => one.isSetUp);
    const reached = { change, isRun, ...(isSetUp && { isSetUp }), benchmarks, unrunLines };
    const spaced = spacedLines.length > 0 && { spacedLines };
    return [{ package: importPath, name, ...place, ...reached, ...spaced }];
  });
  const unreached = results.flatMap((result) => result.unreached);
  return { functions: functions.sort(byName), unreached: unreached.sort(byName) };
}

/** Joins the results of a review's modules. */
export function joinResults(
  results: readonly ModuleReview[],
): Pick<Review, 'deltas' | 'escapes' | 'buildErrors' | 'skipped'> {
  const unchanged = results.flatMap((result) => result.unchanged).sort();
  return {
    deltas: boundTrees(
      results
        .flatMap((result) => result.deltas)
        .sort((a, b) => compareText(a.package, b.package) || compareText(a.name, b.name)),
    ),
    escapes: results.flatMap((result) => result.escapes),
    buildErrors: results.flatMap((result) => result.buildErrors),
    skipped: { unchangedTestBinaries: unchanged.length, packages: unchanged },
  };
}

/** The kinds of warnings that explain why no benchmark ran. */
const explainsNothingRan: ReadonlySet<Warning['kind']> = new Set<Warning['kind']>([
  'benchmark',
  'package-run',
  'package-does-not-compile',
  'base-does-not-compile',
  'limit',
]);

/**
 * All warnings of a review: those of the modules, `others`, and those that follow from the whole result. `isReached`:
 * whether the change can reach a benchmark that the config selects.
 */
export function collectWarnings(
  results: readonly ModuleReview[],
  findings: Review['findings'],
  others: readonly Warning[],
  toolchain: Toolchain,
  { benchmarks }: Config,
  isReached: boolean,
): Warning[] {
  const warnings = [...others, ...results.flatMap((result) => result.warnings)];
  if (toolchain.goarch !== 'amd64') warnings.push({ kind: 'architecture', goarch: toolchain.goarch });
  if (results.some((result) => result.buildErrors.length > 0)) return warnings;
  if (results.every((result) => !result.isAffected && result.warnings.length === 0)) {
    return [...warnings, { kind: 'nothing-affected' }];
  }
  const deltas = results.flatMap((result) => result.deltas);
  const packages = results.reduce((sum, result) => sum + result.benchmarkPackages, 0);
  const unchanged = results.reduce((sum, result) => sum + result.unchanged.length, 0);
  const unreached = results.reduce((sum, result) => sum + result.unreached.length, 0);
  const isExplained = warnings.some(({ kind }) => explainsNothingRan.has(kind));
  if (packages === 0 && deltas.length === 0) {
    warnings.push({ kind: 'no-benchmarks', patterns: benchmarks.packages });
  } else if (
    deltas.length === 0 &&
    unreached === 0 &&
    packages > unchanged &&
    !isExplained &&
    benchmarks.run !== '.'
  ) {
    warnings.push({ kind: isReached ? 'no-match' : 'not-reached', run: benchmarks.run });
  }
  return [...warnings, ...findUnattributed(deltas, findings)];
}

/** The warnings about regressions that no finding explains. */
function findUnattributed(deltas: readonly Delta[], findings: Review['findings']): Warning[] {
  const explained = new Set(findings.flatMap(({ benchmarks }) => benchmarks.map(benchmarkId)));
  return deltas
    .filter((delta) => delta.verdict === 'regression' && !explained.has(benchmarkId(delta)))
    .map((delta) => ({ kind: 'unattributed', package: delta.package, name: delta.name }));
}
