import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { discoverBenchmarks } from '../../src/go/discovery.ts';
import { chooseTimeouts, PROCS } from '../../src/go/test-binary.ts';
import type { Command, Outcome } from '../../src/sandbox/types.ts';
import { createFakeBinary } from '../support/fake-binary.ts';
import { createTestSandbox, stageLimits } from '../support/sandboxes.ts';

const looking = { onRow: () => {}, isLate: () => false };
const everything = { run: '.', skip: '' };

test('the first run of many benchmarks may take as long as measuring', () => {
  const limits = { ...stageLimits, benchmarkMs: 60_000, measureMs: 1_800_000 };
  assert.deepEqual(chooseTimeouts(limits, null), { idleTimeoutMs: 60_000, timeoutMs: 1_800_000 });
  assert.deepEqual(chooseTimeouts(limits, 1000), { idleTimeoutMs: 70_000, timeoutMs: 140_000 });
});

test('benchmarks are found although all of them together take longer than one may', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-discovery-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const names = Array.from({ length: 11 }, (_, at) => `BenchmarkSlow${at}`);
  const bodies = names.map((name) => `func ${name}(b *testing.B) { time.Sleep(400 * time.Millisecond) }`);
  await writeFile(path.join(dir, 'go.mod'), 'module example.com/m\n\ngo 1.24\n');
  await writeFile(
    path.join(dir, 'm_test.go'),
    `package m\n\nimport (\n\t"testing"\n\t"time"\n)\n\n${bodies.join('\n\n')}\n`,
  );
  const file = path.join(dir, 'm.test');
  await promisify(execFile)('go', ['test', '-c', '-o', file], { cwd: dir });
  const { sandbox, remove } = await createTestSandbox('none');
  t.after(remove);
  const { estimates, failures } = await discoverBenchmarks(
    {
      sandbox,
      package: 'example.com/m',
      file,
      cwd: dir,
      env: { HOME: dir },
      view: { readOnly: [], writable: [], scratch: null, network: false },
      limits: { ...stageLimits, benchmarkMs: 2000 },
    },
    everything,
    looking,
  );
  assert.deepEqual(failures, []);
  assert.deepEqual([...estimates.keys()], names);
});

test('a benchmark that ran but has no readable result is told, and parents of sub-benchmarks are not', async (t) => {
  const { sandbox, remove } = await createTestSandbox('none');
  t.after(remove);
  const row = '1\t 5 ns/op\t 0 B/op\t 0 allocs/op';
  const lines = [
    'BenchmarkA',
    `BenchmarkA-${PROCS} \t ${row}`,
    'BenchmarkLost',
    'what it printed took its row away',
    'BenchmarkForged',
    'BenchmarkParent',
    'BenchmarkParent/one',
    `BenchmarkParent/one-${PROCS} \t ${row}`,
    'PASS',
  ];
  const run = async ({ args, onStdout }: Command): Promise<Outcome> => {
    const isList = args.some((one) => one.startsWith('-test.list'));
    const declared = ['BenchmarkA', 'BenchmarkLost', 'BenchmarkParent', 'ok'];
    for (const line of isList ? declared : lines) onStdout?.(line);
    const ending = { exitCode: 0, signal: null, wasOutOfProcesses: false, durationMs: 0, tail: [] };
    return { ended: 'exited', ...ending, result: Buffer.from([0x1f, 0x8b]) };
  };
  const binary = createFakeBinary({ ...sandbox, run });
  const { estimates, failures } = await discoverBenchmarks(binary, everything, looking);
  assert.deepEqual([...estimates.keys()], ['BenchmarkA', 'BenchmarkParent/one']);
  assert.deepEqual(failures, [{ name: 'BenchmarkLost', kind: 'unreadable', detail: '' }]);
  // With a pattern of sub-benchmarks, a parent may have none that matches.
  const some = await discoverBenchmarks(binary, { run: './one', skip: '' }, looking);
  assert.deepEqual(some.failures, []);
});

test('benchmarks that do not run because too many others end the process are named', async (t) => {
  const { sandbox, remove } = await createTestSandbox('none');
  t.after(remove);
  const declared = Array.from({ length: 30 }, (_, at) => `BenchmarkExits${at}`);
  /** Each run begins the first benchmark that it does not skip, which ends the process. */
  const run = async ({ args, onStdout }: Command): Promise<Outcome> => {
    const skipped = args.find((one) => one.startsWith('-test.skip='))?.slice('-test.skip='.length) ?? '^$';
    const isList = args.some((one) => one.startsWith('-test.list'));
    const left = declared.filter((name) => !new RegExp(skipped, 'u').test(name));
    for (const line of isList ? [...declared, 'ok'] : left.slice(0, 1)) onStdout?.(line);
    const ending = { signal: null, wasOutOfProcesses: false, durationMs: 0, tail: [] };
    return { ended: 'exited', exitCode: isList ? 0 : 1, ...ending, result: null };
  };
  const binary = createFakeBinary({ ...sandbox, run });
  const { failures, problem } = await discoverBenchmarks(binary, everything, looking);
  const kinds = Map.groupBy(failures, ({ kind }) => kind);
  assert.deepEqual(
    kinds.get('exited')?.map(({ name }) => name),
    declared.slice(0, 21),
  );
  assert.deepEqual(
    kinds.get('not-run')?.map(({ name }) => name),
    declared.slice(21),
  );
  assert.equal(failures.length, 30);
  assert.equal(problem, null);
});
