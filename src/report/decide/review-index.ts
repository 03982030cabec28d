import { benchmarkId } from '../../compare/benchmark-id.ts';
import type { Decision, Delta } from '../../compare/types.ts';
import type { Finding } from '../../rules/types.ts';
import type { Review } from '../model/review.ts';

/** The findings that name one benchmark: their number, and the sums of the objects and bytes per op that they add. */
type Shares = { count: number; objects: number; bytes: number };

/** The lookups that several decisions about a review need. */
type ReviewIndex = {
  deltas: ReadonlyMap<string, Delta>;
  findings: ReadonlyMap<string, Finding>;
  /** The findings that name a benchmark, by its ID. */
  findingsOf: ReadonlyMap<string, readonly Finding[]>;
  /** By the benchmark's ID. */
  sharesOf: ReadonlyMap<string, Shares>;
  /** The first finding with a decision at a place, by `placeOf`. */
  decided: ReadonlyMap<string, Finding>;
};

const indexes = new WeakMap<Review, ReviewIndex>();

/** Equal for the same statement of the compiler about the same place. */
export const placeOf = ({ position, kind, expression }: Decision): string =>
  JSON.stringify([position.file, position.line, position.column, kind, expression]);

function addShares(findings: readonly Finding[]): Map<string, Shares> {
  const shares = new Map<string, Shares>();
  for (const benchmark of findings.flatMap(({ benchmarks }) => benchmarks)) {
    const id = benchmarkId(benchmark);
    const { count, objects, bytes } = shares.get(id) ?? { count: 0, objects: 0, bytes: 0 };
    shares.set(id, {
      count: count + 1,
      objects: objects + Math.max(benchmark.addedObjects, 0),
      bytes: bytes + Math.max(benchmark.addedBytes, 0),
    });
  }
  return shares;
}

function buildIndex({ deltas, findings }: Review): ReviewIndex {
  const findingsOf = new Map<string, Finding[]>();
  const decided = new Map<string, Finding>();
  for (const finding of findings) {
    for (const id of new Set(finding.benchmarks.map(benchmarkId))) {
      const known = findingsOf.get(id);
      if (known) known.push(finding);
      else findingsOf.set(id, [finding]);
    }
    const place = finding.decision && placeOf(finding.decision);
    if (place !== null && !decided.has(place)) decided.set(place, finding);
  }
  return {
    deltas: new Map(deltas.map((delta) => [benchmarkId(delta), delta])),
    findings: new Map(findings.map((finding) => [finding.id, finding])),
    findingsOf,
    sharesOf: addShares(findings),
    decided,
  };
}

/**
 * The index of a review. It is built once, because a search through thousands of findings for each of them takes long.
 */
export function indexOf(review: Review): ReviewIndex {
  const index = indexes.get(review) ?? buildIndex(review);
  indexes.set(review, index);
  return index;
}
