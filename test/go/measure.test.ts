import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import {
  type MeasureOptions,
  measurePackageBenchmarks,
  type PackageMeasurement,
} from '../../src/go/measure.ts';
import type { Binaries } from '../../src/go/measured.ts';
import { chooseOverdueMs, PROCS, type TestBinary } from '../../src/go/test-binary.ts';
import type { Command, Outcome } from '../../src/sandbox/types.ts';
import { createFakeBinary } from '../support/fake-binary.ts';
import { createTestSandbox, stageLimits } from '../support/sandboxes.ts';

/** Links the test binary of a package whose benchmark runs `statement` once per iteration. `more`: more declarations. */
async function link(dir: string, name: string, statement: string, more = ''): Promise<TestBinary> {
  const cwd = path.join(dir, name);
  await mkdir(cwd);
  await writeFile(path.join(cwd, 'go.mod'), 'module example.com/m\n\ngo 1.24\n');
  const text = `package m

import (
	"os"
	"testing"
	"time"
)

var _ = os.Getpid

var pause = time.Millisecond

func BenchmarkStep(b *testing.B) {
	for i := 0; i < b.N; i++ {
		${statement}
	}
}
${more}`;
  await writeFile(path.join(cwd, 'm_test.go'), text);
  const file = path.join(cwd, 'm.test');
  await promisify(execFile)('go', ['test', '-c', '-o', file], { cwd });
  const { sandbox } = await createTestSandbox('none');
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd };
  const view = { readOnly: [], writable: [], scratch: null, network: false };
  return { sandbox, package: 'example.com/m', file, cwd, env, view, limits: stageLimits };
}

async function makeFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-measure-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Measures all benchmarks without a limit of time, and needs one round, except for what `options` says. */
const measure = (binaries: Binaries, options: Partial<MeasureOptions> = {}): Promise<PackageMeasurement> =>
  measurePackageBenchmarks(binaries, {
    selection: { run: '.', skip: '' },
    maxBenchmarks: 100,
    needsConfirmation: () => false,
    needsMoreProcesses: () => false,
    isOver: () => false,
    isLate: () => false,
    leaveOut: async () => new Set(),
    onProgress: () => {},
    ...options,
  });

/** Declares `estimating`, which is not nil until `onceRunning` has seen the first round begin. */
const estimating = `
var _, estimating = os.Stat("running")
`;

/** Tells the binaries of these folders that the first round begins. Estimates come before it. */
const onceRunning =
  (dir: string, names: readonly string[]): MeasureOptions['onProgress'] =>
  ({ step }) => {
    if (step === 'run') for (const name of names) writeFileSync(path.join(dir, name, 'running'), '');
  };

test('the slower side decides how many iterations both run', async (t) => {
  const dir = await makeFolder(t);
  const fast = await link(dir, 'fast', '_ = pause');
  const slow = await link(dir, 'slow', 'time.Sleep(pause)');
  for (const binaries of [
    { base: fast, head: slow },
    { base: slow, head: fast },
  ]) {
    const { benchmarks } = await measure(binaries);
    const { base, head } = benchmarks.get('BenchmarkStep')?.measurements ?? {};
    const iterations = [base, head].map((one) => one?.rounds[0]?.['ns/op']?.iterations ?? 0);
    assert.equal(iterations[0], iterations[1]);
    // A million iterations, which suit the fast side, would take the slow one a quarter of an hour.
    assert.ok((iterations[0] ?? 0) >= 5 && (iterations[0] ?? 0) <= 1000, String(iterations[0]));
  }
});

test('a process may be silent for longer where TestMain takes long, and its first slow start loses no benchmark', async (t) => {
  const dir = await makeFolder(t);
  // It starts for 0.1 s, and for an hour when it is measured for the first time.
  const more = `${estimating}
func TestMain(m *testing.M) {
	time.Sleep(100 * pause)
	if estimating == nil && os.Mkdir("started", 0o755) == nil {
		time.Sleep(time.Hour)
	}
	os.Exit(m.Run())
}
`;
  const head = await link(dir, 'head', '_ = pause', more);
  const { benchmarks, screening } = await measure({ head }, { onProgress: onceRunning(dir, ['head']) });
  const [batch] = screening.batches;
  assert.ok(batch && batch.quietMs >= 100);
  const overdue = (quietMs: number): number => chooseOverdueMs(stageLimits, { longestMs: 0, quietMs });
  assert.ok(overdue(8000) - overdue(0) > 8000);
  const measured = benchmarks.get('BenchmarkStep');
  assert.deepEqual(measured?.failures, []);
  assert.equal(measured.measurements.head?.rounds.length, 1);
});

test('one look that a pause made slow does not keep both sides from running long enough', async (t) => {
  const dir = await makeFolder(t);
  const fast = await link(dir, 'fast', '_ = pause');
  // Its first iterations, and those alone, take as long as a machine that was busy with something else.
  const paused = await link(dir, 'paused', 'if b.N == 1 { time.Sleep(10 * pause) }');
  const { benchmarks } = await measure({ base: fast, head: paused });
  const { head } = benchmarks.get('BenchmarkStep')?.measurements ?? {};
  assert.ok((head?.rounds[0]?.['ns/op']?.iterations ?? 0) >= 50);
});

test('estimates on a machine that was busy do not keep runs short once it is idle', async (t) => {
  const dir = await makeFolder(t);
  const step = 'if estimating != nil { time.Sleep(pause) }';
  const base = await link(dir, 'base', step, estimating);
  const head = await link(dir, 'head', step, estimating);
  const { benchmarks } = await measure({ base, head }, { onProgress: onceRunning(dir, ['base', 'head']) });
  for (const side of ['base', 'head'] as const) {
    const rounds = benchmarks.get('BenchmarkStep')?.measurements[side]?.rounds ?? [];
    assert.equal(rounds.length, 1, 'the short round does not count');
    assert.ok((rounds[0]?.['ns/op']?.iterations ?? 0) >= 10_000);
  }
});

test('lines that arrive late do not look like untimed work in the loop for long', async (t) => {
  const { sandbox, remove } = await createTestSandbox('none');
  t.after(remove);
  let [runs, clock] = [0, 0];
  t.mock.method(performance, 'now', () => clock);
  // What a real binary prints. On a busy machine a line can arrive late, however few iterations it is about.
  const run = async ({ args, onStdout }: Command): Promise<Outcome> => {
    const flag = (name: string): string =>
      args.find((one) => one.startsWith(`-test.${name}=`))?.split('=')[1] ?? '';
    const iterations = Number.parseInt(flag('benchtime'), 10);
    onStdout?.('BenchmarkStep');
    for (let repeat = 0; repeat < Number(flag('count')); repeat += 1) {
      if (runs >= 2) clock += 30;
      onStdout?.(`BenchmarkStep-${PROCS} \t ${iterations}\t 5.0 ns/op\t 0 B/op\t 0 allocs/op`);
    }
    runs += 1;
    onStdout?.('PASS');
    const ending = { exitCode: 0, signal: null, wasOutOfProcesses: false, durationMs: 0, tail: [] };
    return { ended: 'exited', ...ending, result: Buffer.from([0x1f, 0x8b]) };
  };
  const binary = createFakeBinary({ ...sandbox, run });
  const { benchmarks } = await measure({ base: binary, head: binary });
  const { base } = benchmarks.get('BenchmarkStep')?.measurements ?? {};
  assert.ok((base?.rounds[0]?.['ns/op']?.iterations ?? 0) >= 10_000);
});

test('an operation that takes longer the more of them there are runs with a smaller N, and the others with theirs', async (t) => {
  const dir = await makeFolder(t);
  // As if a queue were full after so many iterations. On a busy machine the first N can be 20,000, and is doubled then.
  const more = `
var sink *int

func BenchmarkQueue(b *testing.B) {
	for _, name := range []string{"small", "large"} {
		b.Run(name, func(b *testing.B) {
			if b.N > 40_000 {
				time.Sleep(time.Hour)
			}
			for i := 0; i < b.N; i++ {
				sink = new(int)
			}
		})
	}
}

func BenchmarkQuick(b *testing.B) {
	for i := 0; i < b.N; i++ {
		_ = i
	}
}
`;
  const full = await link(dir, 'full', '_ = pause', more);
  const { benchmarks, failures } = await measure(
    { base: full, head: full },
    { needsConfirmation: () => true },
  );
  assert.deepEqual(failures, []);
  const measured = (name: string) => Object.values(benchmarks.get(name)?.measurements ?? {});
  for (const name of ['BenchmarkQueue/small', 'BenchmarkQueue/large']) {
    assert.deepEqual(benchmarks.get(name)?.failures, []);
    const rounds = measured(name).map((one) => one.rounds.map((round) => round['allocs/op']?.values ?? []));
    assert.deepEqual([rounds.length, rounds.every((values) => values.length === 2)], [2, true], name);
    assert.ok(rounds.flat(2).length > 0 && rounds.flat(2).every((value) => value === 1));
  }
  for (const { rounds } of measured('BenchmarkQuick'))
    assert.ok((rounds[0]?.['ns/op']?.iterations ?? 0) >= 10_000);
});

test('a confirming run that takes far too long is repeated with twice the first N', async (t) => {
  const dir = await makeFolder(t);
  // An iteration takes 7 µs, so the first N is 2000, and the confirming one would be 10,000.
  const more = `
var sink *int

func BenchmarkTable(b *testing.B) {
	if b.N > 5000 {
		time.Sleep(time.Hour)
	}
	for i := 0; i < b.N; i++ {
		for begin := time.Now(); time.Since(begin) < 7*time.Microsecond; {
		}
		sink = new(int)
	}
}
`;
  const full = await link(dir, 'full', '_ = pause', more);
  const { benchmarks } = await measure(
    { base: full, head: full },
    { selection: { run: 'BenchmarkTable', skip: '' }, needsConfirmation: () => true },
  );
  assert.deepEqual(benchmarks.get('BenchmarkTable')?.failures, []);
  const { rounds } = benchmarks.get('BenchmarkTable')?.measurements.head ?? { rounds: [] };
  assert.equal(rounds.length, 2);
  const [first, last] = rounds.map((round) => round['allocs/op']?.iterations ?? 0);
  assert.ok(first && last && last >= 2 * first && last <= 5000, `${first} ${last}`);
});

test('benchmarks that there is no time to estimate better are measured all the same', async (t) => {
  const dir = await makeFolder(t);
  const more = `${estimating}
func BenchmarkDear(b *testing.B) {
	if b.N == 100 && estimating != nil {
		time.Sleep(30 * time.Second)
	}
}
`;
  const dear = await link(dir, 'dear', '_ = pause', more);
  let asked = 0;
  const { benchmarks, cutShort } = await measure(
    { base: dear, head: dear },
    {
      selection: { run: 'BenchmarkDear', skip: '' },
      isLate: (step) => step === 'estimate' && (asked += 1) > 2,
      onProgress: onceRunning(dir, ['dear']),
    },
  );
  assert.deepEqual(cutShort, []);
  const { base, head } = benchmarks.get('BenchmarkDear')?.measurements ?? {};
  // A better estimate would be 300 ms per operation, for which N is 5.
  for (const one of [base, head]) assert.ok((one?.rounds[0]?.['ns/op']?.iterations ?? 0) >= 100);
});

test('a second look at an estimate ends when there is no time to estimate better', async (t) => {
  const dir = await makeFolder(t);
  const more = `${estimating}
func BenchmarkSlower(b *testing.B) {
	if b.N == 10 && estimating != nil {
		time.Sleep(30 * time.Second)
		os.WriteFile("looked", nil, 0o600)
	}
	time.Sleep(length)
}
`;
  const length = (amount: number): string => `${more}\nvar length = ${amount} * time.Millisecond\n`;
  const base = await link(dir, 'base', '_ = pause', length(10));
  const head = await link(dir, 'head', '_ = pause', length(100));
  let asked = 0;
  const { benchmarks } = await measure(
    { base, head },
    {
      selection: { run: 'BenchmarkSlower', skip: '' },
      isLate: (step) => step === 'estimate' && (asked += 1) > 4,
      onProgress: onceRunning(dir, ['base', 'head']),
    },
  );
  assert.deepEqual([...benchmarks.keys()], ['BenchmarkSlower']);
  assert.equal(existsSync(path.join(dir, 'head', 'looked')), false);
});

test('benchmarks that were found before the time for looking was over are measured, and the others named', async (t) => {
  const dir = await makeFolder(t);
  const more = `
func BenchmarkParts(b *testing.B) {
	b.Run("quick", func(b *testing.B) {})
	b.Run("endless", func(b *testing.B) { time.Sleep(time.Hour) })
}

func BenchmarkUnseen(b *testing.B) {}
`;
  const endless = await link(dir, 'endless', '_ = pause', more);
  // Here nothing is endless, but what the other side has not run must not seem to exist on one side only.
  const quick = await link(dir, 'quick', '_ = pause', more.replace('time.Sleep(time.Hour)', ''));
  const seen: string[] = [];
  const { benchmarks, cutShort, failures } = await measure(
    { base: endless, head: quick },
    {
      isLate: () => seen.filter((name) => name === 'BenchmarkParts/quick').length === 2,
      onProgress: (progress) => {
        if (progress.step === 'discover' && progress.name !== null) seen.push(progress.name);
      },
    },
  );
  assert.deepEqual([...benchmarks.keys()].toSorted(), ['BenchmarkParts/quick', 'BenchmarkStep']);
  assert.deepEqual(cutShort, ['BenchmarkParts', 'BenchmarkUnseen']);
  assert.deepEqual(failures, []);
  for (const { measurements } of benchmarks.values()) {
    const { base, head } = measurements;
    assert.ok(base?.rounds.length === 1 && head?.rounds.length === 1);
  }
});

test('a run during which the time is over is ended, and its benchmarks named', async (t) => {
  const dir = await makeFolder(t);
  const more = `
func BenchmarkLong(b *testing.B) {
	if b.N > 1 {
		time.Sleep(30 * time.Second)
	}
}
`;
  const long = await link(dir, 'long', '_ = pause', more);
  let [told, asked] = [0, 0];
  const { benchmarks, cutShort } = await measure(
    { base: long, head: long },
    {
      selection: { run: 'BenchmarkLong', skip: '' },
      // At the beginning of the run it is not over.
      isOver: () => told > 0 && (asked += 1) > 1,
      isLate: (step) => step === 'estimate',
      onProgress: ({ step }) => {
        if (step === 'run') told += 1;
      },
    },
  );
  assert.deepEqual([...benchmarks.keys()], []);
  assert.deepEqual(cutShort, ['BenchmarkLong']);
  assert.equal(told, 1, 'it began, and gave no result');
});
