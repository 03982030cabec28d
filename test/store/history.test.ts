import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Acceptance } from '../../src/report/model/pull-request.ts';
import { exampleHistory } from '../support/history-data.ts';
import { claim, consent, nextId, requestRun, testEachBackend } from './support.ts';

testEachBackend((current) => {
  test('a history comes back in its order, for its repository alone', async () => {
    const [repository, other] = [nextId(), nextId()];
    const held = await claim(
      current(),
      await requestRun(current(), repository, undefined, { kind: 'history' }),
    );
    for (const record of exampleHistory) assert.equal(await current().addHistory(held, record), true);
    assert.deepEqual(await current().readHistory(repository), exampleHistory);
    const texts = await current().readHistoryTexts(repository);
    assert.deepEqual(
      texts.map((text): unknown => JSON.parse(text)),
      exampleHistory,
    );
    assert.deepEqual(await current().readHistory(other), []);
  });

  test('who lost the claim adds nothing, and what is removed stays removed', async () => {
    const repository = nextId();
    const [record] = exampleHistory;
    assert.ok(record);
    const installation = {
      installationId: nextId(),
      owner: 'acme',
      name: `log-${repository}`,
      defaultBranch: 'main',
    };
    await current().saveRepositories([{ id: repository, ...installation }]);
    const held = await claim(
      current(),
      await requestRun(current(), repository, undefined, { kind: 'history' }),
    );
    assert.equal(await current().addHistory(held, record), true);
    await current().removeInstallation(installation.installationId);
    assert.deepEqual(await current().readHistory(repository), []);
    assert.equal(await current().addHistory(held, record), false);
    assert.deepEqual(await current().readHistory(repository), []);
  });

  test('a newer push replaces the run of a history, and no review', async () => {
    const repository = nextId();
    const review = await requestRun(current(), repository);
    const first = await requestRun(current(), repository, 'a'.repeat(40), { kind: 'history' });
    const baseline = await requestRun(current(), repository, 'a'.repeat(40), { kind: 'baseline' });
    await requestRun(current(), repository, 'b'.repeat(40), { kind: 'history' });
    const states = await Promise.all([review, first, baseline].map(({ id }) => current().findRun(id)));
    assert.deepEqual(
      states.map((run) => run?.outcome),
      [null, 'superseded', null],
    );
    for (const { id } of [review, baseline])
      await current().finishRun(await claim(current(), { ...review, id }), 'pass');
  });

  test('a history gives way to reviews that wait, and to no other history', async () => {
    const isAwaited = (kind: 'history' | 'pull-request', forMs: number): Promise<boolean> =>
      current().isAwaited(kind, forMs);
    const own = await requestRun(current(), nextId(), undefined, { kind: 'history' });
    await current().enqueueRun(own.id);
    assert.equal(await isAwaited('history', 0), false);
    await current().enqueueRun((await requestRun(current())).id);
    assert.equal(await isAwaited('history', 0), true);
    assert.equal(await isAwaited('history', 3_600_000), false, 'it does not wait for long');
    assert.equal(await isAwaited('pull-request', 0), false);
  });

  test('the acceptances of all pull requests, with their numbers', async () => {
    const repository = nextId();
    const acceptance: Acceptance = {
      subject: { kind: 'benchmark', id: 'example.com/m.BenchmarkX' },
      amounts: { 'example.com/m.BenchmarkX': { allocs: 1, bytes: 16 } },
      reason: 'it pays',
      by: 'gopher',
      at: '2026-01-03T10:00:00Z',
    };
    for (const number of [1, 7]) await consent(current(), repository, { number, accepted: [acceptance] });
    const all = await current().listAcceptancesOf(repository);
    assert.deepEqual(
      all.map(({ number, by }) => [number, by]),
      [
        [1, 'gopher'],
        [7, 'gopher'],
      ],
    );
  });
});
