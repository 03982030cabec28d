import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { createGitHubApp } from '../../src/github/client.ts';
import { executePlan } from '../../src/github/execute.ts';
import { summaryMarker, writeMarker } from '../../src/report/model/markers.ts';
import type { Annotation, PlannedComment } from '../../src/report/model/pull-request.ts';
import { after, before } from '../support/hooks.ts';
import {
  createFakeGitHub,
  type FakeGitHub,
  type PullRequest,
  type Repository,
} from '../support/fake-github/index.ts';

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `// ${index + 1}\n`).join('');
const planned = (id: string, line: number | null): PlannedComment => ({
  anchor: { file: 'a.go', line, startLine: null, side: 'RIGHT' },
  id,
  body: `${writeMarker(id)}\n${id}`,
});
const annotation = (line: number): Annotation => ({
  path: 'a.go',
  start_line: line,
  end_line: line,
  annotation_level: 'warning',
  title: 'SF-01',
  message: `line ${line}`,
});

type Stage = { fake: FakeGitHub; repository: Repository; pull: PullRequest; installationId: number };

async function openStage(): Promise<Stage> {
  const fake = await createFakeGitHub();
  fake.addUser('ann');
  const repository = await fake.addRepository({
    owner: 'acme',
    name: 'shop',
    files: { 'go.mod': 'module shop\n' },
  });
  const { id: installationId } = await fake.install('acme');
  const contents = { change: { 'a.go': `package shop\n${lines(100)}` } };
  const pull = await fake.openPullRequest(repository, {
    author: 'ann',
    head: { branch: 'change', contents },
  });
  return { fake, repository, pull, installationId };
}

/** Writes a plan, each time as a process that was started anew would. */
async function write(
  { fake, repository, pull, installationId }: Stage,
  runId: string,
  comments: PlannedComment[],
  annotations: number,
) {
  const app = createGitHubApp({
    appId: fake.app.id,
    privateKey: fake.app.privateKey,
    baseUrl: fake.url,
    pauses: { find: async () => null, save: async () => {} },
    maxWaitMs: 0,
    onRequest: () => {},
    log: pino({ level: 'silent' }),
    writeSpacingMs: 0,
    retryDelayMs: 0,
  });
  return executePlan({
    github: await app.forInstallation(installationId),
    target: { owner: 'acme', repo: 'shop', number: pull.number },
    writer: await app.writer(),
    runId,
    plan: {
      headSha: fake.pullRequest(repository, pull.number).headSha,
      check: {
        title: 'title',
        summary: 'summary',
        text: 'text',
        conclusion: 'failure',
        annotations: Array.from({ length: annotations }, (_, index) => annotation(index + 1)),
        actions: [{ label: 'Re-run', description: 'Again', identifier: 'rerun' }],
      },
      summary: { body: `${summaryMarker}\nall of it`, create: true },
      comments,
      updates: [],
      findings: comments.map(({ id }) => id),
    },
    journal: { begin: async () => true, finish: async () => {} },
    signal: new AbortController().signal,
    settleMs: 0,
  });
}

void describe('a plan on a pull request', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.fake.close());

  const bodies = async (): Promise<string[]> => {
    const seen = await stage.fake.snapshot(stage.repository, stage.pull.number);
    return seen.reviewComments.map(({ body }) => body.split('\n').at(-1) ?? '').sort();
  };

  void test('stands there once, whatever is lost on the way', async () => {
    const { fake, repository, pull } = stage;
    const comments = [planned('f', 2), planned('g', 50), planned('bad', 5000), planned('file', null)];
    for (const path of [
      /\/reviews/u,
      /\/pulls\/1\/comments$/u,
      /\/issues\/1\/comments$/u,
      /\/check-runs$/u,
    ]) {
      fake.faults.add({ match: { method: 'POST', path }, kind: 'after-502' });
    }
    fake.faults.add({ match: { method: 'PATCH', path: /\/check-runs\// }, kind: 'reset-after' });
    const written = await write(stage, 'run-1', comments, 80);
    assert.equal(written.refused, 1);
    await write(stage, 'run-1', comments, 80);
    const seen = await fake.snapshot(repository, pull.number);
    assert.deepEqual(await bodies(), ['f', 'file', 'g']);
    assert.equal(seen.comments.length, 1);
    assert.match(seen.comments[0]?.body ?? '', /all of it[^]*bad/u);
    assert.deepEqual(
      seen.checks.map(({ status, conclusion, annotations, externalId }) => [
        status,
        conclusion,
        annotations,
        externalId,
      ]),
      [['completed', 'failure', 80, 'run-1']],
    );
    assert.equal(fake.checkRuns(repository, seen.headSha).length, 1);
    assert.deepEqual(fake.violations, []);
  });

  void test('follows the next push, and keeps what somebody answered', async () => {
    const { fake, repository, pull } = stage;
    const seen = await fake.snapshot(repository, pull.number);
    const answered = seen.reviewComments.find(({ body }) => body.endsWith('g'));
    assert.ok(answered);
    await fake.answer(repository, answered.id, { by: 'ann', body: 'on purpose' });
    await fake.pushHead(repository, pull.number, {
      change: { 'a.go': `package shop\n// new\n${lines(100)}` },
    });
    await fake.renameRepository(repository, 'store');
    await write(stage, 'run-2', [planned('f', 3), planned('h', 4)], 0);
    const after = await fake.snapshot(repository, pull.number);
    assert.deepEqual(
      after.reviewComments.map(({ body }) => /allocgate:(?<id>\w+)/u.exec(body)?.groups?.['id'] ?? body),
      ['f', 'g', 'on purpose', 'h'],
    );
    assert.match(after.reviewComments[1]?.body ?? '', /Fixed/u);
    assert.equal(after.comments.length, 1);
    assert.deepEqual(fake.violations, []);
  });
});
