import { isDeepStrictEqual } from 'node:util';
import { topBenchmark } from '../compare/benchmark-id.ts';
import type { Delta } from '../compare/types.ts';
import type { Selection } from '../go/discovery.ts';
import type { Warning } from '../report/model/review.ts';
import type { BudgetEnd } from './budget.ts';

type LimitWarning = Extract<Warning, { kind: 'limit' }>;

/** The warning that packages were not measured because a limit was reached. */
export function warnOfEnd(
  { limit, value }: BudgetEnd,
  tasks: readonly { importPath: string }[],
): LimitWarning {
  return { kind: 'limit', limit, value, packages: tasks.map(({ importPath }) => importPath) };
}

/**
 * The warning that benchmarks of one package were not measured because a limit was reached. A benchmark of which some
 * sub-benchmarks have a result was measured in part; its other sub-benchmarks are not named, because not all are known.
 */
export function warnOfLeft(
  end: BudgetEnd,
  task: { importPath: string },
  left: readonly string[],
  measured: readonly Pick<Delta, 'name' | 'reason'>[],
): LimitWarning {
  const withResult = measured.filter(({ reason }) => reason?.kind !== 'failed');
  const byTop = Map.groupBy(withResult, ({ name }) => topBenchmark(name));
  const partly = left.flatMap((name) => {
    const subBenchmarks = byTop.get(name)?.length ?? 0;
    return subBenchmarks > 0 ? [{ name, subBenchmarks }] : [];
  });
  const all = new Set(left);
  const isPart = (name: string): boolean => name !== topBenchmark(name) && all.has(topBenchmark(name));
  const benchmarks = left.filter((name) => !byTop.has(name) && !isPart(name)).sort();
  return { ...warnOfEnd(end, [task]), benchmarks, ...(partly.length > 0 && { partly }) };
}

/**
 * Adds the warnings of a part of a package. Warnings that another part also has are added once, and what a limit left
 * out in several parts is named together.
 */
export function addWarnings(warnings: Warning[], more: readonly Warning[], { names }: Selection): void {
  for (const one of more) {
    if (warnings.some((known) => isDeepStrictEqual(known, one))) continue;
    // Without names, the whole part was left out.
    const isUnnamed = one.kind === 'limit' && !one.benchmarks;
    const named = isUnnamed && names ? { ...one, benchmarks: [...names].sort() } : one;
    const at = warnings.findIndex((known) => isSameLimit(known, named));
    const same = warnings[at];
    if (same?.kind === 'limit' && named.kind === 'limit') warnings[at] = joinLeft(same, named);
    else warnings.push(named);
  }
}

const isSameLimit = (a: Warning, b: Warning): boolean =>
  a.kind === 'limit' && b.kind === 'limit' && a.limit === b.limit && Boolean(a.benchmarks && b.benchmarks);

function joinLeft(one: LimitWarning, other: LimitWarning): LimitWarning {
  const partly = [...(one.partly ?? []), ...(other.partly ?? [])];
  return {
    ...one,
    benchmarks: [...(one.benchmarks ?? []), ...(other.benchmarks ?? [])].sort(),
    ...(partly.length > 0 && { partly }),
  };
}
