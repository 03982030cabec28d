import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingWith } from '../../src/review/stopping.ts';
import type { Command } from '../../src/sandbox/types.ts';
import { createTestSandbox, stageLimits } from '../support/sandboxes.ts';

test('a program ends when its own time is over, and when somebody stops the review', async (t) => {
  const { sandbox, remove } = await createTestSandbox('none');
  t.after(remove);
  let seen: AbortSignal | undefined;
  const run = async (command: Command): Promise<never> => {
    seen = command.until;
    throw new Error('not started');
  };
  const signalOf = async (stop: AbortController, until?: AbortSignal): Promise<AbortSignal | undefined> => {
    const enclosure = { sandbox: { ...sandbox, run }, limits: stageLimits, privateModules: false };
    const ending = endingWith(enclosure, { signal: stop.signal, isHeard: false });
    const view = { readOnly: [], writable: [], scratch: null, network: false };
    const command = { file: 'x', args: [], cwd: '/', env: {}, view, timeoutMs: 1, maxOutputBytes: 1 };
    await assert.rejects(ending.sandbox.run({ ...command, ...(until && { until }) }));
    return seen;
  };
  for (const ending of ['own', 'stop', 'stop alone']) {
    const [own, stop] = [new AbortController(), new AbortController()];
    const signal = await signalOf(stop, ending === 'stop alone' ? undefined : own.signal);
    assert.equal(signal?.aborted, false);
    (ending === 'own' ? own : stop).abort();
    assert.equal(signal?.aborted, true, ending);
  }
});
