import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTo, createScene, pick, type Scene } from './scene.ts';

const at = '/repos/acme/shop';

async function open(scene: Scene, change: Record<string, string | null>): Promise<void> {
  await scene.fake.openPullRequest(scene.repository, {
    author: 'ann',
    head: { branch: 'change', contents: { change } },
  });
}

async function list(scene: Scene, path: string): Promise<unknown[]> {
  const { status, body } = await scene.ask('GET', path);
  assert.equal(status, 200, JSON.stringify(body));
  assert.ok(Array.isArray(body));
  return body;
}

test('files are what git finds: changed, added, removed, renamed, binary', async () => {
  await using scene = await createScene({
    files: { 'a.txt': countTo(40), 'b.txt': 'b\n', 'long.txt': countTo(50), 'raw.bin': 'x\u0000y' },
  });
  await open(scene, {
    'a.txt': countTo(40, { 10: 'ten', 30: 'thirty' }),
    'b.txt': null,
    'c.txt': 'c\n',
    'long.txt': null,
    'moved.txt': countTo(50, { 25: 'changed' }),
    'raw.bin': 'x\u0000z',
  });
  const files = await list(scene, `${at}/pulls/1/files`);
  const seen = files.map((file) =>
    ['filename', 'status', 'additions', 'deletions', 'previous_filename'].map((key) => pick(file, key)),
  );
  assert.deepEqual(seen, [
    ['a.txt', 'modified', 2, 2, undefined],
    ['b.txt', 'removed', 0, 1, undefined],
    ['c.txt', 'added', 1, 0, undefined],
    ['moved.txt', 'renamed', 1, 1, 'long.txt'],
    ['raw.bin', 'modified', 0, 0, undefined],
  ]);
  const patch = String(pick(files[0], 'patch')).split('\n');
  assert.match(patch[0] ?? '', /^@@ -7,7 \+7,7 @@/);
  assert.equal(patch.filter((line) => line.startsWith('@@')).length, 2);
  assert.deepEqual(patch.slice(4, 6), ['-line 10', '+ten']);
  assert.equal(pick(files[4], 'patch'), undefined);
  assert.match(String(pick(files[0], 'sha')), /^[0-9a-f]{40}$/);
  assert.deepEqual(scene.fake.violations, []);
});

test('the patch of a large file is left out, its numbers are not', async () => {
  await using scene = await createScene();
  scene.fake.limits.patchLines = 10;
  await open(scene, { 'a.txt': countTo(40, { 20: 'x' }), 'big.txt': countTo(20) });
  const [small, big] = await list(scene, `${at}/pulls/1/files`);
  assert.equal(typeof pick(small, 'patch'), 'string');
  assert.equal(pick(big, 'patch'), undefined);
  assert.equal(pick(big, 'additions'), 20);
});

test('lists come in pages with links to the others', async () => {
  await using scene = await createScene();
  await open(scene, Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`f${n}.txt`, 'x\n'])));
  const first = await scene.ask('GET', `${at}/pulls/1/files?per_page=2`);
  assert.match(first.headers.get('link') ?? '', /[?&]page=2>; rel="next".*page=3>; rel="last"/);
  const last = await scene.ask('GET', `${at}/pulls/1/files?per_page=2&page=3`);
  assert.ok(Array.isArray(last.body));
  assert.equal(last.body.length, 1);
  assert.match(last.headers.get('link') ?? '', /page=2>; rel="prev"/);
  assert.doesNotMatch(last.headers.get('link') ?? '', /next/);
});

test('a diff begins at the merge base, wherever the base branch went', async () => {
  await using scene = await createScene();
  await open(scene, { 'a.txt': countTo(40, { 20: 'x' }) });
  await scene.fake.pushDefaultBranch(scene.repository, { change: { 'main.txt': 'm\n' } });
  const names = (await list(scene, `${at}/pulls/1/files`)).map((file) => pick(file, 'filename'));
  assert.deepEqual(names, ['a.txt']);
  const text = await scene.ask('GET', `${at}/pulls/1`, undefined, { accept: 'application/vnd.github.diff' });
  assert.match(String(text.body), /^diff --git a\/a\.txt b\/a\.txt\n/);
});

test('a pull request lives: pushes, a new base, draft, closed, merged', async () => {
  await using scene = await createScene();
  const { fake, repository } = scene;
  await fake.push(repository, 'release', { change: { 'r.txt': 'r\n' } });
  await open(scene, { 'b.txt': 'b\n' });
  const pull = fake.pullRequest(repository, 1);
  const first = pull.headSha;
  const second = await fake.pushHead(repository, 1, { change: { 'c.txt': 'c\n' } });
  assert.equal(await fake.git(repository, 'rev-parse', `${second}^`), first);
  const third = await fake.pushHead(repository, 1, { change: { 'd.txt': 'd\n' } }, { force: true });
  assert.equal(await fake.git(repository, 'rev-parse', `${third}^`), pull.baseSha);
  assert.equal(pick((await scene.ask('GET', `${at}/pulls/1`)).body, 'head', 'sha'), third);

  await fake.editPullRequest(repository, 1, { base: 'release', title: 'new' });
  const edited = (await scene.ask('GET', `${at}/pulls/1`)).body;
  assert.equal(pick(edited, 'base', 'ref'), 'release');
  assert.equal(pick(edited, 'base', 'sha'), await fake.git(repository, 'rev-parse', 'release'));
  assert.equal(pick(edited, 'title'), 'new');
  await fake.convertToDraft(repository, 1);
  assert.equal(pick((await scene.ask('GET', `${at}/pulls/1`)).body, 'draft'), true);
  await fake.markReady(repository, 1);
  await fake.closePullRequest(repository, 1);
  assert.deepEqual(await list(scene, `${at}/pulls`), []);
  assert.equal((await list(scene, `${at}/pulls?state=all`)).length, 1);
  await fake.reopenPullRequest(repository, 1);
  await fake.closePullRequest(repository, 1, { merge: true });
  const merged = (await scene.ask('GET', `${at}/pulls/1`)).body;
  assert.deepEqual([pick(merged, 'merged'), pick(merged, 'state')], [true, 'closed']);
  assert.equal(await fake.git(repository, 'show', 'release:d.txt'), 'd');
  assert.equal((await list(scene, `${at}/pulls/1/files`)).length, 1);
});

test('a file is read at a commit', async () => {
  await using scene = await createScene({ files: { 'dir/a.txt': 'old\n' } });
  await open(scene, { 'dir/a.txt': 'new\n' });
  const read = async (query: string): Promise<string> => {
    const { body } = await scene.ask('GET', `${at}/contents/dir%2Fa.txt${query}`);
    return Buffer.from(String(pick(body, 'content')), 'base64').toString('utf8');
  };
  assert.deepEqual([await read(''), await read('?ref=change')], ['old\n', 'new\n']);
  assert.equal((await scene.ask('GET', `${at}/contents/dir/b.txt`)).status, 404);
});

test('commits and comparisons', async () => {
  await using scene = await createScene();
  await open(scene, { 'b.txt': 'b\n' });
  const pull = scene.fake.pullRequest(scene.repository, 1);
  const commit = (await scene.ask('GET', `${at}/commits/change`)).body;
  assert.equal(pick(commit, 'sha'), pull.headSha);
  assert.equal(pick(commit, 'files', 0, 'filename'), 'b.txt');
  const missing = await scene.ask('GET', `${at}/commits/${'1'.repeat(40)}`);
  assert.equal(missing.status, 422);
  assert.match(String(pick(missing.body, 'message')), /^No commit found for SHA/);
  await scene.fake.pushDefaultBranch(scene.repository, { change: { 'm.txt': 'm\n' } });
  const compared = (await scene.ask('GET', `${at}/compare/main...change`)).body;
  assert.deepEqual(
    ['status', 'ahead_by', 'behind_by'].map((key) => pick(compared, key)),
    ['diverged', 1, 1],
  );
  assert.equal(pick(compared, 'merge_base_commit', 'sha'), pull.baseSha);
});

test('a renamed repository is found by its old name and its id', async () => {
  await using scene = await createScene();
  await open(scene, { 'b.txt': 'b\n' });
  await scene.fake.renameRepository(scene.repository, 'store');
  const moved = await scene.ask('GET', `${at}/pulls/1`);
  assert.equal(moved.status, 301);
  const location = new URL(moved.headers.get('location') ?? '');
  assert.equal(location.pathname, `/repositories/${scene.repository.id}/pulls/1`);
  const found = await scene.ask('GET', location.pathname);
  assert.equal(pick(found.body, 'base', 'repo', 'full_name'), 'acme/store');
  const posted = await scene.ask('POST', `${at}/issues/1/comments`, { body: 'x' });
  assert.equal(posted.status, 307);
  assert.deepEqual((await scene.fake.snapshot(scene.repository, 1)).comments, []);
  assert.deepEqual(scene.fake.violations, []);
});
