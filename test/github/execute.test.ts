import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import nock from 'nock';
import { LostClaim, StalePlan, statusOf } from '../../src/github/errors.ts';
import { executePlan } from '../../src/github/execute.ts';
import type { ExecuteOptions } from '../../src/github/types.ts';
import { summaryMarker, writeMarker } from '../../src/report/model/markers.ts';
import type { PlannedComment, PullRequestPlan } from '../../src/report/model/pull-request.ts';
import {
  createTestClient,
  HEAD,
  isolateNetwork,
  type Request,
  type Scene,
  type SceneComment,
  setScene,
  TARGET,
  WRITER,
} from './support.ts';

const bodyOf = (id: string, text = 'costs'): string => `${writeMarker(id)}\n${id} ${text}`;
const planned = (id: string, line: number | null = 10): PlannedComment => ({
  anchor: { file: 'a.go', line, startLine: null, side: 'RIGHT' },
  id,
  body: bodyOf(id),
});
const SUMMARY = `${summaryMarker}\nall of it`;
const planOf = (comments: PlannedComment[], create = true): PullRequestPlan => ({
  headSha: HEAD,
  check: {
    title: 'title',
    summary: 'summary',
    text: '',
    conclusion: 'failure',
    annotations: [],
    actions: [{ label: 'Re-run', description: 'Again', identifier: 'rerun' }],
  },
  summary: { body: SUMMARY, create },
  comments,
  updates: [],
  findings: comments.map(({ id }) => id),
});
const there = (id: number, finding: string, rest: Partial<SceneComment> = {}): SceneComment => ({
  id,
  user: WRITER,
  body: bodyOf(finding),
  path: 'a.go',
  line: 10,
  subject_type: 'line',
  ...rest,
});

function execute(comments: PlannedComment[], rest: Partial<ExecuteOptions> = {}) {
  return executePlan({
    github: createTestClient(),
    target: TARGET,
    writer: WRITER,
    runId: 'run-1',
    plan: planOf(comments),
    journal: { begin: async () => true, finish: async () => {} },
    signal: new AbortController().signal,
    settleMs: 0,
    ...rest,
  });
}

const pathsOf = (scene: Scene): string[] =>
  scene.writes.map(({ method, path }) => `${method} ${path.replace('/repos/acme/shop/', '')}`);
const bodiesOf = (scene: Scene): string[] => scene.comments.map(({ body }) => body);
const isReview = ({ path }: Request): boolean => path.endsWith('/reviews');
const commentsOf = ({ body }: Request): unknown[] =>
  Array.isArray(body['comments']) ? body['comments'] : [];

void describe('a plan', () => {
  isolateNetwork();

  void test('is one review, the summary, and then the check', async () => {
    const scene = setScene();
    const span = planned('g', 20);
    span.anchor.startLine = 18;
    const written = await execute([planned('f'), span]);
    assert.deepEqual(pathsOf(scene), [
      'POST pulls/7/reviews',
      'POST issues/7/comments',
      'PATCH check-runs/5',
    ]);
    assert.deepEqual(scene.writes[0]?.body, {
      commit_id: HEAD,
      event: 'COMMENT',
      comments: [
        { path: 'a.go', body: bodyOf('f'), line: 10, side: 'RIGHT' },
        { path: 'a.go', body: bodyOf('g'), line: 20, side: 'RIGHT', start_line: 18, start_side: 'RIGHT' },
      ],
    });
    const check = scene.writes[2]?.body;
    assert.deepEqual([check?.['status'], check?.['conclusion']], ['completed', 'failure']);
    assert.deepEqual(written, { created: 3, updated: 0, deleted: 0, refused: 0, forbidden: null });
  });

  void test('that was written already writes the check only', async () => {
    const scene = setScene({
      comments: [there(1, 'f')],
      notes: [{ id: 2, user: WRITER, body: SUMMARY }],
    });
    await execute([planned('f')]);
    assert.deepEqual(pathsOf(scene), ['PATCH check-runs/5']);
  });

  void test('leaves alone what others wrote, markers or not', async () => {
    const someone = { login: 'someone' };
    const scene = setScene({
      comments: [there(1, 'f', { user: someone })],
      notes: [{ id: 2, user: someone, body: SUMMARY }],
    });
    await execute([], { plan: planOf([], false) });
    assert.deepEqual(pathsOf(scene), ['PATCH check-runs/5']);
  });

  void test('takes away what is gone and what is there twice, and keeps what somebody answered', async () => {
    const reply = { id: 9, user: { login: 'ann' }, body: 'why?', path: 'a.go', line: 10, in_reply_to_id: 3 };
    const scene = setScene({
      comments: [
        there(1, 'f'),
        there(2, 'f'),
        there(3, 'g'),
        { ...reply, subject_type: 'line' },
        there(4, 'h'),
      ],
    });
    const written = await execute([planned('f')]);
    assert.deepEqual(
      scene.comments.map(({ id }) => id),
      [1, 3, 9],
    );
    assert.match(scene.comments[1]?.body ?? '', /^<!-- allocgate:g -->[^]*Fixed/u);
    assert.deepEqual(written, { created: 1, updated: 1, deleted: 2, refused: 0, forbidden: null });
  });

  void test('a comment on a file goes by itself', async () => {
    const scene = setScene();
    await execute([planned('f', null), planned('g')]);
    assert.deepEqual(pathsOf(scene).slice(0, 2), ['POST pulls/7/reviews', 'POST pulls/7/comments']);
    assert.deepEqual(scene.writes[1]?.body, {
      commit_id: HEAD,
      path: 'a.go',
      body: bodyOf('f'),
      subject_type: 'file',
    });
  });
});

void describe('what GitHub refuses', () => {
  isolateNetwork();

  void test('one comment of several goes into the summary, the others on their lines', async () => {
    const isBad = (one: unknown): boolean => JSON.stringify(one).includes('"line":666');
    const scene = setScene({
      fault: (request) =>
        isBad(request.body)
          ? { status: 422, body: { message: 'Validation Failed: line must be part of the diff' } }
          : null,
    });
    const written = await execute([planned('f'), planned('bad', 666), planned('g')], {
      plan: planOf([planned('f'), planned('bad', 666), planned('g')], false),
    });
    assert.deepEqual(bodiesOf(scene), [bodyOf('f'), bodyOf('g')]);
    assert.deepEqual(written, { created: 3, updated: 0, deleted: 0, refused: 1, forbidden: null });
    assert.match(scene.notes[0]?.body ?? '', /all of it[^]*a\.go:666[^]*bad costs/u);
    assert.equal(scene.notes.length, 1);
  });

  void test('what was refused once is not tried again when something else is unclear', async () => {
    let lost = 1;
    const isBad = ({ body }: Request): boolean => JSON.stringify(body).includes('"line":666');
    const isSingle = ({ path }: Request): boolean => path.endsWith('/pulls/7/comments');
    const scene = setScene({
      fault: (request) => {
        if (isBad(request)) return { status: 422 };
        return isSingle(request) && (lost -= 1) === 0 ? { status: 502, after: true } : null;
      },
    });
    await execute([planned('bad', 666), planned('f')]);
    assert.deepEqual(bodiesOf(scene), [bodyOf('f')]);
    assert.equal(scene.writes.filter((one) => isSingle(one) && isBad(one)).length, 1);
  });

  void test('a summary with refused comments stays within the limit', async () => {
    const long = (id: string): PlannedComment => ({
      ...planned(id, 666),
      body: bodyOf(id, 'x'.repeat(30_000)),
    });
    const scene = setScene({ fault: ({ path }) => (path.includes('/pulls/') ? { status: 422 } : null) });
    const written = await execute([long('f'), long('g'), long('h')]);
    assert.equal(written.refused, 3);
    assert.ok((scene.notes[0]?.body.length ?? 0) <= 65_535);
  });

  for (const [locked, message] of [
    [true, 'Forbidden'],
    [false, 'Unable to create comment because issue is locked.'],
  ] as const) {
    void test(`a locked conversation does not keep the check from ending: ${message}`, async () => {
      const fault: Scene['fault'] = ({ path }) =>
        path.includes('check-runs') ? null : { status: 403, body: { message } };
      const scene = setScene({ comments: [there(1, 'old')], locked, fault });
      const written = await execute([planned('f'), planned('g')]);
      assert.deepEqual([written.refused, written.forbidden], [2, null]);
      assert.deepEqual(pathsOf(scene), [
        'POST pulls/7/reviews',
        'DELETE pulls/comments/1',
        'POST issues/7/comments',
        'PATCH check-runs/5',
      ]);
      assert.deepEqual(scene.writes.at(-1)?.body['output'], { title: 'title', summary: 'summary' });
    });
  }

  void test('a missing permission is reported in the check, which ends anyway', async () => {
    const message = 'Resource not accessible by integration';
    const scene = setScene({
      comments: [there(1, 'old')],
      fault: ({ path }) => (path.includes('check-runs') ? null : { status: 403, body: { message } }),
    });
    const written = await execute([planned('f')]);
    assert.deepEqual([written.created, written.refused], [0, 1]);
    assert.match(written.forbidden ?? '', /^Resource not accessible by integration/u);
    const check = scene.writes.at(-1)?.body;
    assert.equal(check?.['conclusion'], 'failure');
    assert.match(JSON.stringify(check), /permission \*\*Pull requests: read and write\*\*/u);
  });

  void test('a suspended installation ends the plan', async () => {
    const body = { message: 'This installation has been suspended' };
    const scene = setScene({ fault: () => ({ status: 403, body }) });
    await assert.rejects(execute([planned('f')]), (error) => statusOf(error) === 403);
    assert.deepEqual(pathsOf(scene), ['POST pulls/7/reviews']);
  });

  void test('a comment that somebody deleted meanwhile does not stop the rest', async () => {
    const scene = setScene({
      comments: [there(1, 'old'), there(2, 'older')],
      fault: ({ path }) => (path.endsWith('comments/1') ? { status: 404 } : null),
    });
    const written = await execute([]);
    assert.equal(written.deleted, 1);
    assert.equal(pathsOf(scene).at(-1), 'PATCH check-runs/5');
  });
});

void describe('unclear answers', () => {
  isolateNetwork();

  for (const [name, after] of [
    ['that had its effect is not sent again', true],
    ['without effect is sent again', false],
  ] as const) {
    void test(`a review ${name}`, async () => {
      let faults = 1;
      const scene = setScene({
        fault: (request) => (isReview(request) && (faults -= 1) === 0 ? { status: 502, after } : null),
      });
      await execute([planned('f'), planned('g')]);
      assert.deepEqual(bodiesOf(scene), [bodyOf('f'), bodyOf('g')]);
      assert.equal(scene.writes.filter(isReview).length, after ? 1 : 2);
    });

    void test(`a summary ${name}`, async () => {
      let faults = 1;
      const isSummary = ({ path }: Request): boolean => path.endsWith('/issues/7/comments');
      const scene = setScene({
        fault: (request) => (isSummary(request) && (faults -= 1) === 0 ? { status: 500, after } : null),
      });
      await execute([]);
      assert.equal(scene.notes.length, 1);
      assert.equal(scene.writes.filter(isSummary).length, after ? 1 : 2);
    });
  }

  void test('what showed late is found, and taken away when it is there twice', async () => {
    let faults = 1;
    const scene = setScene();
    const late: SceneComment[] = [];
    scene.fault = (request) => {
      if (!isReview(request)) return null;
      if ((faults -= 1) === 0) return { status: 502 };
      // The first one was only slow.
      late.push(...commentsOf(request).map((_, index) => there(1 + index, 'f')));
      scene.comments.unshift(...late);
      return null;
    };
    await execute([planned('f')]);
    assert.deepEqual(bodiesOf(scene), [bodyOf('f')]);
  });

  void test('a server that never answers ends it, and the check stays open', async () => {
    const scene = setScene({ fault: (request) => (isReview(request) ? { status: 503 } : null) });
    await assert.rejects(execute([planned('f')]), (error) => statusOf(error) === 503);
    assert.deepEqual(
      pathsOf(scene),
      Array.from({ length: 4 }, () => 'POST pulls/7/reviews'),
    );
  });
});

void describe('nothing is written', () => {
  isolateNetwork();

  void test('when the head moved', async () => {
    const scene = setScene({ head: 'b'.repeat(40) });
    await assert.rejects(
      execute([planned('f')]),
      (error) => error instanceof StalePlan && error.why === 'moved',
    );
    assert.deepEqual(scene.writes, []);
  });

  void test('when it is closed', async () => {
    const scene = setScene({ state: 'closed' });
    await assert.rejects(execute([]), (error) => error instanceof StalePlan && error.why === 'closed');
    assert.deepEqual(scene.writes, []);
  });

  void test('when the journal says no', async () => {
    const scene = setScene();
    const journal = { begin: async () => false, finish: async () => {} };
    await assert.rejects(execute([planned('f')], { journal }), LostClaim);
    assert.deepEqual(scene.writes, []);
  });

  void test('after the head moved in the middle', async () => {
    const scene = setScene();
    scene.fault = () => {
      scene.head = 'b'.repeat(40);
      return null;
    };
    await assert.rejects(execute([planned('f')]), StalePlan);
    assert.deepEqual(pathsOf(scene), ['POST pulls/7/reviews']);
  });

  void test('after a stop', async () => {
    const scene = setScene();
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await assert.rejects(execute([planned('f')], { signal: stop.signal }), /stopped/u);
    assert.deepEqual(scene.writes, []);
  });
});

void describe('the journal', () => {
  isolateNetwork();

  void test('hears of each write before it is sent, and of its answer', async () => {
    const scene = setScene({ fault: ({ path }) => (path.endsWith('comments/1') ? { status: 404 } : null) });
    scene.comments.push(there(1, 'old'));
    const lines: string[] = [];
    const journal = {
      begin: async (key: string) => lines.push(`begin ${key} after ${scene.writes.length}`) > 0,
      finish: async (key: string, id: number | null) =>
        void lines.push(`finish ${key} ${id === null ? '-' : 'id'}`),
    };
    await execute([planned('f')], { journal });
    assert.deepEqual(lines, [
      'begin review after 0',
      'finish review id',
      'begin delete:1 after 1',
      'finish delete:1 -',
      'begin summary after 2',
      'finish summary id',
      'begin check after 3',
      'finish check id',
    ]);
  });

  void test('an unclear answer is none', async () => {
    setScene({ fault: () => ({ status: 502 }) });
    const finished: string[] = [];
    const journal = { begin: async () => true, finish: async (key: string) => void finished.push(key) };
    await assert.rejects(execute([planned('f')], { journal }));
    assert.deepEqual(finished, []);
    nock.cleanAll();
  });
});
