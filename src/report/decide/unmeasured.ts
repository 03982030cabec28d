import { benchmarkId } from '../../compare/benchmark-id.ts';
import { compareText } from '../../compare/order.ts';
import type { BenchmarkFailure, Delta } from '../../compare/types.ts';
import type { Review, Warning } from '../model/review.ts';

/** Why something that the change can reach was not compared, what a reader wants to know first on top. */
export const unmeasuredKinds = [
  /** The benchmark ran at base and gave no result at head. */
  'broken',
  /** It gave no result, or none at base. */
  'failed',
  /** Its output or its profile contradicts what it printed. */
  'contradicting',
  /** Base has it, head does not. */
  'removed',
  /** It changed with the code, and neither version runs with the other side's code. */
  'incomparable',
  /** The benchmarks of a package did not run. */
  'package',
  /** A limit ended the review before this package was measured. */
  'limit',
  /** A module was left out. */
  'module',
  /** There was no benchmark to run. */
  'nothing',
] as const;
export type UnmeasuredKind = (typeof unmeasuredKinds)[number];

/** One thing that was not compared. `package` and `name` are null where it is about more than one. */
export type Unmeasured = {
  kind: UnmeasuredKind;
  package: string | null;
  name: string | null;
  /** How a benchmark ended that gave no result. */
  failure: BenchmarkFailure['kind'] | null;
};

const ofDelta = (
  delta: Delta,
  kind: UnmeasuredKind,
  failure: BenchmarkFailure['kind'] | null = null,
): Unmeasured[] => [{ kind, package: delta.package, name: delta.name, failure }];

/** Why a benchmark that has a row was not compared; nothing where it was. */
function readDelta(delta: Delta): Unmeasured[] {
  const { reason, verdict } = delta;
  if (verdict === 'removed') return ofDelta(delta, 'removed');
  if (reason?.kind === 'failed') {
    const isBroken = reason.side === 'head' && delta.allocsPerOp.base !== null;
    return ofDelta(delta, isBroken ? 'broken' : 'failed', reason.failure.kind);
  }
  if (reason?.kind === 'inconsistent-output') return ofDelta(delta, 'contradicting');
  if (reason?.kind === 'not-comparable') return ofDelta(delta, 'incomparable');
  const { base, head } = delta.allocsPerOp;
  return verdict !== 'new' && (base === null || head === null) ? ofDelta(delta, 'failed') : [];
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
      return [{ kind: 'failed', package: warning.package, name, failure }];
    }
    case 'package-does-not-compile':
    case 'package-run':
      return [about('package', warning.package)];
    case 'limit':
      return warning.packages.map((path) => about('limit', path));
    case 'module-skipped':
    case 'module-missing':
      return [about('module', warning.module)];
    case 'base-does-not-compile':
    case 'no-benchmarks':
    case 'no-match':
      return [about('nothing')];
    case 'nothing-to-compare':
    case 'fetch':
    case 'unattributed':
    case 'uncommitted':
    case 'architecture':
    case 'unread-diagnostics':
    case 'config':
      return [];
  }
}

const keyOf = ({ kind, package: path, name }: Unmeasured): string => JSON.stringify([kind, path, name]);

const byRank = (a: Unmeasured, b: Unmeasured): number =>
  unmeasuredKinds.indexOf(a.kind) - unmeasuredKinds.indexOf(b.kind) ||
  compareText(a.package ?? '', b.package ?? '') ||
  compareText(a.name ?? '', b.name ?? '');

/** Equal files and equal test binaries need no measuring. */
const isSettled = ({ deltas, warnings, skipped }: Review): boolean =>
  deltas.length > 0 ||
  skipped.unchangedTestBinaries > 0 ||
  warnings.some(({ kind }) => kind === 'nothing-to-compare');

/**
 * All that the change can reach and that was not compared on both sides, each once. New benchmarks are not among it:
 * there is nothing to compare them with.
 */
export function listUnmeasured(review: Review): Unmeasured[] {
  const found = [...review.deltas.flatMap(readDelta), ...review.warnings.flatMap(readWarning)];
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
