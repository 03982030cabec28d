import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { processDelivery } from '../../../src/app/intake/deliveries.ts';
import { performRun } from '../../../src/app/runs/run.ts';
import type { Engine } from '../../../src/app/types.ts';
import { joinHistory, listSeries, orderCommits } from '../../../src/report/decide/history.ts';
import type { HistoryRecord } from '../../../src/report/model/history.ts';
import type { Run } from '../../../src/store/types.ts';
import { after, before } from '../../support/hooks.ts';
import { createInProcessApp, type InProcessApp } from '../../support/in-process-app.ts';
import { writeLog } from '../../support/app-scenario.ts';
import { commitOf, exampleHistory, inputOf, pointOf } from '../../support/history-data.ts';
import { requestRun } from '../../store/support.ts';

let inProcess: InProcessApp;
before(async () => {
  inProcess = await createInProcessApp();
});
afterEach(() => assert.deepEqual(inProcess.fake.violations.splice(0), []));
after(() => inProcess.close());

const never = new AbortController().signal;
const nothing = { commits: 1, known: 0, measured: 1, benchmarks: 3, left: 0, isStopped: false };
let pushes = 0;

/** A new head of the default branch, with nothing of earlier ones left to do. */
async function push(): Promise<Run> {
  pushes += 1;
  const { app, repository } = inProcess;
  return requestRun(app.store, repository.id, String(pushes).padEnd(40, '0'), { kind: 'history' });
}

async function perform({ id }: Run, measureCommits: Engine['measureCommits']): Promise<Run | null> {
  const { app } = inProcess;
  const engine: Engine = { ...app.engine, fetchCommits: () => Promise.resolve(), measureCommits };
  await performRun({ ...app, engine }, id, 'lives', never);
  return app.store.findRun(id);
}

test('a push to the default branch asks for its compilation and its history, once each', async () => {
  const { app, stored, repository } = inProcess;
  const headSha = 'c'.repeat(40);
  const place = { id: stored.id, owner: stored.owner, name: stored.name, defaultBranch: 'main' };
  const intent = { kind: 'baseline', headSha, installationId: stored.installationId, repository: place };
  for (const id of ['push-1', 'push-2']) {
    await processDelivery(app, { id, event: 'push', intent, attempt: 1 });
  }
  const { runs } = await app.store.depth();
  assert.equal(runs, 2);
  for (const kind of ['baseline', 'history'] as const) {
    const [cancelled, more] = await app.store.cancelRuns(repository.id, { kind }, 'cancelled');
    assert.deepEqual([cancelled?.headSha, more], [headSha, undefined]);
  }
});

test('a history keeps what it measures, without a word on the commit', async () => {
  const { app, fake, repository } = inProcess;
  const run = await push();
  const done = await perform(run, async ({ sha, store }) => {
    assert.equal(sha, run.headSha);
    for (const record of exampleHistory) await store.add(record);
    assert.equal((await store.read()).length, exampleHistory.length);
    return nothing;
  });
  assert.equal(done?.outcome, 'pass');
  assert.deepEqual(await app.store.readHistory(repository.id), exampleHistory);
  assert.deepEqual(fake.checkRuns(repository, run.headSha), []);
});

test('a history stops for a review that waits, and continues after it with what it has', async () => {
  const { app, repository } = inProcess;
  const run = await push();
  const review = await requestRun(app.store, repository.id);
  await app.store.enqueueRun(review.id);
  const before = (await app.store.readHistory(repository.id)).length;
  const handedBack = await perform(run, async ({ store, stop }) => {
    await store.add(commitOf(7, 'c'));
    while (!stop.signal.aborted) await sleep(20);
    return { ...nothing, measured: 0, left: 1, isStopped: true };
  });
  assert.deepEqual([handedBack?.state, handedBack?.outcome, handedBack?.crashes], ['queued', null, 0]);
  assert.equal((await app.store.readHistory(repository.id)).length, before + 1);
  await app.store.cancelRuns(repository.id, review.subject, 'cancelled');
  const done = await perform(run, () => Promise.resolve(nothing));
  assert.equal(done?.outcome, 'pass');
});

test('a history whose claim was lost adds nothing more', async () => {
  const { app, repository } = inProcess;
  const run = await push();
  const before = (await app.store.readHistory(repository.id)).length;
  const done = await perform(run, async ({ store }) => {
    await app.store.cancelRuns(repository.id, run.subject, 'superseded');
    await store.add(commitOf(8, 'c'));
    return nothing;
  });
  assert.equal(done?.outcome, 'superseded');
  assert.equal((await app.store.readHistory(repository.id)).length, before);
});

test('a history that cannot be measured ends without a check', async () => {
  const { fake, repository } = inProcess;
  const run = await push();
  const done = await perform(run, () => Promise.reject(new Error('no disk')));
  assert.equal(done?.outcome, 'error');
  assert.deepEqual(fake.checkRuns(repository, run.headSha), []);
});

test('GitHub says by which pull request a commit came that moved a benchmark, once; a subject may say another one', async () => {
  const { app, fake, repository, open } = inProcess;
  const pull = await open('tracing');
  await fake.closePullRequest(repository, pull.number, { merge: 'squash' });
  const merged = fake.pullRequest(repository, pull.number).mergeSha ?? '';
  const direct = await fake.push(repository, 'main', { change: { 'log/log.go': writeLog(7) } });
  const measured: HistoryRecord[] = [
    inputOf('m1', [pointOf('BenchmarkAsked', 1, 8)]),
    inputOf('m2', [pointOf('BenchmarkAsked', 2, 16)]),
    inputOf('m3', [pointOf('BenchmarkAsked', 3, 24)]),
    commitOf(20, 'm1', { subject: 'No change yet' }),
    commitOf(21, 'm2', { sha: merged, subject: 'Trace (#999)' }),
    commitOf(22, 'm3', { sha: direct, subject: 'Fix what #3 asks for (#3)' }),
  ];
  await perform(await push(), async ({ store }) => {
    for (const record of measured) await store.add(record);
    return nothing;
  });
  const read = async () => joinHistory(await app.store.readHistory(repository.id));
  const history = await read();
  assert.equal(history.pullRequests.get(merged), pull.number);
  assert.equal(history.pullRequests.get(direct), null);
  const series = listSeries(history, orderCommits(history), (name) => name === 'BenchmarkAsked');
  assert.deepEqual(
    series[0]?.moves.map(({ pullRequest }) => pullRequest),
    [pull.number, null],
  );
  const before = (await app.store.readHistory(repository.id)).length;
  await perform(await push(), () => Promise.resolve(nothing));
  assert.equal((await app.store.readHistory(repository.id)).length, before, 'nothing is asked twice');
});
