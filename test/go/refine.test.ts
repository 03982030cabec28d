import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookAgain, refineEstimates } from '../../src/go/refine.ts';
import type { Estimate } from '../../src/go/run-plan.ts';
import { PROCS } from '../../src/go/test-binary.ts';
import type { Command, Outcome } from '../../src/sandbox/types.ts';
import { createFakeBinary } from '../support/fake-binary.ts';
import { createTestSandbox } from '../support/sandboxes.ts';

const names = ['A', 'Ends', 'Z'].map((name) => `Benchmark${name}`);
const estimates = new Map<string, Estimate>(
  names.map((name) => [name, { opMs: 1, setUpMs: 0, isTimed: true, quietMs: 0 }]),
);

/** What a binary prints in which one benchmark ends the process. `blamed`: the name that it prints then. */
function createRun(blamed: string): { run: (command: Command) => Promise<Outcome>; count: () => number } {
  let runs = 0;
  const run = async ({ args, onStdout }: Command): Promise<Outcome> => {
    runs += 1;
    const flag = (name: string): string =>
      args.find((one) => one.startsWith(`-test.${name}=`))?.slice(`-test.${name}=`.length) ?? '';
    const ending = { signal: null, wasOutOfProcesses: false, durationMs: 0, tail: [] };
    for (const name of names.filter((one) => flag('bench').includes(`^${one}$`))) {
      if (name === 'BenchmarkEnds') {
        onStdout?.(blamed);
        return { ended: 'exited', exitCode: 1, ...ending, result: null };
      }
      for (let repeat = 0; repeat < Number(flag('count')); repeat += 1) {
        onStdout?.(name);
        onStdout?.(`${name}-${PROCS} \t ${Number.parseInt(flag('benchtime'), 10)}\t 5.0 ns/op`);
      }
    }
    onStdout?.('PASS');
    return { ended: 'exited', exitCode: 0, ...ending, result: Buffer.from([0x1f, 0x8b]) };
  };
  return { run, count: () => runs };
}

for (const [what, look] of Object.entries({
  'a second look': lookAgain,
  'a better estimate': refineEstimates,
})) {
  test(`${what} goes on after a benchmark that ends its process`, async (t) => {
    const { sandbox, remove } = await createTestSandbox('none');
    t.after(remove);
    const { run, count } = createRun('BenchmarkEnds');
    const binary = createFakeBinary({ ...sandbox, run });
    const found = await look(binary, estimates, () => false);
    const seen = names.filter((name) => found.get(name) !== estimates.get(name));
    assert.deepEqual(seen, ['BenchmarkA', 'BenchmarkZ']);
    assert.equal(count(), 2);
  });

  test(`${what} ends if a benchmark that was not asked for ends the process`, async (t) => {
    const { sandbox, remove } = await createTestSandbox('none');
    t.after(remove);
    const { run, count } = createRun('BenchmarkForged');
    const binary = createFakeBinary({ ...sandbox, run });
    const later = new Map([...estimates].filter(([name]) => name !== 'BenchmarkA'));
    const found = await look(binary, later, () => count() > 20);
    assert.equal(found.get('BenchmarkZ')?.opMs, 1);
    assert.equal(count(), 1);
  });
}
