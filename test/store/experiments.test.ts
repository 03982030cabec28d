import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../src/store/store.ts';
import type { Claim, Run } from '../../src/store/types.ts';
import { buildReview } from '../support/review-data.ts';
import { claim, consent, head, measured, nextId, requestRun, testEachBackend } from './support.ts';

const proved = { ...measured, review: buildReview({ findings: [] }) };

/** A measured review whose result is written, and its experiments. */
async function requestExperiments(store: Store): Promise<{ review: Run; held: Claim; experiments: Run }> {
  const review = await requestRun(store);
  const held = await claim(store, review);
  await store.saveMeasured(held, measured);
  await store.requestExperiments(held);
  const experiments = await findExperiments(store, review);
  assert.ok(experiments);
  return { review, held, experiments };
}

/** Claims of the others fail: they are of other repositories. */
async function findExperiments(store: Store, review: Run): Promise<Run | null> {
  const subject = { kind: 'experiments', number: 1, runId: review.id } as const;
  const { run, isNew } = await store.requestRun({
    repositoryId: review.repositoryId,
    subject,
    headSha: review.headSha,
    baseRef: 'main',
    bench: null,
    again: review.id,
  });
  return isNew ? null : run;
}

testEachBackend((current) => {
  // The first one, because the others leave reviews that wait.
  test('they are not waited for, reviews are', async () => {
    const { review, held } = await requestExperiments(current());
    await current().finishRun(held, 'fail');
    assert.equal(await current().isAwaited('experiments', 0), false);
    await current().enqueueRun((await requestRun(current(), review.repositoryId, head('c'))).id);
    await sleep(5);
    assert.equal(await current().isAwaited('experiments', 0), true);
    assert.equal(await current().isAwaited('experiments', 3_600_000), false);
  });

  test('a review has them once, however often it is written', async () => {
    const { review, held, experiments } = await requestExperiments(current());
    await current().requestExperiments(held);
    await current().finishRun(held, 'fail');
    await current().finishRun(await claim(current(), experiments), 'pass');
    await consent(current(), review.repositoryId);
    await current().requestExperiments(await claim(current(), review));
    assert.partialDeepStrictEqual(await current().findRun(experiments.id), { state: 'done' });
    assert.equal((await findExperiments(current(), review))?.id, experiments.id);
  });

  test('who lost the claim on a review makes none', async () => {
    const review = await requestRun(current());
    const held = await claim(current(), review, 0);
    await current().requestExperiments(held);
    assert.equal(await findExperiments(current(), review), null);
  });

  test('their result replaces that of the finished review, which is written again', async () => {
    const { review, held, experiments } = await requestExperiments(current());
    await current().finishRun(held, 'fail');
    assert.ok(await current().saveExperiments(await claim(current(), experiments), proved));
    const again = await claim(current(), review);
    assert.deepEqual(again.run.measured?.review.findings, []);
    assert.equal(again.run.crashes, 0);
    assert.ok(await current().finishRun(again, 'fail'));
    assert.equal((await current().findRun(review.id))?.state, 'done');
  });

  test('while the review is being written it is written once more', async () => {
    const { review, held, experiments } = await requestExperiments(current());
    assert.ok(await current().saveExperiments(await claim(current(), experiments), proved));
    assert.ok(await current().finishRun(held, 'fail'));
    const again = await claim(current(), review);
    assert.deepEqual(again.run.measured?.review.findings, []);
  });

  test('a newer head, the same head once more and /allocgate cancel end them', async () => {
    for (const end of ['push', 'again', 'cancel']) {
      const { review, held, experiments } = await requestExperiments(current());
      await current().finishRun(held, 'fail');
      const trying = await claim(current(), experiments);
      const { repositoryId, subject, headSha } = review;
      const request = { repositoryId, subject, baseRef: 'main', bench: null };
      const cancelled = await (end === 'cancel'
        ? current().cancelRuns(repositoryId, subject, 'cancelled')
        : current()
            .requestRun({
              ...request,
              headSha: end === 'push' ? head('b') : headSha,
              again: end === 'push' ? null : `${nextId()}`,
            })
            .then(({ superseded }) => superseded));
      assert.deepEqual(
        cancelled.map(({ id }) => id),
        [experiments.id],
        end,
      );
      assert.equal(await current().saveExperiments(trying, proved), false, end);
      assert.partialDeepStrictEqual(await current().findRun(review.id), { state: 'done', outcome: 'fail' });
    }
  });

  test('some benchmarks of the same head do not end them', async () => {
    const { review, held, experiments } = await requestExperiments(current());
    await current().finishRun(held, 'fail');
    const { repositoryId, subject, headSha } = review;
    await current().requestRun({ repositoryId, subject, headSha, baseRef: 'main', bench: 'X', again: 'x' });
    assert.equal((await current().findRun(experiments.id))?.state, 'queued');
  });

  test('an expired claim changes nothing', async () => {
    const { review, held, experiments } = await requestExperiments(current());
    await current().finishRun(held, 'fail');
    assert.equal(await current().saveExperiments(await claim(current(), experiments, 0), proved), false);
    assert.partialDeepStrictEqual(await current().findRun(review.id), { state: 'done', measured });
  });

  test('nobody asks a commit for them', async () => {
    const { review, held } = await requestExperiments(current());
    await current().finishRun(held, 'fail');
    assert.equal((await current().findRunByHead(review.repositoryId, review.headSha))?.id, review.id);
    assert.equal((await current().findMeasured(review.repositoryId, 1))?.id, review.id);
  });
});
