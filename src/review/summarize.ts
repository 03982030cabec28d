import { benchmarkId } from '../compare/benchmark-id.ts';
import { compareText } from '../compare/order.ts';
import type { Delta } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import type { Toolchain } from '../go/toolchain.ts';
import type { Review, Warning } from '../report/model/review.ts';
import type { ModuleReview } from './module-types.ts';

/** What the modules of a review found, as one. */
export function joinResults(
  results: readonly ModuleReview[],
): Pick<Review, 'deltas' | 'escapes' | 'buildErrors' | 'skipped'> {
  const unchanged = results.flatMap((result) => result.unchanged).sort();
  return {
    deltas: results
      .flatMap((result) => result.deltas)
      .sort((a, b) => compareText(a.package, b.package) || compareText(a.name, b.name)),
    escapes: results.flatMap((result) => result.escapes),
    buildErrors: results.flatMap((result) => result.buildErrors),
    skipped: { unchangedTestBinaries: unchanged.length, packages: unchanged },
  };
}

/** What a reader should know besides the findings: of the modules, and of the review. */
export function collectWarnings(
  results: readonly ModuleReview[],
  findings: Review['findings'],
  others: readonly Warning[],
  toolchain: Toolchain,
  { benchmarks }: Config,
): Warning[] {
  const warnings = [...others, ...results.flatMap((result) => result.warnings)];
  if (toolchain.goarch !== 'amd64') warnings.push({ kind: 'architecture', goarch: toolchain.goarch });
  if (results.some((result) => result.buildErrors.length > 0)) return warnings;
  const deltas = results.flatMap((result) => result.deltas);
  const packages = results.reduce((sum, result) => sum + result.benchmarkPackages, 0);
  const unchanged = results.reduce((sum, result) => sum + result.unchanged.length, 0);
  const failed = warnings.some(({ kind }) => kind === 'benchmark' || kind === 'package-run');
  if (packages === 0 && deltas.length === 0) {
    warnings.push({ kind: 'no-benchmarks', patterns: benchmarks.packages });
  } else if (deltas.length === 0 && packages > unchanged && !failed && benchmarks.run !== '.') {
    warnings.push({ kind: 'no-match', run: benchmarks.run });
  }
  return [...warnings, ...findUnattributed(deltas, findings)];
}

/** Regressions that no proven finding explains. */
function findUnattributed(deltas: readonly Delta[], findings: Review['findings']): Warning[] {
  const explained = new Set(findings.flatMap(({ benchmarks }) => benchmarks.map(benchmarkId)));
  return deltas
    .filter((delta) => delta.verdict === 'regression' && !explained.has(benchmarkId(delta)))
    .map((delta) => ({ kind: 'unattributed', package: delta.package, name: delta.name }));
}
