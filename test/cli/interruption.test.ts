import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { untilInterrupted } from '../../src/cli/interruption.ts';

// The test runner handles SIGINT itself; all signals are treated alike.
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('cancelled')));
  });

const isInterrupted = (error: unknown): boolean => error instanceof Failure && error.code === 'interrupted';

test('Ctrl-C ends what has nothing to report', async () => {
  const work = untilInterrupted((signal) => aborted(signal));
  process.emit('SIGHUP');
  await assert.rejects(work, isInterrupted);
});

test('Ctrl-C asks what has something to report to end with it', async () => {
  const work = untilInterrupted(async (signal, stop) => {
    stop.isHeard = true;
    await Promise.race([
      aborted(signal),
      new Promise((resolve) => {
        stop.signal.addEventListener('abort', resolve);
      }),
    ]);
    return 'partial';
  });
  process.emit('SIGHUP');
  assert.equal(await work, 'partial');
});

test('a second Ctrl-C ends that, too', async () => {
  const before = process.listenerCount('SIGHUP');
  const work = untilInterrupted((signal, stop) => {
    stop.isHeard = true;
    return aborted(signal);
  });
  process.emit('SIGHUP');
  process.emit('SIGHUP');
  await assert.rejects(work, isInterrupted);
  assert.equal(process.listenerCount('SIGHUP'), before);
});
