import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import type { Run, RunSubject } from '../../src/store/types.ts';
import { claim, consent, head, measured, nextId, requestRun, testEachBackend } from './support.ts';

const pullRequest: RunSubject = { kind: 'pull-request', number: 1 };

type RunRequest = Parameters<Store['requestRun']>[0];

function request(store: Store, repositoryId: number, changes: Partial<RunRequest>) {
  return store.requestRun({
    repositoryId,
    subject: pullRequest,
    headSha: head('a'),
    baseRef: 'main',
    bench: null,
    again: null,
    ...changes,
  });
}

const idsOf = (runs: readonly Run[]): string[] => runs.map(({ id }) => id);

testEachBackend((current) => {
  const listUnfinished = async (repositoryId: number): Promise<Run[]> =>
    (await current().listRuns(repositoryId, 1)).filter(
      ({ state }) => state === 'queued' || state === 'running',
    );

  test('fifty requests for the same head at once make one run', async () => {
    const repositoryId = nextId();
    const answers = await Promise.all(Array.from({ length: 50 }, () => request(current(), repositoryId, {})));
    assert.equal(answers.filter(({ isNew }) => isNew).length, 1);
    assert.equal(new Set(answers.map(({ run }) => run.id)).size, 1);
    assert.deepEqual(
      answers.flatMap(({ superseded }) => superseded),
      [],
    );
    assert.equal((await listUnfinished(repositoryId)).length, 1);
  });

  test('of requests for different heads at once, one run is left', async () => {
    const repositoryId = nextId();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        request(current(), repositoryId, { headSha: String(index).padStart(40, '0') }),
      ),
    );
    const superseded = idsOf(answers.flatMap((answer) => answer.superseded));
    assert.equal(superseded.length, 19);
    assert.equal(new Set(superseded).size, 19);
    const [left] = await listUnfinished(repositoryId);
    assert.ok(left && !superseded.includes(left.id));
  });

  test('a new run says what was asked for', async () => {
    const repositoryId = nextId();
    const { run } = await request(current(), repositoryId, { bench: 'Encode$' });
    assert.partialDeepStrictEqual(run, {
      repositoryId,
      subject: pullRequest,
      headSha: head('a'),
      bench: 'Encode$',
      state: 'queued',
      attempt: 0,
      crashes: 0,
      measured: null,
      outcome: null,
    });
    assert.deepEqual(await current().findRun(run.id), run);
    assert.equal(await current().findRun('no-such-run'), null);
  });

  test('a new head replaces the run of the old one, whose worker may write no more', async () => {
    const repositoryId = nextId();
    const old = await requestRun(current(), repositoryId);
    const held = await claim(current(), old);
    const { run, isNew, superseded } = await request(current(), repositoryId, { headSha: head('b') });
    assert.ok(isNew);
    assert.partialDeepStrictEqual(superseded, [{ id: old.id, state: 'cancelled', outcome: 'superseded' }]);
    assert.equal(await current().extendClaim(held, 60_000), false);
    assert.equal(await current().beginWrite(held, 'summary'), false);
    assert.equal(await current().finishRun(held, 'pass'), false);
    assert.deepEqual(idsOf(await listUnfinished(repositoryId)), [run.id]);
  });

  test('a done run of the same head serves, and again makes another', async () => {
    const repositoryId = nextId();
    const first = await requestRun(current(), repositoryId);
    await current().finishRun(await claim(current(), first), 'fail');
    const same = await request(current(), repositoryId, {});
    assert.deepEqual([same.run.id, same.isNew, same.run.outcome], [first.id, false, 'fail']);
    const again = await request(current(), repositoryId, { again: 'wish' });
    assert.ok(again.isNew && again.run.id !== first.id);
    assert.deepEqual(again.superseded, []);
  });

  test('a head that comes back after another was measured is measured again', async () => {
    const repositoryId = nextId();
    const store = current();
    for (const headSha of [head('a'), head('b')]) {
      const { run } = await request(store, repositoryId, { headSha });
      const held = await claim(store, run);
      assert.ok(await store.finishRun(held, 'fail'));
    }
    assert.ok((await request(store, repositoryId, { headSha: head('a') })).isNew);
  });

  test('a re-run that was superseded is made up for, one that a person cancelled is not', async () => {
    const store = current();
    for (const [outcome, isNew] of [
      ['superseded', true],
      ['cancelled', false],
    ] as const) {
      const repositoryId = nextId();
      const first = await request(store, repositoryId, {});
      assert.ok(await store.finishRun(await claim(store, first.run), 'fail'));
      const second = await request(store, repositoryId, { again: 'once more' });
      assert.ok(second.isNew);
      await store.cancelRuns(repositoryId, pullRequest, outcome);
      assert.equal((await request(store, repositoryId, {})).isNew, isNew, outcome);
    }
  });

  test('the same head for another branch is another run', async () => {
    const repositoryId = nextId();
    const first = await request(current(), repositoryId, {});
    const second = await request(current(), repositoryId, { baseRef: 'release' });
    assert.ok(second.isNew);
    assert.deepEqual(idsOf(second.superseded), [first.run.id]);
  });

  test('the same wish for another run is known, whatever became of it', async () => {
    const repositoryId = nextId();
    const first = await request(current(), repositoryId, { again: 'one' });
    const second = await request(current(), repositoryId, { again: 'two' });
    assert.deepEqual(idsOf(second.superseded), [first.run.id]);
    const repeated = await request(current(), repositoryId, { again: 'one', headSha: head('b') });
    assert.deepEqual([repeated.run.id, repeated.isNew, repeated.superseded], [first.run.id, false, []]);
    assert.deepEqual(idsOf(await listUnfinished(repositoryId)), [second.run.id]);
    const elsewhere = { kind: 'pull-request', number: 2 } as const;
    assert.ok((await request(current(), repositoryId, { again: 'one', subject: elsewhere })).isNew);
  });

  for (const [outcome, isNew] of [
    ['superseded', true],
    ['closed', true],
    ['gone', true],
    // A person requested that, until the next push or command.
    ['cancelled', false],
  ] as const) {
    test(`a run that ended as ${outcome} ${isNew ? 'does not serve' : 'serves'} the same head again`, async () => {
      const repositoryId = nextId();
      const first = await requestRun(current(), repositoryId);
      await current().finishRun(await claim(current(), first), outcome);
      assert.partialDeepStrictEqual(await current().findRun(first.id), { state: 'cancelled', outcome });
      assert.equal((await request(current(), repositoryId, {})).isNew, isNew);
      assert.ok((await request(current(), repositoryId, { again: 'wish' })).isNew);
    });
  }

  test('a run of some benchmarks stands beside that of all, and is replaced by others of its kind or another head', async () => {
    const repositoryId = nextId();
    const ask = async (changes: Partial<RunRequest>) => {
      const { run, isNew, superseded } = await request(current(), repositoryId, changes);
      assert.ok(isNew);
      return { id: run.id, superseded: idsOf(superseded) };
    };
    const all = await ask({});
    const some = await ask({ bench: 'Decode', again: '1' });
    const others = await ask({ bench: 'Encode', again: '2' });
    assert.deepEqual([some.superseded, others.superseded], [[], [some.id]]);
    assert.equal((await request(current(), repositoryId, {})).run.id, all.id);
    const again = await ask({ again: '3' });
    assert.deepEqual(again.superseded, [all.id]);
    const pushed = await ask({ headSha: head('b') });
    assert.deepEqual(new Set(pushed.superseded), new Set([others.id, again.id]));
  });

  test('what was measured of some benchmarks is not what was measured', async () => {
    const repositoryId = nextId();
    const { run } = await request(current(), repositoryId, { bench: 'Decode' });
    const held = await claim(current(), run);
    await current().saveMeasured(held, measured);
    await current().finishRun(held, 'neutral');
    assert.equal(await current().findMeasured(repositoryId, 1), null);
    assert.ok((await request(current(), repositoryId, {})).isNew);
  });

  test('subjects and repositories do not replace each other', async () => {
    const repositoryId = nextId();
    const group = (ref: string): RunSubject => ({ kind: 'merge-group', headRef: ref, baseSha: head('f') });
    const subjects: RunSubject[] = [
      pullRequest,
      { kind: 'pull-request', number: 2 },
      group('refs/heads/gh-readonly-queue/main/pr-1'),
      group('refs/heads/gh-readonly-queue/main/pr-2'),
      { kind: 'baseline' },
    ];
    for (const subject of subjects) {
      const { run, superseded } = await request(current(), repositoryId, { subject });
      assert.deepEqual(run.subject, subject);
      assert.deepEqual(superseded, []);
    }
    assert.ok((await request(current(), nextId(), {})).isNew);
    const next = await request(current(), repositoryId, {
      subject: { kind: 'baseline' },
      headSha: head('b'),
    });
    assert.equal(next.superseded.length, 1);
  });

  test('cancelling ends what is unfinished of one subject', async () => {
    const repositoryId = nextId();
    const run = await requestRun(current(), repositoryId);
    assert.deepEqual(await current().cancelRuns(repositoryId, pullRequest, 'gone', head('b')), []);
    const cancelled = await current().cancelRuns(repositoryId, pullRequest, 'gone', head('a'));
    assert.partialDeepStrictEqual(cancelled, [{ id: run.id, state: 'cancelled', outcome: 'gone' }]);
    assert.ok(cancelled[0]?.finishedAt);
    assert.equal(await current().claimRun(run.id, 'worker', 60_000), null);
    assert.deepEqual(await current().cancelRuns(repositoryId, pullRequest, 'gone'), []);
  });

  test('what was measured comes back as it was, and the newest counts', async () => {
    const repositoryId = nextId();
    assert.equal(await current().findMeasured(repositoryId, 1), null);
    const first = await requestRun(current(), repositoryId);
    assert.ok(await current().saveMeasured(await claim(current(), first), measured));
    const second = await requestRun(current(), repositoryId, head('b'));
    assert.deepEqual((await current().findMeasured(repositoryId, 1))?.measured, measured);
    assert.ok(await current().saveMeasured(await claim(current(), second), measured));
    assert.equal((await current().findMeasured(repositoryId, 1))?.id, second.id);
  });

  test('the newest run of a commit is found', async () => {
    const repositoryId = nextId();
    assert.equal(await current().findRunByHead(repositoryId, head('a')), null);
    await requestRun(current(), repositoryId);
    const { run } = await request(current(), repositoryId, { bench: 'X' });
    assert.equal((await current().findRunByHead(repositoryId, head('a')))?.id, run.id);
  });

  test('a done run with something measured is opened again to be written again', async () => {
    const run = await requestRun(current());
    await consent(current(), run.repositoryId);
    const held = await claim(current(), run);
    await current().saveMeasured(held, measured);
    await current().finishRun(held, 'fail');
    await consent(current(), run.repositoryId);
    assert.partialDeepStrictEqual(await current().findRun(run.id), {
      state: 'queued',
      outcome: null,
      finishedAt: null,
      measured: { review: { warnings: measured.review.warnings } },
    });
    assert.equal((await claim(current(), run)).attempt, 2);
  });

  test('while a later review is made, what was accepted waits for it', async () => {
    const repositoryId = nextId();
    const finish = async (run: Run, outcome: 'fail' | 'error'): Promise<void> => {
      const held = await claim(current(), run);
      if (outcome === 'fail') await current().saveMeasured(held, measured);
      await current().finishRun(held, outcome);
    };
    const stateOf = async ({ id }: Run): Promise<unknown> => (await current().findRun(id))?.state;
    const first = await requestRun(current(), repositoryId);
    await finish(first, 'fail');
    const { run: second } = await request(current(), repositoryId, { again: 'once more' });
    await consent(current(), repositoryId);
    assert.deepEqual([await stateOf(first), await stateOf(second)], ['done', 'queued']);
    const held = await claim(current(), second);
    await consent(current(), repositoryId);
    await current().saveMeasured(held, measured);
    await current().finishRun(held, 'fail');
    assert.deepEqual([await stateOf(first), await stateOf(second)], ['done', 'queued']);
    // One that measured nothing leaves the word to the one before.
    await finish(second, 'fail');
    const { run: third } = await request(current(), repositoryId, { again: 'twice more' });
    await finish(third, 'error');
    await consent(current(), repositoryId);
    const states = [await stateOf(first), await stateOf(second), await stateOf(third)];
    assert.deepEqual(states, ['done', 'queued', 'done']);
  });

  test('one of many makes the check, and only while the run is unfinished', async () => {
    const run = await requestRun(current());
    const answers = await Promise.all(Array.from({ length: 10 }, () => current().reserveCheck(run.id)));
    assert.equal(answers.filter(Boolean).length, 1);
    const finished = await requestRun(current());
    await current().finishRun(await claim(current(), finished), 'pass');
    assert.equal(await current().reserveCheck(finished.id), false);
  });

  test('checks of cancelled runs stay open until they are marked as ended', async () => {
    const repositoryId = nextId();
    const cancelled = await requestRun(current(), repositoryId);
    await current().saveCheckRun(cancelled.id, 2 ** 40);
    const done = await requestRun(current(), repositoryId, head('b'));
    await current().finishRun(await claim(current(), done), 'pass');
    const listOpen = async (): Promise<Run[]> =>
      (await current().listOpenChecks()).filter((run) => run.repositoryId === repositoryId);
    assert.partialDeepStrictEqual(await listOpen(), [{ id: cancelled.id, checkRunId: 2 ** 40 }]);
    assert.equal((await listOpen()).length, 1);
    await current().markCheckEnded(cancelled.id);
    assert.deepEqual(await listOpen(), []);
    assert.deepEqual(await current().reopenGoneChecks(repositoryId), []);
  });

  test('with access again, the checks of runs that ended as gone are open again', async () => {
    const repositoryId = nextId();
    const gone = await requestRun(current(), repositoryId);
    await current().finishRun(await claim(current(), gone), 'gone');
    await current().markCheckEnded(gone.id);
    assert.partialDeepStrictEqual(await current().reopenGoneChecks(repositoryId), [{ id: gone.id }]);
    const open = (await current().listOpenChecks()).filter((run) => run.repositoryId === repositoryId);
    assert.partialDeepStrictEqual(open, [{ id: gone.id }]);
  });

  test('runs are counted by state and outcome', async () => {
    const count = async (): Promise<number> => {
      const rows = await current().countRuns();
      return rows.find(({ state, outcome }) => state === 'done' && outcome === 'neutral')?.count ?? 0;
    };
    const earlier = await count();
    await current().finishRun(await claim(current(), await requestRun(current())), 'neutral');
    assert.equal(await count(), earlier + 1);
  });
});
