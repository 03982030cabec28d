import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClocks } from '../../../src/app/runs/elapsed-time.ts';
import { startHeartbeat } from '../../../src/app/runs/heartbeat.ts';
import type { Claim, Run } from '../../../src/store/types.ts';
import { until } from '../../support/app-process.ts';

const run: Run = {
  id: '1',
  repositoryId: 1,
  subject: { kind: 'baseline' },
  headSha: 'a'.repeat(40),
  baseRef: null,
  isFork: false,
  bench: null,
  state: 'running',
  attempt: 1,
  crashes: 0,
  retries: 0,
  checkRunId: null,
  measured: null,
  told: null,
  outcome: null,
  createdAt: new Date(0),
  startedAt: null,
  finishedAt: null,
};
const claim: Claim = { run, attempt: 1 };
const never = new AbortController().signal;

/** Resolves when the heartbeat has stopped its work. */
const untilStopped = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => (signal.aborted ? resolve(null) : signal.addEventListener('abort', resolve)));

test('a claim that is prolonged continues; one that is refused is lost', async () => {
  let beats = 0;
  const extendClaim = () => Promise.resolve((beats += 1) < 3);
  const heartbeat = startHeartbeat({ extendClaim }, claim, never, {
    leaseMs: 60_000,
    beatMs: 5,
    asked: readClocks(),
  });
  await untilStopped(heartbeat.signal);
  heartbeat.stop();
  assert.deepEqual([heartbeat.reason(), beats], ['lost', 3]);
});

test('a database that is away is asked again, until the lease has run out', async () => {
  let asked = 0;
  const extendClaim = (): Promise<boolean> => {
    asked += 1;
    return asked < 3 ? Promise.reject(new Error('away')) : Promise.resolve(true);
  };
  const heartbeat = startHeartbeat({ extendClaim }, claim, never, {
    leaseMs: 60_000,
    beatMs: 5,
    asked: readClocks(),
  });
  await until(
    () => asked >= 5,
    () => `asked ${asked} times`,
  );
  assert.equal(heartbeat.reason(), null);
  heartbeat.stop();
  const away = () => Promise.reject(new Error('away'));
  const gone = startHeartbeat({ extendClaim: away }, claim, never, {
    leaseMs: 20,
    beatMs: 5,
    asked: readClocks(),
  });
  await untilStopped(gone.signal);
  gone.stop();
  assert.equal(gone.reason(), 'lost');
});

test('a process that is to end stops its work, also when it was told before', async () => {
  const shutdown = new AbortController();
  const options = { leaseMs: 60_000, beatMs: 60_000, asked: readClocks() };
  const store = { extendClaim: () => Promise.resolve(true) };
  const heartbeat = startHeartbeat(store, claim, shutdown.signal, options);
  shutdown.abort();
  const late = startHeartbeat(store, claim, shutdown.signal, options);
  assert.deepEqual([heartbeat.reason(), late.reason()], ['shutdown', 'shutdown']);
  heartbeat.stop();
  late.stop();
});

test('a lease that has run out by either clock is not held, before any timer could tell', (t) => {
  const store = { extendClaim: () => Promise.resolve(true) };
  for (const clock of [Date, performance]) {
    const options = { leaseMs: 60_000, beatMs: 60_000, asked: readClocks() };
    const heartbeat = startHeartbeat(store, claim, never, options);
    assert.equal(heartbeat.isHeld(), true);
    const later = clock.now() + 60_000;
    const { mock } = t.mock.method(clock, 'now', () => later);
    assert.deepEqual([heartbeat.isHeld(), heartbeat.reason()], [false, null]);
    mock.restore();
    heartbeat.stop();
  }
});
