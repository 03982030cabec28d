import { createHash } from 'node:crypto';
import path from 'node:path';
import { benchmarkId, topBenchmark } from '../compare/benchmark-id.ts';
import { compareText } from '../compare/order.ts';
import type { BenchmarkFailure, Delta } from '../compare/types.ts';
import { surroundingsOf, type Sources } from './source-files.ts';
import type { Finding } from './types.ts';

/** The results of a review, and what is needed to find the lines of broken benchmarks. */
export type BrokenTask = {
  deltas: readonly Delta[];
  sources: Sources;
  /** The folder of a package in head's tree; null if no reviewed module contains it. */
  folderOf: (importPath: string) => string | null;
  /** The test files of a folder. */
  testsIn: (folder: string) => string[];
  /** Whether the change added or edited head's line. */
  isChanged: (file: string, line: number) => boolean;
};

type SourceLine = { file: string; line: number };
type Broken = { delta: Delta; failure: BenchmarkFailure; place: SourceLine | null };

/** `example.com/m/key.go:7 +0x1d` of a stack under `-trimpath`, or `key_test.go:14: message` of the testing package. */
const POSITION = /(?:^|[\s(])((?:[^\s:()]+\/)?[^\s:/()]+\.go):(\d+)(?=[\s:)]|$)/gu;

/**
 * How a benchmark that gave a result at base failed at head; null if it did not. One that did not run because of others is
 * not at fault.
 */
function failureAtHead({ reason, allocsPerOp }: Delta): BenchmarkFailure | null {
  if (reason?.kind !== 'failed' || reason.side !== 'head' || allocsPerOp.base === null) return null;
  return reason.failure.kind === 'not-run' ? null : reason.failure;
}

/** The lines of head that the output of a failed benchmark names, in that order. `own` is the benchmark's package. */
function linesIn({ detail }: BenchmarkFailure, own: string, { sources, folderOf }: BrokenTask): SourceLine[] {
  return [...detail.matchAll(POSITION)].flatMap(([, named = '', number = '']): SourceLine[] => {
    const folder = named.includes('/') ? folderOf(path.posix.dirname(named)) : folderOf(own);
    if (folder === null) return [];
    const file = path.posix.join(folder, path.posix.basename(named));
    const line = Number(number);
    return line <= (sources.head(file)?.lines.length ?? 0) ? [{ file, line }] : [];
  });
}

/** The line on which head declares a benchmark; null: it is not found. */
function declarationOf({ package: own, name }: Delta, task: BrokenTask): SourceLine | null {
  const folder = task.folderOf(own);
  const top = topBenchmark(name);
  for (const file of folder === null ? [] : task.testsIn(folder)) {
    const line = task.sources.head(file)?.functions.find((one) => one.name === top)?.firstLine;
    if (line !== undefined) return { file, line };
  }
  return null;
}

/**
 * The line to report: a changed line that the failure's output names, else the first line that it names, which is the
 * innermost of a stack, else the benchmark.
 */
function lineOf(delta: Delta, failure: BenchmarkFailure, task: BrokenTask): SourceLine | null {
  const lines = linesIn(failure, delta.package, task);
  const changed = lines.find(({ file, line }) => task.isChanged(file, line));
  return changed ?? lines[0] ?? declarationOf(delta, task);
}

const keyOf = ({ failure: { kind }, place }: Broken): string =>
  JSON.stringify([kind, place?.file, place?.line]);

/**
 * Finds the benchmarks that gave a result at base and none at head. Those that break in the same way on the same line
 * share one finding; those of which no line at head is known are left out.
 */
export function findBroken(task: BrokenTask): Finding[] {
  const broken = task.deltas.flatMap((delta): Broken[] => {
    const failure = failureAtHead(delta);
    return failure === null ? [] : [{ delta, failure, place: lineOf(delta, failure, task) }];
  });
  return [...Map.groupBy(broken, keyOf).values()].flatMap((group) => toFinding(group, task) ?? []);
}

/** What all findings about broken benchmarks have in common. No rule makes them, but they have an exercise page. */
export const brokenWords = {
  ruleId: 'benchmark-broken',
  rule: 'benchmark-broken',
  exercise: {
    id: 'benchmark-broken',
    title: 'Benchmark that broke',
    document: 'Go package documentation — testing',
    section: 'Benchmarks',
    url: 'https://pkg.go.dev/testing#hdr-Benchmarks',
  },
  advice:
    'Make the benchmark run again, or delete it if it is no longer needed: until then, nothing is known about the allocations of the code that it measured.',
} as const satisfies Partial<Finding>;

function toFinding(group: readonly Broken[], { sources, isChanged }: BrokenTask): Finding | null {
  const [first] = group.toSorted((a, b) => compareText(benchmarkId(a.delta), benchmarkId(b.delta)));
  if (!first?.place) return null;
  const { failure, place, delta } = first;
  const name = surroundingsOf(sources, place.file, place.line).function?.name ?? '';
  return {
    // The benchmark's name identifies it from push to push, because the line can move.
    id: createHash('sha256')
      .update(`broken ${benchmarkId(delta)}`)
      .digest('hex')
      .slice(0, 16),
    ...brokenWords,
    evidence: 'broken',
    ...place,
    function: name,
    onChangedLine: isChanged(place.file, place.line),
    places: [{ ...place, function: name }],
    benchmarks: group.map(({ delta: { package: importPath, name: own, allocsPerOp, bytesPerOp } }) => ({
      package: importPath,
      name: own,
      allocsPerOp,
      bytesPerOp,
      addedObjects: 0,
      addedBytes: 0,
    })),
    decision: null,
    allocator: null,
    site: null,
    cause: null,
    failure: { kind: failure.kind, detail: failure.detail },
    alternatives: [],
  };
}
