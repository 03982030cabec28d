import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../src/errors.ts';
import { planReport } from '../../src/report/data/report.ts';
import {
  type CommitsRequest,
  fetchCommits,
  placeMirror,
  reviewCommits,
  warmCaches,
} from '../../src/review/commits.ts';
import { createModule, git, worse } from '../cli/support.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type Files, type GoRepository, readTree } from '../support/go-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { createOpenFolder } from '../support/sandboxes.ts';
import { addStandardLibrary } from '../support/standard-library.ts';

// Commits that come over HTTP into a mirror, as the App and a pull request's URL have them.

const token = 'ghs_commits-test';
let repository: GoRepository;
let server: GitServer;
let state: Awaited<ReturnType<typeof createOpenFolder>>;
let stateBefore: string | undefined;

before(async () => {
  state = await createOpenFolder();
  await addStandardLibrary(state.dir);
  stateBefore = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = state.dir;
  repository = await createGoRepository();
  server = await startGitServer({ root: repository.dir, token });
});
after(async () => {
  if (stateBefore === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = stateBefore;
  await server.close();
  await repository.remove();
  await state.remove();
});

const { signal } = new AbortController();

/** Fetches both commits into a separate mirror and returns the request for a review. */
async function fetchPair(baseSha: string, headSha: string, id: number): Promise<CommitsRequest> {
  const place = placeMirror({ host: 'localhost', id });
  const url = `${server.url}/.git`;
  await fetchCommits({ url, token, gitDir: place.gitDir, refs: [baseSha, headSha], signal });
  return { ...place, baseSha, headSha, bench: null, isTrustedBase: true, signal, onProgress: () => {} };
}

const isCode =
  (code: string, words = /./u) =>
  (error: unknown): boolean =>
    error instanceof Failure && error.code === code && words.test(error.message);

const demo = (side: string): Promise<Files> =>
  readTree(fileURLToPath(new URL(`../../fixtures/demo/${side}`, import.meta.url)));

/** The files below a folder that contain a text. */
async function findText(dir: string, text: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((one) => path.join(one.parentPath, one.name));
  const found: string[] = [];
  for (const file of files) if ((await readFile(file)).includes(text)) found.push(file);
  return found;
}

test("the demo's regression is found in commits from a server, against the merge base", async () => {
  const base = await repository.commit(await demo('base'));
  const head = await repository.commit(await demo('head'));
  // The target branch has moved on: what came after the merge base is not head's doing.
  await git(repository.dir, 'checkout', '--quiet', '--detach', base);
  const files = await demo('base');
  const tip = await repository.commit({ ...files, 'added/added.go': 'package added\n' });
  const phases = new Set<string>();
  const request = await fetchPair(tip, head, 1);
  const { result, config } = await reviewCommits({
    ...request,
    onProgress: ({ phase }) => void phases.add(phase),
  });
  assert.deepEqual([result.base.sha, result.head.sha], [base, head]);
  const report = planReport(result, config);
  assert.equal(report.verdict, 'fail');
  assert.ok(report.findings.some(({ gates, evidence }) => gates && evidence === 'proven'));
  assert.notEqual(result.sandbox.tier, 'none', 'strangers run in the sandbox of the settings');
  assert.deepEqual([...phases].slice(0, 2), ['source', 'fetch']);
  assert.ok(phases.has('measure'));
  await git(repository.dir, 'checkout', '--quiet', 'main');
});

test("the config is that of the target branch's tip, and a broken one is told", async () => {
  const config = '.github/allocgate.yml';
  const first = await repository.commit(createModule(undefined, { [config]: 'gate: neutral\n' }));
  const second = await repository.commit(createModule(worse, { [config]: 'gate: off\n' }));
  const reviewed = await reviewCommits({ ...(await fetchPair(first, second, 2)), bench: 'Nothing' });
  assert.equal(reviewed.config.gate, 'neutral');
  assert.equal(reviewed.config.benchmarks.run, 'Nothing');
  assert.deepEqual(reviewed.result.deltas, []);
  // A head that was built upon an older commit, whose config is laxer than that of the branch.
  await git(repository.dir, 'checkout', '--quiet', '--detach', first);
  const tip = await repository.commit(createModule(undefined, { [config]: 'gate: fail\n' }));
  await git(repository.dir, 'checkout', '--quiet', 'main');
  const old = await reviewCommits({ ...(await fetchPair(tip, second, 2)), bench: 'Nothing' });
  assert.deepEqual([old.config.gate, old.result.base.sha], ['fail', first]);
  const request = await fetchPair(first, second, 2);
  await assert.rejects(reviewCommits({ ...request, bench: '(' }), isCode('bad-option', /--bench/u));

  const broken = await repository.commit(createModule(undefined, { [config]: 'gaet: off\n' }));
  const after = await repository.commit(createModule(worse, { [config]: 'gate: off\n' }));
  await assert.rejects(
    reviewCommits(await fetchPair(broken, after, 2)),
    isCode('bad-config', /allocgate\.yml.*gaet/u),
  );
});

test('commits that are not full IDs, or that the mirror lacks, are distinguished from a broken mirror', async () => {
  const commit = await repository.commit(createModule());
  const request = await fetchPair(commit, commit, 3);
  const named = `refs/allocgate/commits/${commit}`;
  for (const headSha of [named, `${commit}^0`, commit.slice(0, 12), '--help', '1'.repeat(40), '']) {
    await assert.rejects(reviewCommits({ ...request, headSha }), isCode('unknown-revision'));
  }
  assert.ok((await readdir(request.gitDir)).includes('HEAD'), 'the mirror is still there');
});

test('a mirror whose objects are gone is made anew by the next fetch', async () => {
  const base = await repository.commit(createModule());
  const head = await repository.commit(createModule(worse));
  const request = await fetchPair(base, head, 4);
  // Both commits are there, a tree is not.
  const pack = path.join(request.gitDir, 'objects', 'pack');
  const commits = (await git(repository.dir, 'rev-list', head)).split('\n');
  await rm(pack, { recursive: true });
  for (const commit of commits) {
    const text = await git(repository.dir, 'cat-file', 'commit', commit);
    execFileSync('git', ['hash-object', '-w', '-t', 'commit', '--stdin'], {
      cwd: request.gitDir,
      input: `${text}\n`,
    });
  }
  await assert.rejects(reviewCommits(request), isCode('git-failed'));
  const again = await fetchPair(base, head, 4);
  const { result } = await reviewCommits({ ...again, bench: 'Nothing' });
  assert.equal(result.head.sha, head);
});

test('what is compiled of the default branch is there for the next review, and nothing of it runs', async () => {
  const marker = `compiled${Date.now()}`;
  const files = createModule(undefined, {
    'marked.go': `package m\n\nfunc Marked() string { return "${marker}" }\n`,
    'mark/mark.go': `package mark\n\nfunc Text() string { return "${marker}" }\n`,
    // Running it never ends.
    'mark/mark_test.go': `package mark

import "testing"

func init() {
	for {
	}
}

func BenchmarkMark(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Text()
	}
}
`,
  });
  const commit = await repository.commit(files);
  const { gitDir, cacheName } = await fetchPair(commit, commit, 5);
  await warmCaches({ gitDir, sha: commit, cacheName, signal });
  const build = path.join(state.dir, 'allocgate', 'build');
  const kept = await findText(build, marker);
  assert.ok(kept.length > 0, 'what was compiled is kept');
  assert.deepEqual(await readdir(path.join(state.dir, 'allocgate', 'runs')), []);

  const head = await repository.commit({ ...files, 'key.go': createModule(worse)['key.go'] ?? '' });
  const review = async (isTrustedBase: boolean) => {
    const request = await fetchPair(commit, head, 7);
    return reviewCommits({ ...request, bench: 'Key', isTrustedBase });
  };
  const { result } = await review(false);
  assert.equal(result.deltas[0]?.verdict, 'regression');
  assert.deepEqual(await findText(build, marker), kept, 'of a base that nobody has accepted nothing is kept');
  await review(true);
  assert.ok((await findText(build, marker)).length > kept.length);
});

test('what is compiled of a pull request is there for its own next review, and for no other', async () => {
  const marker = `proposed${Date.now()}`;
  const mark = (text: string): string => `package mark\n\nfunc Text() string { return "${text}" }\n`;
  const use = 'package m\n\nimport "example.com/m/mark"\n\nvar text = mark.Text()\n';
  const files = createModule(undefined, { 'use.go': use, 'mark/mark.go': mark('merged') });
  const base = await repository.commit(files);
  const head = await repository.commit({ ...files, 'mark/mark.go': mark(marker) });
  const review = async (id: number, pullRequest?: number) => {
    const request = await fetchPair(base, head, id);
    return reviewCommits({ ...request, bench: 'Nothing', pullRequest });
  };
  const build = path.join(state.dir, 'allocgate', 'build');
  await review(8);
  assert.deepEqual(await findText(build, marker), [], 'a fork leaves nothing');
  await review(8, 1);
  const kept = await findText(build, marker);
  assert.ok(kept.length > 0);
  assert.ok(kept.every((file) => path.relative(build, file).startsWith('head-')));

  // Whoever uses the spoiled outputs cannot compile. The go command checks only their size.
  for (const file of kept) await writeFile(file, Buffer.alloc((await readFile(file)).length));
  const brokenIn = ({ result }: Awaited<ReturnType<typeof reviewCommits>>) =>
    result.warnings.filter(({ kind }) => /does-not-compile/u.test(kind));
  const isBroken = await review(8, 1).then(
    (reviewed) => brokenIn(reviewed).length > 0,
    () => true,
  );
  assert.ok(isBroken, 'the pull request uses its own compilations');
  assert.deepEqual(brokenIn(await review(8, 2)), []);

  // Once it is merged, its code is compiled anew.
  const next = await repository.commit({ ...files, 'mark/mark.go': mark(marker), 'next.go': 'package m\n' });
  const request = await fetchPair(head, next, 8);
  assert.deepEqual(brokenIn(await reviewCommits({ ...request, bench: 'Nothing', pullRequest: 1 })), []);
});

test('a broken config of the default branch, or a commit that does not compile', async () => {
  const broken = await repository.commit(createModule('nonsense('));
  const first = await fetchPair(broken, broken, 6);
  await warmCaches({ ...first, sha: broken });
  const misread = await repository.commit(createModule(undefined, { '.github/allocgate.yml': 'x: 1\n' }));
  const second = await fetchPair(misread, misread, 6);
  await assert.rejects(warmCaches({ ...second, sha: misread }), isCode('bad-config'));
});
