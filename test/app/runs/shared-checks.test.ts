import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settleSharedHeads } from '../../../src/app/runs/shared-checks.ts';
import { ensureReview } from '../../../src/app/runs/pull-requests.ts';
import { claim } from '../../store/support.ts';
import { after, before } from '../../support/hooks.ts';
import { createInProcessApp, type InProcessApp } from '../../support/in-process-app.ts';

describe('heads that several pull requests share', () => {
  let inProcess: InProcessApp;
  before(async () => {
    inProcess = await createInProcessApp();
  });
  after(() => inProcess.close());

  /** Requests runs of pull requests from forks with one head, which wait for approval. */
  async function addWaiting(headSha: string, numbers: readonly number[]): Promise<void> {
    const { app, stored } = inProcess;
    for (const number of numbers) {
      const subject = { kind: 'pull-request', number } as const;
      const request = {
        repositoryId: stored.id,
        subject,
        headSha,
        baseRef: 'main',
        bench: null,
        again: null,
      };
      await app.store.requestRun({ ...request, isFork: true });
    }
  }

  /** Writes what is due, and counts the requests for pull requests. */
  async function settle(repositoryId: number | null = null): Promise<number> {
    const { app, fake } = inProcess;
    const from = fake.requests.length;
    await settleSharedHeads(app, repositoryId);
    return fake.requests.slice(from).filter(({ path }) => /\/pulls\/\d+$/u.test(path)).length;
  }

  const isSettled = async (): Promise<boolean> =>
    (await inProcess.app.store.listSharedHeads(null)).length === 0;

  test('GitHub is asked about few of many that wait for approval', async () => {
    const { headSha } = await inProcess.open('flooded');
    await addWaiting(headSha, [101, 102, 103]);
    const few = await settle();
    await addWaiting(
      headSha,
      Array.from({ length: 40 }, (_, index) => 200 + index),
    );
    assert.deepEqual([await settle(), await isSettled()], [few, true]);
  });

  test('a check that GitHub refuses to write is left until the repository can be written to again', async () => {
    const { app, fake, repository, stored } = inProcess;
    const { number, headSha } = await inProcess.open('archived');
    const run = await ensureReview(app, stored, number);
    assert.ok(run);
    await app.store.finishRun(await claim(app.store, run), 'error');
    await addWaiting(headSha, [401]);
    await fake.archiveRepository(repository);
    await settle();
    assert.ok(await isSettled());
    await fake.unarchiveRepository(repository);
    await app.store.reopenSharedHeads(stored.id);
    await settle();
    const checks = fake.checkRuns(repository, headSha).map((one) => `${one.status} ${one.conclusion}`);
    assert.deepEqual(checks, ['completed neutral']);
  });

  test('nobody waits for the heads of another repository', async () => {
    const { headSha } = await inProcess.open('elsewhere');
    await addWaiting(headSha, [301, 302]);
    assert.deepEqual([await settle(inProcess.stored.id + 1), await isSettled()], [0, false]);
    assert.ok((await settle(inProcess.stored.id)) > 0);
    assert.ok(await isSettled());
  });
});
