import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import nock from 'nock';
import {
  listInstallations,
  listOpenPullRequests,
  listRepositories,
  react,
  readAppSetup,
  readFileAt,
  readPermission,
  readPullRequest,
  reply,
} from '../../src/github/pull-requests.ts';
import { writeMarker } from '../../src/report/model/markers.ts';
import { BASE_URL, createTestClient, isolateNetwork, setScene, TARGET, WRITER } from './support.ts';

const repo = { id: 1, name: 'shop', owner: { login: 'acme' } };
const rest = (change: object = {}) => ({
  number: 7,
  state: 'open',
  draft: true,
  title: 'title',
  merged_at: null,
  merge_commit_sha: 'c'.repeat(40),
  updated_at: '2019-05-15T15:20:33Z',
  user: { login: 'ann' },
  base: { ref: 'main', sha: 'b'.repeat(40), repo },
  head: { ref: 'change', sha: 'a'.repeat(40), repo },
  ...change,
});
const api = () => nock(BASE_URL);

void describe('pull requests', () => {
  isolateNetwork();

  void test('are read as facts', async () => {
    api().get('/repos/acme/shop/pulls/7').reply(200, rest());
    assert.deepEqual(await readPullRequest(createTestClient(), TARGET), {
      number: 7,
      state: 'open',
      isMerged: false,
      mergeSha: 'c'.repeat(40),
      draft: true,
      updatedAt: '2019-05-15T15:20:33Z',
      base: { ref: 'main', sha: 'b'.repeat(40) },
      head: { ref: 'change', sha: 'a'.repeat(40), repositoryId: 1 },
      isFork: false,
      author: 'ann',
      repositoryId: 1,
      owner: 'acme',
      repo: 'shop',
    });
  });

  void test('of a fork that was deleted, by an account that was deleted', async () => {
    const head = { ref: 'change', sha: 'a'.repeat(40), repo: null };
    api()
      .get('/repos/acme/shop/pulls/7')
      .reply(200, rest({ user: null, head }));
    const facts = await readPullRequest(createTestClient(), TARGET);
    assert.deepEqual([facts?.isFork, facts?.head.repositoryId, facts?.author], [true, null, 'ghost']);
  });

  void test('that are not there are none', async () => {
    api().get('/repos/acme/shop/pulls/7').reply(404, { message: 'Not Found' });
    assert.equal(await readPullRequest(createTestClient(), TARGET), null);
  });

  void test('are listed page by page while they are recent', async () => {
    const first = '/repos/acme/shop/pulls?state=open&sort=updated&direction=desc&per_page=100';
    const next = (page: number) => ({ link: `<${BASE_URL}/repositories/1/pulls?page=${page}>; rel="next"` });
    const at = (number: number, day: string) => rest({ number, updated_at: `2026-01-${day}T00:00:00Z` });
    api()
      .get(first)
      .reply(200, [at(7, '20')], next(2));
    api()
      .get('/repositories/1/pulls?page=2')
      .reply(200, [at(8, '11'), at(9, '09')], next(3));
    const github = createTestClient();
    const pulls = await listOpenPullRequests(github, { owner: 'acme', repo: 'shop' }, new Date('2026-01-10'));
    assert.deepEqual(
      pulls.map(({ number }) => number),
      [7, 8],
    );
  });
});

void describe('permissions', () => {
  isolateNetwork();

  const cases: [number, object, string][] = [
    [200, { permission: 'admin', role_name: 'admin' }, 'admin'],
    [200, { permission: 'write', role_name: 'maintain' }, 'maintain'],
    [200, { permission: 'read', role_name: 'triage' }, 'triage'],
    [200, { permission: 'write', role_name: 'release-captain' }, 'write'],
    [200, { permission: 'none', role_name: '' }, 'none'],
    [404, { message: 'Not Found' }, 'none'],
  ];
  for (const [status, body, permission] of cases) {
    void test(`${status} ${JSON.stringify(body)} is ${permission}`, async () => {
      api().get('/repos/acme/shop/collaborators/ann/permission').reply(status, body);
      assert.equal(await readPermission(createTestClient(), TARGET, 'ann'), permission);
    });
  }
});

void describe('files at a commit', () => {
  isolateNetwork();

  void test('are text, or null where there is none or it is a folder', async () => {
    const path = '/repos/acme/shop/contents/.github%2Fallocgate.yml?ref=abc';
    const read = () => readFileAt(createTestClient(), TARGET, '.github/allocgate.yml', 'abc');
    const content = Buffer.from('version: 1 # ä\n').toString('base64');
    api().get(path).reply(200, { type: 'file', encoding: 'base64', content });
    assert.equal(await read(), 'version: 1 # ä\n');
    api().get(path).reply(404, { message: 'Not Found' });
    assert.equal(await read(), null);
    api().get(path).reply(200, []);
    assert.equal(await read(), null);
  });
});

void describe('answers to people', () => {
  isolateNetwork();

  const marker = writeMarker('reply:55-1');
  const body = `${marker}\ndone`;

  void test('are written once, however often and however unclear', async () => {
    let faults = 1;
    const scene = setScene({ fault: () => ((faults -= 1) === 0 ? { status: 502, after: true } : null) });
    const send = () =>
      reply(createTestClient(), { target: TARGET, writer: WRITER, marker, body, settleMs: 0 });
    await send();
    await send();
    assert.deepEqual(
      scene.notes.map((note) => note.body),
      [body],
    );
    assert.equal(scene.writes.length, 1);
  });

  void test('a marker that somebody else wrote or quoted is not ours', async () => {
    const scene = setScene({
      notes: [
        { id: 1, user: { login: 'ann' }, body },
        { id: 2, user: WRITER, body: `> ${marker}` },
      ],
    });
    await reply(createTestClient(), { target: TARGET, writer: WRITER, marker, body, settleMs: 0 });
    assert.equal(scene.notes.length, 3);
  });

  void test('reactions are sent until they are answered', async () => {
    const path = '/repos/acme/shop/issues/comments/55/reactions';
    api().post(path, { content: '+1' }).reply(502);
    const second = api().post(path, { content: '+1' }).reply(200, { id: 1 });
    await react(createTestClient(), TARGET, { on: 'issue-comment', commentId: 55 }, '+1', { settleMs: 0 });
    assert.equal(second.isDone(), true);
  });
});

void describe('installations', () => {
  isolateNetwork();

  void test('and their repositories are listed', async () => {
    const installation = {
      id: 42,
      account: { login: 'acme' },
      permissions: { checks: 'write' },
      events: ['push'],
    };
    api()
      .get('/app/installations?per_page=100')
      .reply(200, [{ ...installation, suspended_at: '2026-01-01T00:00:00Z' }]);
    assert.deepEqual(await listInstallations(createTestClient()), [
      { id: 42, account: 'acme', permissions: { checks: 'write' }, events: ['push'], isSuspended: true },
    ]);
    const repositories = [{ id: 1, name: 'shop', owner: { login: 'acme' }, default_branch: 'main' }];
    api().get('/installation/repositories?per_page=100').reply(200, { total_count: 1, repositories });
    assert.deepEqual(await listRepositories(createTestClient(), 42), [
      { id: 1, installationId: 42, owner: 'acme', name: 'shop', defaultBranch: 'main' },
    ]);
  });

  void test('the App says what it may do', async () => {
    const setup = { id: 1, slug: 'allocgate', permissions: { checks: 'write' }, events: ['pull_request'] };
    api()
      .get('/app')
      .reply(200, { ...setup, html_url: 'https://github.com/apps/allocgate' });
    const url = 'https://github.com/apps/allocgate';
    assert.deepEqual(await readAppSetup(createTestClient()), { ...setup, url });
  });
});
