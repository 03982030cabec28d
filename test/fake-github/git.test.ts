import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { countTo, createScene, pick, type Scene } from './scene.ts';

type Clone = AsyncDisposable & { run: (...args: string[]) => Promise<string> };

/** A local repository without a remote. */
async function createClone(): Promise<Clone> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-clone-'));
  const run = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null' };
    return (await promisify(execFile)('git', ['-C', dir, ...args], { env })).stdout.trim();
  };
  await run('init', '--quiet');
  return { run, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

function address(scene: Scene, name: string, token: string | null = scene.token): string {
  const user = token === null ? '' : `x-access-token:${token}@`;
  return `${scene.fake.url.replace('//', `//${user}`)}/${name}.git`;
}

test('git fetches a pull request by its refs and any commit by its ID', async () => {
  await using scene = await createScene({ private: true });
  await using clone = await createClone();
  const pull = await scene.fake.openPullRequest(scene.repository, {
    author: 'ann',
    head: { branch: 'change', contents: { change: { 'b.txt': 'b\n' } } },
  });
  const first = pull.headSha;
  await scene.fake.pushHead(scene.repository, 1, { change: { 'c.txt': 'c\n' } }, { force: true });
  const url = address(scene, 'acme/shop');
  await clone.run('fetch', '--quiet', url, 'refs/pull/1/head', `refs/pull/1/merge:refs/heads/merge`);
  const parents = await clone.run('rev-list', '--parents', '--max-count=1', 'merge');
  assert.deepEqual(parents.split(' ').slice(1), [pull.baseSha, pull.headSha]);
  // The second version of the protocol allows it of itself.
  const other = `${scene.fake.url.replace('//', `//x:${scene.token}@`)}/git/acme/shop.git`;
  await clone.run('-c', 'protocol.version=0', 'fetch', '--quiet', '--depth=1', other, first);
  assert.equal(await clone.run('show', `${first}:b.txt`), 'b');
});

test('git is refused without a token, with a wrong one, and whatever it wants to push', async () => {
  await using scene = await createScene({ private: true });
  await using clone = await createClone();
  const list = (token: string | null) => clone.run('ls-remote', address(scene, 'acme/shop', token));
  assert.match(await list(scene.token), /refs\/heads\/main/);
  await assert.rejects(list(null), /could not read Username|Authentication failed/);
  await assert.rejects(list('ghs_wrong'), /Authentication failed/);
  const made = await scene.askWith(scene.jwt)(
    'POST',
    `/app/installations/${scene.installationId}/access_tokens`,
    { permissions: { checks: 'write' } },
  );
  await assert.rejects(list(String(pick(made.body, 'token'))), /not found/i);
  await clone.run('fetch', '--quiet', address(scene, 'acme/shop'), 'main:main');
  await assert.rejects(clone.run('push', address(scene, 'acme/shop'), 'main:other'), /403/);
  assert.deepEqual(
    new Set(scene.fake.requests.filter(({ route }) => route === null).map(({ token: kind }) => kind)),
    new Set(['installation', 'none', 'invalid']),
  );
});

test('a public repository is read without a token, and under the name that it had', async () => {
  await using scene = await createScene();
  await using clone = await createClone();
  await scene.fake.renameRepository(scene.repository, 'store');
  const before = await clone.run('ls-remote', address(scene, 'acme/shop', null), 'HEAD');
  assert.equal(before, await clone.run('ls-remote', address(scene, 'acme/store', null), 'HEAD'));
  assert.match(before, /^[0-9a-f]{40}/);
});

test("a fork's commits are in the repository that the pull request is for", async () => {
  await using scene = await createScene();
  const fork = await scene.fake.forkRepository(scene.repository, 'ann');
  const pull = await scene.fake.openPullRequest(scene.repository, {
    author: 'ann',
    head: { branch: 'main', fork, contents: { change: { 'a.txt': countTo(40, { 3: 'x' }) } } },
  });
  assert.equal(await scene.fake.git(scene.repository, 'rev-parse', 'refs/pull/1/head'), pull.headSha);
  assert.equal(await scene.fake.git(fork, 'rev-parse', 'main'), pull.headSha);
  assert.notEqual(await scene.fake.git(scene.repository, 'rev-parse', 'main'), pull.headSha);
  const { body } = await scene.ask('GET', '/repos/acme/shop/pulls/1');
  assert.equal(pick(body, 'head', 'repo', 'full_name'), 'ann/shop');
  await scene.fake.deleteRepository(fork);
  assert.equal(pick((await scene.ask('GET', '/repos/acme/shop/pulls/1')).body, 'head', 'repo'), null);
});

test('a commit contains the given files', async () => {
  await using scene = await createScene({ files: { 'a.txt': 'a\n', 'dir/b.txt': 'b' } });
  const { fake, repository } = scene;
  await fake.pushDefaultBranch(repository, { change: { 'a.txt': null, 'dir/c.txt': 'ü\n' } });
  assert.equal(await fake.git(repository, 'ls-tree', '-r', '--name-only', 'main'), 'dir/b.txt\ndir/c.txt');
  assert.equal(await fake.git(repository, 'show', 'main:dir/c.txt'), 'ü');
  await fake.pushDefaultBranch(repository, { files: { 'z.txt': 'z\n' } });
  assert.equal(await fake.git(repository, 'ls-tree', '-r', '--name-only', 'main'), 'z.txt');
  assert.equal(await fake.git(repository, 'rev-list', '--count', 'main'), '3');
});

test('a repository is taken over from a local one', async () => {
  await using scene = await createScene();
  const other = await scene.fake.addRepository({
    owner: 'acme',
    name: 'copy',
    source: scene.repository.gitDir,
  });
  const head = await readFile(path.join(other.gitDir, 'HEAD'), 'utf8');
  assert.equal(head.trim(), 'ref: refs/heads/main');
  assert.equal(
    await scene.fake.git(other, 'rev-parse', 'main'),
    await scene.fake.git(scene.repository, 'rev-parse', 'main'),
  );
});
