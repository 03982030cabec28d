import { benchmarkId } from '../../compare/benchmark-id.ts';
import { buildLineMap, type LineMap } from '../../compare/line-map.ts';
import { compareText } from '../../compare/order.ts';
import type { BenchmarkFailure, Delta } from '../../compare/types.ts';
import { isMostlyWorse } from '../../compare/verdict.ts';
import type { Review, Warning } from '../model/review.ts';
import { type Unmeasured, type UnmeasuredKind, unmeasuredKinds } from '../model/unmeasured.ts';

const ofDelta = (
  delta: Delta,
  kind: UnmeasuredKind,
  failure: BenchmarkFailure['kind'] | null = null,
): Unmeasured[] => [{ kind, package: delta.package, name: delta.name, failure }];

const isUndecided = ({ samples: { base, head } }: Delta): boolean =>
  isMostlyWorse(base['allocs/op'] ?? [], head['allocs/op'] ?? []);

/** Why a benchmark with results was not compared; empty if it was. */
function readDelta(delta: Delta): Unmeasured[] {
  const { reason, verdict } = delta;
  // A removed benchmark whose base version also ran with head's code was compared.
  if (verdict === 'removed') return reason?.kind === 'benchmark-edited' ? [] : ofDelta(delta, 'removed');
  if (reason?.kind === 'failed') {
    const isBroken = reason.side === 'head' && delta.allocsPerOp.base !== null;
    return ofDelta(delta, isBroken ? 'broken' : 'failed', reason.failure.kind);
  }
  if (reason?.kind === 'inconsistent-output' || reason?.kind === 'unexplained')
    return ofDelta(delta, 'contradicting');
  if (reason?.kind === 'ranges-overlap' && isUndecided(delta)) return ofDelta(delta, 'undecided');
  if (reason?.kind === 'replaced-counts') return ofDelta(delta, 'replaced');
  if (reason?.kind === 'not-comparable') return ofDelta(delta, 'incomparable');
  const { base, head } = delta.allocsPerOp;
  return verdict !== 'new' && (base === null || head === null) ? ofDelta(delta, 'failed') : [];
}

/** What a limit left out: benchmarks of one package, or whole packages. */
function readLimit({
  limit,
  packages,
  benchmarks,
  partly = [],
}: Extract<Warning, { kind: 'limit' }>): Unmeasured[] {
  const kind = limit === 'stopped' ? 'stopped' : 'limit';
  return packages.flatMap((path) => {
    const about = { kind, package: path, failure: null } as const;
    const parts = partly.map(({ name, subBenchmarks }) => ({
      ...about,
      name,
      subBenchmarksMeasured: subBenchmarks,
    }));
    return [...(benchmarks ?? [null]).map((name) => ({ ...about, name })), ...parts];
  });
}

function readWarning(warning: Warning): Unmeasured[] {
  const about = (kind: UnmeasuredKind, path: string | null = null): Unmeasured => ({
    kind,
    package: path,
    name: null,
    failure: null,
  });
  switch (warning.kind) {
    case 'benchmark': {
      const { name, kind: failure } = warning.failure;
      // A benchmark that one side skips, and the other skips or does not have, cannot be compared.
      if (failure === 'skipped') return [];
      return [{ kind: 'failed', package: warning.package, name, failure }];
    }
    case 'package-does-not-compile':
    case 'package-run':
      return [about('package', warning.package)];
    case 'limit':
      return readLimit(warning);
    case 'module-skipped':
    case 'module-missing':
    case 'module-removed':
      return [about('module', warning.module)];
    case 'base-does-not-compile':
    case 'no-benchmarks':
    case 'no-match':
      return [about('nothing')];
    case 'nothing-to-compare':
    case 'nothing-affected':
    case 'not-reached':
    case 'no-package':
    case 'left-out':
    case 'not-built':
    case 'fetch':
    case 'unattributed':
    case 'uncommitted':
    case 'architecture':
    case 'unread-diagnostics':
    case 'packages-left-out':
    case 'contract-broken-before':
    case 'tests-left-out':
    case 'bad-directive':
    case 'head-config':
    case 'config-name':
    case 'unmatched-glob':
    case 'no-rules':
      return [];
  }
}

type Reached = NonNullable<Review['reach']>['functions'][number];

/**
 * The changed lines that no benchmark runs of a function that benchmarks run, sorted; null: not known. A line that moved
 * into a block did not change; the line that begins the block did.
 */
export function changedLinesNotRun(
  { isRun, unrunLines, spacedLines = [], file }: Reached,
  { isChangedInHead }: Pick<LineMap, 'isChangedInHead'>,
): number[] | null {
  if (!isRun || !unrunLines) return null;
  const spaced = new Set(spacedLines);
  return unrunLines.filter((line) => isChangedInHead(file, line) && !spaced.has(line)).sort((a, b) => a - b);
}

/** Changed functions that no benchmark runs, and those of which no benchmark runs some changed lines. */
function readReach({ reach, diff }: Pick<Review, 'reach' | 'diff'>): Unmeasured[] {
  const map = buildLineMap(diff);
  return (reach?.functions ?? []).flatMap((one): Unmeasured[] => {
    const about = { package: one.package, name: one.name, failure: null };
    if (one.isRun === false) return [{ ...about, kind: one.isSetUp ? 'set-up' : 'unreached' }];
    return (changedLinesNotRun(one, map)?.length ?? 0) > 0 ? [{ ...about, kind: 'unreached-lines' }] : [];
  });
}

const keyOf = ({ kind, package: path, name }: Unmeasured): string => JSON.stringify([kind, path, name]);

const byRank = (a: Unmeasured, b: Unmeasured): number =>
  unmeasuredKinds.indexOf(a.kind) - unmeasuredKinds.indexOf(b.kind) ||
  compareText(a.package ?? '', b.package ?? '') ||
  compareText(a.name ?? '', b.name ?? '');

/** Warnings that explain why nothing had to be measured. */
const settling: ReadonlySet<Warning['kind']> = new Set<Warning['kind']>([
  'nothing-to-compare',
  'nothing-affected',
  'not-reached',
]);

/** Whether there is a result, or a good reason for having none: equal files or test binaries, or nothing reached. */
const isSettled = ({ deltas, warnings, skipped, reach }: Review): boolean =>
  deltas.length > 0 ||
  (reach?.unreached.length ?? 0) > 0 ||
  skipped.unchangedTestBinaries > 0 ||
  warnings.some(({ kind }) => settling.has(kind));

/**
 * Everything that the change can reach and that was not compared on both sides, each once. New benchmarks are left out,
 * because there is nothing to compare them with.
 */
export function listUnmeasured(review: Review): Unmeasured[] {
  const found = [
    ...review.deltas.flatMap(readDelta),
    ...review.warnings.flatMap(readWarning),
    ...readReach(review),
  ];
  if (found.length === 0 && !isSettled(review)) {
    return [{ kind: 'nothing', package: null, name: null, failure: null }];
  }
  return [...new Map(found.map((one) => [keyOf(one), one])).values()].sort(byRank);
}

/** Whether both sides of a benchmark were measured and may be compared. */
export function wasCompared(
  benchmark: { package: string; name: string; verdict: Delta['verdict'] },
  unmeasured: readonly Pick<Unmeasured, 'package' | 'name'>[],
): boolean {
  const id = benchmarkId(benchmark);
  const isUnmeasured = ({ package: path, name }: Pick<Unmeasured, 'package' | 'name'>): boolean =>
    path !== null && name !== null && benchmarkId({ package: path, name }) === id;
  return benchmark.verdict !== 'new' && !unmeasured.some(isUnmeasured);
}
