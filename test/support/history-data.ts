import type { HistoryPoint } from '../../src/compare/history-point.ts';
import type { CommitRecord, HistoryRecord, InputRecord } from '../../src/report/model/history.ts';

const setting = { go: 'go1.26.8', machine: 'linux/amd64, GOMAXPROCS=2' };

/** A commit ID that begins with the number; the letter keeps 1 and 10 apart. */
export const shaOf = (number: number): string => `${number}${number > 9 ? 'a' : ''}`.padEnd(40, '0');

export function pointOf(
  name: string,
  allocs: number | readonly [number, number],
  bytes: number,
  iterations = 1000,
): HistoryPoint {
  const [low, high] = typeof allocs === 'number' ? [allocs, allocs] : allocs;
  return {
    name,
    iterations,
    allocs: { low, middle: low, high },
    bytes: { low: bytes, middle: bytes, high: bytes },
  };
}

export function inputOf(
  input: string,
  points: readonly HistoryPoint[],
  other: Partial<InputRecord> = {},
): InputRecord {
  return {
    kind: 'input',
    ...setting,
    package: 'example.com/m',
    input,
    points: [...points],
    failed: [],
    whole: ['all'],
    ...other,
  };
}

/** The commit at a position, whose package has an input; null: it has no benchmarks. */
export function commitOf(
  position: number,
  input: string | null,
  other: Partial<CommitRecord> = {},
): CommitRecord {
  return {
    kind: 'commit',
    ...setting,
    sha: shaOf(position),
    subject: `Change ${position} (#${100 + position})`,
    time: `2026-01-${String(position + 1).padStart(2, '0')}T12:00:00+00:00`,
    position,
    selection: 'all',
    inputs: input === null ? {} : { 'example.com/m': input },
    isWhole: true,
    problem: null,
    ...other,
  };
}

/** Six commits: one benchmark gains an allocation at 2, is unsure at 4; another one only grows; a third never moves. */
export const exampleHistory: readonly HistoryRecord[] = [
  inputOf('a', [
    pointOf('BenchmarkEncode', 2, 64),
    pointOf('BenchmarkGrow/large', 1, 1024),
    pointOf('BenchmarkIdle', 0, 0),
  ]),
  inputOf('b', [
    pointOf('BenchmarkEncode', 3, 96),
    pointOf('BenchmarkGrow/large', 1, 1024),
    pointOf('BenchmarkIdle', 0, 0),
  ]),
  inputOf('c', [
    pointOf('BenchmarkEncode', [3, 5], 96),
    pointOf('BenchmarkGrow/large', 1, 4096),
    pointOf('BenchmarkIdle', 0, 0),
  ]),
  commitOf(0, 'a'),
  commitOf(1, 'a'),
  commitOf(2, 'b', { subject: 'Add <script>tracing</script> (#102)' }),
  commitOf(3, null, { problem: 'go.mod requires go >= 1.99' }),
  commitOf(4, 'c', { subject: 'Merge pull request #104 from somebody/branch' }),
  commitOf(5, 'c', { subject: 'Tidy up' }),
];

/** A history as large as a page must still open at once: each commit changes one of 20 packages. */
export function buildLargeHistory(benchmarks = 500, commits = 300): HistoryRecord[] {
  const packages = 20;
  const records: HistoryRecord[] = [];
  const inputs: Record<string, string> = {};
  for (let at = 0; at < commits; at += 1) {
    const changed = at === 0 ? Array.from({ length: packages }, (_, one) => one) : [at % packages];
    for (const one of changed) {
      const path = `example.com/m/pkg${one}`;
      const points = Array.from({ length: benchmarks / packages }, (_, index) => {
        const allocs = index % 5 === 0 ? (at * (index + 1)) % 7 : index;
        return pointOf(
          `BenchmarkWork/case-${index}`,
          index % 7 === 3 ? [allocs, allocs + 2] : allocs,
          64 * allocs,
        );
      });
      inputs[path] = `${one} ${at}`;
      records.push(inputOf(`${one} ${at}`, points, { package: path }));
    }
    records.push(commitOf(at, null, { inputs: { ...inputs }, time: '2026-01-01T12:00:00+00:00' }));
  }
  return records;
}
