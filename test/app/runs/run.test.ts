import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ensureReview } from '../../../src/app/runs/pull-requests.ts';
import { performRun } from '../../../src/app/runs/run.ts';
import type { App } from '../../../src/app/types.ts';
import type { Run } from '../../../src/store/types.ts';
import { after, before } from '../../support/hooks.ts';
import type { FakeGitHub, Repository } from '../../support/fake-github/index.ts';
import { requestRun } from '../../store/support.ts';
import { createInProcessApp, type InProcessApp } from '../../support/in-process-app.ts';
import { buildConfig, buildReview } from '../../support/review-data.ts';

const never = new AbortController().signal;
const HOUR_MS = 60 * 60_000;

/** `buildReview` has a regression, which gates. */
const measured = { review: buildReview(), config: buildConfig() };

describe('a run', () => {
  let inProcess: InProcessApp;
  let fake: FakeGitHub;
  let repository: Repository;
  let app: App;
  before(async () => {
    inProcess = await createInProcessApp();
    ({ fake, repository, app } = inProcess);
  });
  after(() => inProcess.close());

  /** A run that so many workers have claimed and not given back; the first of them measured, where there is something. */
  async function crash(times: number, result: Run['measured']): Promise<{ runId: string; number: number }> {
    const { number, headSha } = await inProcess.open(`crash-${times}-${result === null}`);
    const subject = { kind: 'pull-request', number } as const;
    const run = await requestRun(app.store, repository.id, headSha, subject);
    for (let count = 0; count < times; count += 1) {
      const claim = await app.store.claimRun(run.id, 'crashes', HOUR_MS);
      assert.ok(claim);
      if (count === 0 && result !== null) await app.store.saveMeasured(claim, result);
      await app.store.extendClaim(claim, 0);
    }
    return { runId: run.id, number };
  }

  async function endOf(times: number, result: Run['measured']) {
    const { runId, number } = await crash(times, result);
    await performRun(app, runId, 'lives', never);
    const run = await app.store.findRun(runId);
    const { checks, reviewComments } = await fake.snapshot(repository, number);
    const [check] = checks;
    return { outcome: run?.outcome, check, comments: reviewComments.length };
  }

  test('crashed three times before it was measured: its check is neutral', async () => {
    const { outcome, check } = await endOf(3, null);
    assert.deepEqual([outcome, check?.conclusion], ['crashed', 'neutral']);
    assert.match(check?.summary ?? '', /worker crashed 3 times/u);
  });

  test('crashed five times, measured: its check turns red, and nothing is measured again', async () => {
    const { outcome, check } = await endOf(5, measured);
    assert.deepEqual([outcome, check?.conclusion], ['fail', 'failure']);
  });

  test('crashed six times, measured: its check is neutral', async () => {
    const { outcome, check, comments } = await endOf(6, measured);
    assert.deepEqual([outcome, check?.conclusion, comments], ['crashed', 'neutral', 0]);
    assert.match(check?.summary ?? '', /worker crashed 6 times/u);
  });

  test('that cannot tell of its failure is handed back, after however many tries: that is not a crash', async () => {
    const { runId, number } = await crash(0, null);
    for (let tries = 1; tries < 10; tries += 1) {
      const claim = await app.store.claimRun(runId, 'fails', HOUR_MS);
      assert.ok(claim);
      await app.store.retryClaim(claim, new Date(Date.now() + HOUR_MS));
    }
    const path = /\/check-runs\/\d+$/u;
    // The first sets the check to "in progress".
    const away = fake.faults.add({
      match: { method: 'PATCH', path },
      kind: 'before-502',
      skip: 1,
      times: Infinity,
    });
    await performRun(app, runId, 'lives', never);
    fake.faults.remove(away);
    assert.partialDeepStrictEqual(await app.store.findRun(runId), {
      state: 'queued',
      crashes: 0,
      retries: 10,
    });
    await performRun(app, runId, 'lives', never);
    assert.equal((await app.store.findRun(runId))?.outcome, 'error');
    const { checks } = await fake.snapshot(repository, number);
    assert.deepEqual(
      checks.map(({ conclusion }) => conclusion),
      ['neutral'],
    );
  });

  test('a queued check for which there is no time left is not sent, and left to the worker', async () => {
    const { number, headSha } = await inProcess.open('late');
    const late = { ...app, timing: { ...app.timing, checkMs: 0 } };
    await assert.rejects(ensureReview(late, inProcess.stored, number), /no time left/u);
    assert.deepEqual(fake.checkRuns(repository, headSha), []);
    const run = await app.store.findRunByHead(repository.id, headSha);
    assert.ok(run);
    assert.equal(await app.store.findCheckReservation(run.id, HOUR_MS), null);
    assert.equal(await app.store.reserveCheck(run.id), true);
    assert.notEqual(await app.store.findCheckReservation(run.id, HOUR_MS), null);
    assert.equal(await app.store.findCheckReservation(run.id, 0), null);
    await app.store.saveCheckRun(run.id, 1);
    assert.equal(await app.store.findCheckReservation(run.id, HOUR_MS), null);
  });
});
