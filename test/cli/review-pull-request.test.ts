import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { createGitHubApp } from '../../src/github/client.ts';
import { reportSchema } from '../../src/report/model/schema.ts';
import { after, before } from '../support/hooks.ts';
import { createFakeGitHub, type FakeGitHub } from '../support/fake-github/index.ts';
import { createOpenFolder } from '../support/sandboxes.ts';
import { addStandardLibrary } from '../support/standard-library.ts';
import { createModule, type Result, run, withoutProgress, worse } from './support.ts';

// `allocgate review URL` against the fake GitHub: real git over HTTP, real Go.

let fake: FakeGitHub;
let state: Awaited<ReturnType<typeof createOpenFolder>>;
let url: string;
let token: string;

before(async () => {
  state = await createOpenFolder();
  await addStandardLibrary(state.dir);
  fake = await createFakeGitHub();
  fake.addUser('ann');
  token = fake.createUserToken('ann');
  await fake.addRepository({ owner: 'ann', name: 'shop', files: createModule(), private: true });
  await fake.openPullRequest('ann/shop', {
    author: 'ann',
    head: { branch: 'worse', contents: { change: { 'key.go': createModule(worse)['key.go'] ?? '' } } },
  });
  url = `${fake.url}/ann/shop/pull/1`;
});
after(async () => {
  await fake.close();
  await state.remove();
});

function review(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const server = { GITHUB_SERVER_URL: fake.url, GITHUB_API_URL: fake.url };
  return run(['review', ...args], {
    cwd: state.dir,
    env: { XDG_CACHE_HOME: state.dir, GITHUB_TOKEN: token, ...server, ...env },
  });
}

/** Requests that change something. */
const writes = (): string[] =>
  fake.requests.flatMap(({ method, route }) =>
    route !== null && !['GET', 'HEAD'].includes(method) ? [route] : [],
  );

test('prints what the App would write, and writes nothing', async () => {
  const json = path.join(state.dir, 'review.json');
  const result = await review([`${url}/files?w=1#diff`, '--format', 'markdown', '--format', `json=${json}`]);
  assert.equal(result.status, 1, result.stderr);
  assert.match(result.stdout, /^## Check: failure\n\n\*\*.*gates/u);
  assert.match(result.stdout, /\n## Summary comment\n\n### allocgate: fail\n/u);
  assert.match(result.stdout, /\n## Inline comments\n\n### `key\.go:7` \(RIGHT\)\n\n\*\*\+1 allocs\/op/u);
  const report = reportSchema.parse(JSON.parse(await readFile(json, 'utf8')));
  assert.deepEqual([report.verdict, report.findings[0]?.line], ['fail', 7]);
  assert.deepEqual(writes(), []);
  assert.ok(!(result.stdout + result.stderr).includes(token));
});

test('--dry-run prints each write as data, --post writes, and again there is nothing to do', async () => {
  const dry = await review([url, '--dry-run']);
  assert.equal(dry.status, 1, dry.stderr);
  const { actions, writer } = JSON.parse(dry.stdout);
  assert.equal(writer, 'ann');
  assert.deepEqual(
    actions.map(({ on, kind }: { on: string; kind: string }) => [on, kind]),
    [
      ['inline-comment', 'create'],
      ['summary-comment', 'create'],
      ['check', 'create'],
    ],
  );
  assert.deepEqual(actions[0].comment.anchor, { file: 'key.go', line: 7, startLine: null, side: 'RIGHT' });
  assert.equal(actions[2].check.conclusion, 'failure');
  assert.deepEqual(writes(), []);

  const posted = await review([url, '--post', '--format', 'text']);
  assert.equal(posted.status, 1, posted.stderr);
  assert.match(
    posted.stderr,
    /Posted to .*: the comments\. The check could not be created: .*only from Apps/u,
  );
  assert.equal(withoutProgress(posted.stderr).trimEnd().split('\n').length, 1, 'one line');
  const seen = await fake.snapshot('ann/shop', 1);
  assert.deepEqual(
    seen.reviewComments.map(({ path: file, line, by }) => [file, line, by]),
    [['key.go', 7, 'ann']],
  );
  assert.equal(seen.comments.length, 1);
  const withoutTimes = (text: string): string => text.replace(/Took [^,]*, of which .* took [^,]*,/u, '');
  // The dry run cannot know the address of a comment that is not there yet.
  const [body = ''] = seen.comments.map((comment) => withoutTimes(comment.body ?? ''));
  const commentLink = / \(\[comment\]\(\S+\/ann\/shop\/pull\/1#discussion_r\d+\)\)/u;
  assert.match(body, commentLink);
  assert.equal(body.replace(commentLink, ''), withoutTimes(actions[1].comment.body));
  assert.deepEqual(seen.checks, []);

  const again = await review([url, '--dry-run']);
  const kinds = JSON.parse(again.stdout).actions.map(({ on, kind }: { on: string; kind: string }) => [
    on,
    kind,
  ]);
  assert.deepEqual(
    kinds.filter(([on, kind]: string[]) => kind !== 'update' || on !== 'summary-comment'),
    [['check', 'create']],
    'the inline comment stands; times in the summary may differ',
  );
});

/** A token of the App's installation, as GitHub Actions gives one to a job. */
async function createAppToken(): Promise<string> {
  const { id } = await fake.install('ann');
  const app = await createGitHubApp({
    appId: fake.app.id,
    privateKey: fake.app.privateKey,
    baseUrl: fake.url,
    pauses: { find: async () => null, save: async () => {} },
    maxWaitMs: 0,
    onRequest: () => {},
    log: pino({ level: 'silent' }),
  }).asApp();
  const { data } = await app.rest.apps.createInstallationAccessToken({ installation_id: id });
  return data.token;
}

test("an App's token makes the check, once, and leaves other people's comments alone", async () => {
  const bot = `${fake.app.slug}[bot]`;
  fake.faults.add({
    match: { path: /^\/graphql/u },
    kind: { status: 200, body: { data: { viewer: { login: bot } } } },
    times: 2,
  });
  const before = await fake.snapshot('ann/shop', 1);
  const appToken = await createAppToken();
  for (const _ of [1, 2]) {
    const result = await review([url, '--post', '--format', `json=${state.dir}/x`], {
      GITHUB_TOKEN: appToken,
    });
    assert.equal(result.status, 1, result.stderr);
    assert.match(result.stderr, /^Posted to .*: the check; comments: /mu);
  }
  const { checks, comments, reviewComments } = await fake.snapshot('ann/shop', 1);
  assert.deepEqual(
    checks.map(({ name, conclusion }) => [name, conclusion]),
    [['allocgate', 'failure']],
  );
  assert.deepEqual(
    [comments, reviewComments].map((all) => all.map(({ by }) => by)),
    [
      ['ann', bot],
      ['ann', bot],
    ],
  );
  assert.deepEqual(comments.slice(0, 1), before.comments);
});

test('nothing is written about a head that was pushed away meanwhile', async () => {
  const before = writes().length;
  // Between the review and the check before the first write.
  const push = () => fake.pushHead('ann/shop', 1, { change: { 'more.go': 'package m\n' } }, { by: 'ann' });
  const seen = await fake.snapshot('ann/shop', 1);
  fake.faults.add({ match: { path: /^\/user$/u }, kind: { run: async () => void (await push()) } });
  await fake.comment('ann/shop', 1, { by: 'ann', body: 'unrelated' });
  fake.addUser('bob');
  fake.setPermission('ann/shop', 'bob', 'write');
  const result = await review([url, '--post'], { GITHUB_TOKEN: fake.createUserToken('bob') });
  assert.equal(result.status, 3, result.stderr);
  assert.match(result.stderr, /was pushed to in the meantime.*\nReview it again/u);
  assert.equal(writes().length, before);
  assert.equal((await fake.snapshot('ann/shop', 1)).reviewComments.length, seen.reviewComments.length);
});

test('says what is wrong and what to do', async () => {
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [[url], { GITHUB_TOKEN: '' }, 3, /There is no pull request .*\n.*private: Set GITHUB_TOKEN/u],
    [[url], { GITHUB_TOKEN: 'ghp_wrong' }, 3, /does not accept the token.*\n(?:.*\n)*Check GITHUB_TOKEN/u],
    [[`${fake.url}/ann/shop/pull/99`], {}, 3, /There is no pull request/u],
    [[url, '--post'], { GITHUB_TOKEN: '' }, 3, /needs a token.*\nSet GITHUB_TOKEN/u],
    [[url], { GITHUB_SERVER_URL: '', GITHUB_API_URL: '' }, 2, /is not a known GitHub server; .*GHE_HOST/u],
    [[`${fake.url}/ann/shop`], {}, 2, /URL of a pull request has the form/u],
    [['https://github.com/ann/shop/issues/1'], {}, 2, /URL of a pull request has the form/u],
    [[url, '--worktree'], {}, 2, /--worktree.*no work tree/u],
    [[url, '--base', 'main'], {}, 2, /--base.*has its own base/u],
    [[url, '--head', 'x'], {}, 2, /--head.*has its own head/u],
    [[url, '--direct'], {}, 2, /--direct.*merge base/u],
    [[url, '--packages', './x'], {}, 2, /--packages.*configuration/u],
    [[url, '--config', 'x.yml'], {}, 2, /--config.*configuration of its base/u],
    [[url, '--no-sandbox'], {}, 2, /--no-sandbox.*sandbox that the settings choose/u],
    [[url, '--post', '--dry-run'], {}, 2, /--post.*--dry-run/u],
    [[url, '--post', '--bench', 'X'], {}, 2, /Invalid --bench "X".*all benchmarks/u],
    [[url, '--dry-run', '--format', 'text'], {}, 2, /--dry-run prints to standard output/u],
    [['.', '--post'], {}, 2, /--post.*URL of a pull request/u],
    [['.', '--dry-run'], {}, 2, /--dry-run.*URL of a pull request/u],
  ];
  const before = writes().length;
  for (const [args, env, status, words] of cases) {
    const result = await review(args, env);
    assert.equal(result.status, status, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, words);
    assert.equal(result.stdout, '');
    assert.ok(!result.stderr.includes(token));
  }
  assert.equal(writes().length, before);
});

test('every request was one that GitHub takes', () => {
  const others = fake.violations.filter((one) => !one.path.startsWith('/graphql'));
  assert.deepEqual(others, [], 'the description is of the REST API alone');
});
