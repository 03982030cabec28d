import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { measureAlone } from '../../src/go/measure-alone.ts';
import { chooseHistoryIterations } from '../../src/go/run-plan.ts';
import { PROCS, type TestBinary } from '../../src/go/test-binary.ts';
import { createFakeBinary } from '../support/fake-binary.ts';

/** One run of a test binary: its N, and how many processes ran before. */
type Run = { iterations: number; before: number };
type Row = { ns: number; bytes?: number; allocs?: number };

/** A test binary whose benchmark prints what `row` says. Nothing is started. */
function fake(row: (run: Run) => Row): TestBinary {
  let runs = 0;
  const run: TestBinary['sandbox']['run'] = ({ args, onStdout }) => {
    const flag = (name: string): string =>
      args.find((arg) => arg.startsWith(`-test.${name}=`))?.split('=')[1] ?? '';
    const iterations = Number.parseInt(flag('benchtime'), 10);
    const { ns, bytes = 16, allocs = 1 } = row({ iterations, before: runs });
    runs += 1;
    onStdout?.('pkg: example.com/m');
    for (let repeat = 0; repeat < Number(flag('count')); repeat += 1) {
      onStdout?.('BenchmarkX');
      onStdout?.(`BenchmarkX-${PROCS} \t ${iterations}\t ${ns} ns/op\t ${bytes} B/op\t ${allocs} allocs/op`);
    }
    onStdout?.('PASS');
    return Promise.resolve({
      ended: 'exited',
      exitCode: 0,
      signal: null,
      wasOutOfProcesses: false,
      durationMs: 1,
      tail: [],
      result: gzipSync('profile'),
    });
  };
  const refuse = (): never => assert.fail('only run may be called');
  const sandbox: TestBinary['sandbox'] = {
    facts: { tier: 'none', accounting: 'rlimits', uid: null },
    users: null,
    home: '/',
    temp: '/tmp',
    run,
    makeWritable: refuse,
    busyMs: () => 0,
    close: refuse,
  };
  return createFakeBinary(sandbox);
}

async function measure(binary: TestBinary, known?: number, hasVaried = false) {
  const { points } = await measureAlone(binary, {
    selection: { run: '.', skip: '' },
    maxBenchmarks: 10,
    findIterations: () => known,
    hasVaried: () => hasVaried,
    isKnown: () => false,
    isOver: () => false,
    onProgress: () => {},
  });
  return points[0];
}

const MICROSECOND = 1000;
const busyAtFirst =
  (ns: number) =>
  ({ before }: Run): Row => ({ ns: before < 2 ? 4000 * MICROSECOND : ns });

test('an earlier N is kept although a busy machine makes the benchmark seem a thousand times slower', async () => {
  assert.equal((await measure(fake(busyAtFirst(50)), 100_000))?.iterations, 100_000);
  const longer = fake(({ before }) => ({ ns: before < 4 ? 4000 * MICROSECOND : 50 }));
  assert.equal((await measure(longer, 100_000))?.iterations, 100_000, 'busy at two more looks');
  const slow = fake(() => ({ ns: 4000 * MICROSECOND }));
  assert.equal((await measure(slow, 100_000))?.iterations, 50, 'it did become slower');
});

test('the first N does not come from the estimates of a busy machine, because it is kept', async () => {
  const quiet = await measure(fake(() => ({ ns: MICROSECOND })));
  assert.equal(quiet?.iterations, 100_000);
  const busy = await measure(fake(({ before }) => ({ ns: before < 2 ? 25 * MICROSECOND : MICROSECOND })));
  assert.equal(busy?.iterations, 100_000);
});

test('what happens once in a run is no part of an operation: N is large enough that bytes are exact', async () => {
  // The garbage collector empties a pool now and then, and 5 kB are allocated again.
  const point = await measure(
    fake(({ iterations, before }) => ({
      ns: 4 * MICROSECOND,
      bytes: Math.floor(96 + (before % 2) * (5000 / iterations)),
    })),
  );
  assert.deepEqual(point?.bytes, { low: 96, middle: 96, high: 96 });
});

test('the range of more runs is shown if the first ones disagree', async () => {
  const point = await measure(
    fake(({ before }) => ({ ns: 20_000 * MICROSECOND, bytes: 34 + before * 10, allocs: before > 5 ? 1 : 0 })),
  );
  assert.deepEqual([point?.allocs?.low, point?.allocs?.high], [0, 1], 'equal in the first three processes');
});

test('runs that agree are not enough for a benchmark whose runs disagreed for another commit', async () => {
  // Two runs find N, three agree.
  const binary = () => fake(({ before }) => ({ ns: 20_000 * MICROSECOND, allocs: before > 5 ? 1 : 0 }));
  assert.deepEqual((await measure(binary(), 10))?.allocs, { low: 0, middle: 0, high: 0 });
  assert.deepEqual((await measure(binary(), 10, true))?.allocs, { low: 0, middle: 0, high: 1 });
});

test('the N of a history makes a run of a tenth of a second, and never fewer iterations than a review has', () => {
  assert.deepEqual(
    [1e-5, 0.001, 0.05, 1, 10, 100].map(chooseHistoryIterations),
    [1_000_000, 100_000, 2000, 200, 20, 5],
  );
});
