import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { executePlan } from '../../src/github/execute.ts';
import { listWrites } from '../../src/github/writes.ts';
import { reserveCommentLink } from '../../src/report/model/comment-links.ts';
import { summaryMarker, writeMarker } from '../../src/report/model/markers.ts';
import { toJson } from '../../src/report/model/escape.ts';
import type { PlannedComment, PullRequestPlan } from '../../src/report/model/pull-request.ts';
import { assertGolden } from '../support/golden.ts';
import {
  commentUrl,
  createTestClient,
  HEAD,
  isolateNetwork,
  type SceneComment,
  setScene,
  TARGET,
  WRITER,
} from './support.ts';

const bodyOf = (id: string, text = 'costs'): string => `${writeMarker(id)}\n${id} ${text}`;
const planned = (id: string, line: number): PlannedComment => ({
  anchor: { file: 'a.go', line, startLine: null, side: 'RIGHT' },
  id,
  body: bodyOf(id),
});
const there = (id: number, finding: string, body = bodyOf(finding)): SceneComment => ({
  id,
  user: WRITER,
  body,
  path: 'a.go',
  line: 10,
  subject_type: 'line',
});
const SUMMARY = `${summaryMarker}\nall of it`;
const plan: PullRequestPlan = {
  headSha: HEAD,
  check: { title: 't', summary: 's', text: '', conclusion: 'failure', annotations: [], actions: [] },
  summary: { body: SUMMARY, create: true },
  comments: [planned('f', 10), planned('g', 20)],
  updates: [],
  findings: ['f', 'g'],
};

void describe('the writes of a plan', () => {
  isolateNetwork();

  // The texts themselves are in test/golden/pull-request-plan.txt.
  void test('are data that a program can read', async () => {
    const options = { github: createTestClient(), target: TARGET, writer: WRITER, runId: 'run-1', plan };
    setScene({ comments: [there(1, 'gone'), there(2, 'f', bodyOf('f', 'cost less'))] });
    assertGolden('dry-run.json', toJson(await listWrites(options)));
  });

  void test('are listed as data, and then sent as they were listed', async () => {
    const options = { github: createTestClient(), target: TARGET, writer: WRITER, runId: 'run-1', plan };
    const scene = setScene({
      comments: [there(1, 'gone'), there(2, 'f', bodyOf('f', 'cost less'))],
      notes: [{ id: 3, user: WRITER, body: SUMMARY }],
    });
    const listed = await listWrites(options);
    assert.equal(scene.writes.length, 0, 'listing sends nothing');
    assert.deepEqual(
      listed.map((write) => [write.on, write.kind, 'id' in write ? write.id : null]),
      [
        ['inline-comment', 'create', null],
        ['inline-comment', 'update', 2],
        ['inline-comment', 'delete', 1],
        ['check', 'update', null],
      ],
    );
    await executePlan({
      ...options,
      journal: { begin: async () => true, finish: async () => {} },
      signal: new AbortController().signal,
      settleMs: 0,
    });
    assert.deepEqual(
      scene.writes.map(({ method, path }) => `${method} ${path.replace('/repos/acme/shop/', '')}`),
      ['POST pulls/7/reviews', 'PATCH pulls/comments/2', 'DELETE pulls/comments/1', 'PATCH check-runs/5'],
    );
  });

  void test('link summary and check to the comments that are posted, also to those that this plan posts', async () => {
    const linking = (text: string): string =>
      `${text} a.go:10${reserveCommentLink('f')} a.go:20${reserveCommentLink('g')} b.go:1${reserveCommentLink('h')}`;
    const { check } = plan;
    const linked: PullRequestPlan = {
      ...plan,
      check: { ...check, summary: linking('numbers'), text: linking('findings') },
      summary: { body: linking(SUMMARY), create: true },
    };
    const options = { github: createTestClient(), target: TARGET, writer: WRITER, runId: 'run-1' };
    const scene = setScene({ comments: [there(1, 'f')] });
    await executePlan({
      ...options,
      plan: linked,
      journal: { begin: async () => true, finish: async () => {} },
      signal: new AbortController().signal,
      settleMs: 0,
    });
    const created = scene.comments.find(({ body }) => body.includes('g costs'));
    const end = `a.go:10 ([comment](${commentUrl(1)})) a.go:20 ([comment](${commentUrl(created?.id ?? 0)})) b.go:1`;
    assert.deepEqual(
      scene.notes.map(({ body }) => body),
      [`${SUMMARY} ${end}`],
    );
    const written = scene.writes.find(({ path }) => path.endsWith('/check-runs/5'));
    assert.deepEqual(written?.body['output'], {
      title: 't',
      summary: `numbers ${end}`,
      text: `findings ${end}`,
    });
    const again = await listWrites({ ...options, plan: linked });
    assert.deepEqual(
      again.map(({ on }) => on),
      ['check'],
      'nothing is written twice',
    );
  });

  void test('are all new for a writer without comments', async () => {
    setScene({ comments: [there(1, 'f')] });
    const options = { github: createTestClient(), target: TARGET, writer: null, runId: 'run-2', plan };
    assert.deepEqual(
      (await listWrites(options)).map(({ on, kind }) => `${kind} ${on}`),
      ['create inline-comment', 'create inline-comment', 'create summary-comment', 'create check'],
    );
  });
});
