import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Acceptance } from '../../src/report/model/pull-request.ts';
import type { StoredRepository } from '../../src/store/types.ts';
import { commitOf } from '../support/history-data.ts';
import { claim, consent, head, measured, nextId, requestRun, testEachBackend } from './support.ts';

const acceptance: Acceptance = {
  subject: { kind: 'benchmark', id: 'example.com/m.BenchmarkX' },
  amounts: { 'example.com/m.BenchmarkX': { allocs: 1, bytes: 16.5 } },
  reason: 'it "pays" \\ off',
  by: 'octocat',
  at: '2026-01-01T00:00:00Z',
};

function buildRepository(changes: Partial<StoredRepository> = {}): StoredRepository {
  return {
    id: nextId(),
    installationId: nextId(),
    owner: 'o',
    name: 'r',
    defaultBranch: 'main',
    ...changes,
  };
}

testEachBackend((current) => {
  test('a head is approved for itself alone', async () => {
    const id = nextId();
    await current().approveHead(id, 1, head('a'), 'octocat');
    await current().approveHead(id, 1, head('a'), 'other');
    assert.ok(await current().isApproved(id, 1, head('a')));
    assert.equal(await current().isApproved(id, 1, head('b')), false);
    assert.equal(await current().isApproved(id, 2, head('a')), false);
    assert.equal(await current().isApproved(nextId(), 1, head('a')), false);
  });

  test('acceptances are kept as they are, and withdrawn by subject', async () => {
    const id = nextId();
    const other: Acceptance = { ...acceptance, subject: { kind: 'finding', id: 'f1' } };
    await consent(current(), id, { accepted: [acceptance, other] });
    await consent(current(), id, { accepted: [acceptance] });
    const listed = await current().listAcceptances(id, 1);
    assert.partialDeepStrictEqual(listed, [acceptance, other, acceptance]);
    assert.equal(new Set(listed.map((one) => one.id)).size, 3);
    assert.deepEqual(await current().listAcceptances(id, 2), []);
    await consent(current(), id, { number: 2, withdrawn: [acceptance.subject.id] });
    await consent(current(), id, { withdrawn: [acceptance.subject.id, 'of none'] });
    const left = await current().listAcceptances(id, 1);
    assert.partialDeepStrictEqual(left, [other]);
    assert.equal(left.length, 1);
  });

  test('a command is carried out until it was finished, and counts once for its user', async () => {
    const [key, login] = [`${nextId()}:0`, `User-${nextId()}`];
    assert.deepEqual(await current().beginCommand(key, login), { answer: null });
    const answer = { reaction: '+1', body: 'done' } as const;
    const accepted = { repositoryId: nextId(), number: 1, accepted: [acceptance], withdrawn: [] };
    assert.deepEqual(await current().saveAnswer(key, answer, accepted), answer);
    assert.deepEqual(await current().beginCommand(key, login), { answer });
    // Another process changed it, too.
    assert.deepEqual(await current().saveAnswer(key, { reaction: 'confused', body: null }, accepted), answer);
    assert.equal((await current().listAcceptances(accepted.repositoryId, 1)).length, 1);
    await current().finishCommand(key);
    assert.equal(await current().beginCommand(key, login), null);
    const [second, other] = [`${nextId()}:0`, `${nextId()}:0`];
    assert.ok(await current().beginCommand(second, login.toLowerCase()));
    assert.ok(await current().beginCommand(other, 'somebody-else'));
    const counts = [key, second, other].map((one) => current().countCommands(one));
    assert.deepEqual(await Promise.all(counts), [1, 2, 1]);
  });

  test('a pause ends by itself, and a shorter one does not cut a longer one', async () => {
    const id = nextId();
    assert.equal(await current().findPause(id), null);
    await current().savePause(id, new Date(Date.now() - 60_000));
    assert.equal(await current().findPause(id), null);
    const long = new Date(Date.now() + 600_000);
    await current().savePause(id, long);
    await current().savePause(id, new Date(Date.now() + 60_000));
    assert.deepEqual(await current().findPause(id), long);
  });

  test('a repository is known by its ID, also after it was renamed', async () => {
    const repository = buildRepository();
    await current().saveRepositories([repository, { ...repository, name: 'renamed' }]);
    assert.deepEqual(await current().findRepository(repository.id), { ...repository, name: 'renamed' });
    await current().saveRepositories([repository]);
    assert.deepEqual(await current().findRepository(repository.id), repository);
    assert.equal(await current().findRepository(nextId()), null);
    await current().saveRepositories([]);
  });

  test('since when a repository is watched outlives that it is saved again', async () => {
    const repository = buildRepository();
    await current().saveRepositories([repository]);
    const at = new Date('2026-01-01T00:00:00Z');
    await current().markCaughtUp(repository.id, at);
    await current().saveRepositories([{ ...repository, name: 'renamed' }]);
    const listed = (await current().listRepositories()).find(({ id }) => id === repository.id);
    assert.deepEqual(listed, { ...repository, name: 'renamed', caughtUpAt: at });
  });

  test('what is removed is forgotten, and its runs are cancelled', async () => {
    const [kept, removed] = [buildRepository(), buildRepository()];
    await current().saveRepositories([kept, removed]);
    const runs = [await requestRun(current(), kept.id), await requestRun(current(), removed.id)];
    const held = await claim(current(), await requestRun(current(), removed.id));
    await current().removeRepositories(removed.installationId + 1, [removed.id]);
    assert.deepEqual(await current().findRepository(removed.id), removed, 'it was transferred');
    await current().removeRepositories(removed.installationId, [removed.id]);
    assert.equal(await current().findRepository(removed.id), null);
    assert.deepEqual(await current().findRepository(kept.id), kept);
    const states = await Promise.all(runs.map(async ({ id }) => (await current().findRun(id))?.state));
    assert.deepEqual(states, ['queued', 'cancelled']);
    assert.equal(await current().extendClaim(held, 60_000), false);
  });

  test('of a repository that is removed, the measurements go at once and what was accepted stays', async () => {
    const removed = buildRepository();
    await current().saveRepositories([removed]);
    const run = await requestRun(current(), removed.id);
    const claimed = await claim(current(), run);
    await current().saveMeasured(claimed, measured);
    await current().finishRun(claimed, 'fail');
    const ofHistory = await requestRun(current(), removed.id, head('b'), { kind: 'history' });
    await current().addHistory(await claim(current(), ofHistory), commitOf(1, null));
    await consent(current(), removed.id, { accepted: [acceptance] });
    assert.equal((await current().readHistory(removed.id)).length, 1);
    await current().removeRepositories(removed.installationId, [removed.id]);
    assert.equal((await current().findRun(run.id))?.measured, null);
    assert.deepEqual(await current().readHistory(removed.id), []);
    assert.partialDeepStrictEqual(await current().listAcceptances(removed.id, 1), [acceptance]);
  });

  test('with an installation go all its repositories', async () => {
    const installationId = nextId();
    const own = [buildRepository({ installationId }), buildRepository({ installationId })];
    const other = buildRepository();
    await current().saveRepositories([...own, other]);
    const run = await requestRun(current(), own[0]?.id);
    await current().removeInstallation(installationId);
    const left = await Promise.all([...own, other].map(({ id }) => current().findRepository(id)));
    assert.deepEqual(left, [null, null, other]);
    assert.partialDeepStrictEqual(await current().findRun(run.id), { state: 'cancelled', outcome: 'gone' });
  });
});
