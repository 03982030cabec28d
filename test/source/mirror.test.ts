import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Failure, type FetchProblem } from '../../src/errors.ts';
import { describeFailure } from '../../src/report/words/failures.ts';
import { fetchCommits, type FetchRequest } from '../../src/source/mirror.ts';
import { tidyMirror } from '../../src/source/mirror-upkeep.ts';
import { encodeToken, type GitServer, type GitServerOptions, startGitServer } from '../support/git-server.ts';
import { commitAll, git, isFailure, makeDirectory, makeRepository, writeFiles } from './support.ts';

const token = 'ghs_0123456789abcdefSECRET';

type Scene = { server: GitServer; dir: string; first: string; second: string; request: FetchRequest };

/** A repository with two commits on a server that requires a token, and the request for both. */
async function createScene(t: TestContext, options: Partial<GitServerOptions> = {}): Promise<Scene> {
  const dir = makeRepository(t, { 'a.go': 'package a\n' });
  const first = git(dir, 'rev-parse', 'HEAD');
  writeFiles(dir, { 'b.go': 'package a\n\nvar x = 1\n' });
  const second = commitAll(dir);
  const server = await startGitServer({ root: dir, token, ...options });
  t.after(() => server.close());
  const request: FetchRequest = {
    url: `${server.url}/.git`,
    token,
    gitDir: path.join(makeDirectory(t), 'mirrors', 'one.git'),
    refs: [first, second],
    signal: new AbortController().signal,
  };
  return { server, dir, first, second, request };
}

const has = (gitDir: string, commit: string): boolean => {
  try {
    git(gitDir, 'rev-list', '--objects', '--quiet', commit);
    return true;
  } catch {
    return false;
  }
};

/** Texts of all files of a folder. */
const readAll = (dir: string): string =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

/** Command lines of all processes. */
const readCommandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');

test('fetches commits with their history, once, and a push brings the rest', async (t) => {
  const { server, dir, first, second, request } = await createScene(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  await fetchCommits({ ...request, refs: [second] });
  assert.ok(has(request.gitDir, first) && has(request.gitDir, second));
  const modeOf = (file: string): number => statSync(file).mode & 0o777;
  assert.equal(modeOf(request.gitDir), 0o700, 'nobody else may read a private repository');
  assert.equal(modeOf(path.join(request.gitDir, '..')), 0o755, 'others pass through to what lies beside it');
  const before = server.requests.length;
  await fetchCommits({ ...request, refs: [second, 'refs/pull/1/head'] });
  assert.equal(server.requests.length, before, 'nothing is asked for what is there');
  writeFiles(dir, { 'c.go': 'package a\n' });
  const third = commitAll(dir);
  await fetchCommits({ ...request, refs: [second, third] });
  assert.ok(has(request.gitDir, third));
});

test("a pull request's ref brings commits that no branch has", async (t) => {
  const { dir, request } = await createScene(t);
  git(dir, 'checkout', '--quiet', '--detach');
  const head = commitAll(dir, 'of a fork');
  git(dir, 'update-ref', 'refs/pull/7/head', head);
  git(dir, 'checkout', '--quiet', 'main');
  await fetchCommits({ ...request, refs: ['refs/pull/7/head'] });
  assert.ok(has(request.gitDir, head));
  git(dir, 'update-ref', 'refs/pull/7/head', git(dir, 'rev-parse', 'main'));
  await fetchCommits({ ...request, refs: ['refs/pull/7/head'] });
  assert.ok(has(request.gitDir, head));
});

test('the token goes to the server alone: not to command lines, files, errors', async (t) => {
  let seen = '';
  const { server, request } = await createScene(t, { onRequest: () => (seen += readCommandLines()) });
  await fetchCommits(request);
  const encoded = encodeToken(token).split(' ')[1] ?? '';
  assert.match(seen, /git.* fetch /u, 'the processes were looked at');
  const everywhere = seen + readAll(request.gitDir);
  assert.ok(server.requests.every(({ authorization }) => authorization === encodeToken(token)));
  for (const text of [token, encoded]) assert.ok(!everywhere.includes(text));
  // A server that repeats what it was sent.
  server.options.intercept = (incoming, response) => {
    const echoed = `${token} ${incoming.headers.authorization}`;
    response.writeHead(403, { 'content-type': 'text/plain' }).end(`Bad: ${echoed}\n`);
    return true;
  };
  const error: unknown = await fetchCommits({ ...request, refs: ['1'.repeat(40)] }).catch((e: unknown) => e);
  assert.ok(error instanceof Failure);
  assert.equal(error.reason.code === 'fetch-failed' && error.reason.facts.problem, 'refused');
  const told = `${error.message} ${error.stack} ${JSON.stringify(describeFailure(error.reason))}`;
  assert.match(told, /Bad: …/u);
  for (const text of [token, encoded]) assert.ok(!told.includes(text), told);
});

test('says what is wrong: no or a wrong token, no such repository, no such commit, no server', async (t) => {
  const { server, request } = await createScene(t);
  const reject = (change: Partial<FetchRequest>, problem: FetchProblem) =>
    assert.rejects(fetchCommits({ ...request, ...change }), isFailure('fetch-failed', { problem }));
  await reject({ token: null }, 'refused');
  await reject({ token: 'ghs_wrong' }, 'refused');
  await reject({ url: `${server.url}/none.git` }, 'not-found');
  await reject({ refs: ['1'.repeat(40)] }, 'missing-commit');
  await reject({ refs: ['refs/pull/9/head'] }, 'missing-commit');
  await reject({ url: 'http://127.0.0.1:1/o/r.git' }, 'network');
  server.options.intercept = (_, response) => {
    response.writeHead(502).end();
    return true;
  };
  await reject({}, 'network');
  server.options.intercept = () => false;
  await fetchCommits(request);
});

test('a redirect is not followed: the token stays with its host', async (t) => {
  const elsewhere = await createScene(t, { token: null });
  const { server, request } = await createScene(t);
  server.options.intercept = (incoming, response) => {
    response.writeHead(301, { location: `${elsewhere.server.url}${incoming.url}` }).end();
    return true;
  };
  await assert.rejects(fetchCommits(request), isFailure('fetch-failed', { problem: 'moved' }));
  assert.deepEqual(elsewhere.server.requests, []);
});

test('refuses what is not a commit, a ref of a pull request or a web address', async (t) => {
  const { server, request, dir } = await createScene(t);
  const marker = path.join(makeDirectory(t), 'marker');
  const reject = (change: Partial<FetchRequest>) =>
    assert.rejects(
      fetchCommits({ ...request, ...change }),
      isFailure('fetch-failed', { problem: 'bad-name' }),
    );
  const refs = [
    `--upload-pack=touch ${marker}`,
    'HEAD',
    'refs/heads/main',
    'refs/pull/1/head:refs/heads/main',
    '+refs/*:refs/*',
    'refs/pull/1/merge\nx',
    'a'.repeat(39),
    'A'.repeat(40),
    `${'a'.repeat(40)}:refs/heads/x`,
    '',
  ];
  for (const ref of refs) await reject({ refs: [ref] });
  const urls = [
    dir,
    `file://${dir}`,
    `ext::sh -c touch% ${marker}`,
    `--upload-pack=touch ${marker}`,
    'git://h/r',
  ];
  for (const url of urls) await reject({ url });
  const withPassword = `http://user:pass-word@${server.url.slice(7)}/.git`;
  const error: unknown = await fetchCommits({ ...request, url: withPassword }).catch((e: unknown) => e);
  assert.ok(isFailure('fetch-failed', { problem: 'bad-name' })(error));
  assert.doesNotMatch(String(error), /pass-word/u);
  assert.ok(!existsSync(marker) && server.requests.length === 0);
});

test("nothing of this machine's git configuration and passwords is used", async (t) => {
  const { request } = await createScene(t);
  const home = makeDirectory(t);
  const marker = path.join(home, 'marker');
  const program = path.join(home, 'program');
  writeFileSync(program, `#!/bin/sh\ntouch '${marker}'\necho username=x\necho password=${token}\n`);
  chmodSync(program, 0o755);
  writeFileSync(
    path.join(home, '.gitconfig'),
    `[credential]\n\thelper = !${program}\n[core]\n\taskPass = ${program}\n\thooksPath = ${home}\n`,
  );
  writeFileSync(path.join(home, '.netrc'), `machine 127.0.0.1 login x-access-token password ${token}\n`, {
    mode: 0o600,
  });
  for (const hook of ['reference-transaction', 'post-fetch'])
    writeFileSync(path.join(home, hook), readFileSync(program), { mode: 0o755 });
  const variables = { HOME: home, GIT_ASKPASS: program, SSH_ASKPASS: program, GIT_CONFIG_GLOBAL: '' };
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
  delete process.env['GIT_CONFIG_GLOBAL'];
  t.after(() => {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });
  await assert.rejects(
    fetchCommits({ ...request, token: null }),
    isFailure('fetch-failed', { problem: 'refused' }),
  );
  await fetchCommits(request);
  assert.ok(!existsSync(marker));
});

test('many processes fetch into one mirror at once', async (t) => {
  const { dir, first, second, request } = await createScene(t);
  writeFiles(dir, { 'c.go': 'package a\n' });
  const third = commitAll(dir);
  const choices = [[first], [second], [third], [second, third], [third], [third]];
  await Promise.all(choices.map((refs) => fetchCommits({ ...request, refs })));
  for (const commit of [first, second, third]) assert.ok(has(request.gitDir, commit));
});

/** Random bytes do not compress: the pack is as large as they are. */
function addLargeFile(dir: string, bytes: number): string {
  writeFiles(dir, { 'large.bin': Buffer.from(crypto.getRandomValues(new Uint8Array(65_536))) });
  for (let at = 65_536; at < bytes; at += 65_536)
    writeFileSync(path.join(dir, 'large.bin'), crypto.getRandomValues(new Uint8Array(65_536)), { flag: 'a' });
  return commitAll(dir, 'large');
}

/** So many files that git keeps the pack that it receives. */
function addManyFiles(dir: string): string {
  const names = Array.from(
    { length: 150 },
    (_, index) => [`many/${index}.go`, `package p${index}\n`] as const,
  );
  writeFiles(dir, Object.fromEntries(names));
  return addLargeFile(dir, 3 * 2 ** 20);
}

test('a fetch that is killed in the middle leaves nothing that the next one minds', async (t) => {
  const { server, dir, second, request } = await createScene(t);
  await fetchCommits({ ...request, refs: [second] });
  const third = addManyFiles(dir);
  server.options.stallAfter = 2 * 2 ** 20;
  const { signal: _, ...plain } = { ...request, refs: [third] };
  const module = new URL('../../src/source/mirror.ts', import.meta.url).href;
  const code = `const { fetchCommits } = await import('${module}');
    await fetchCommits({ ...${JSON.stringify(plain)}, signal: new AbortController().signal });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  const packs = path.join(request.gitDir, 'objects', 'pack');
  const unfinished = () => readdirSync(packs).filter((name) => name.startsWith('tmp_pack'));
  for (let i = 0; i < 400 && unfinished().length === 0; i += 1) await setTimeout(25);
  assert.equal(unfinished().length, 1, 'it is in the middle');
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.ok(!has(request.gitDir, third));
  // What git leaves when it is killed while it writes a ref.
  const lock = path.join(request.gitDir, 'refs', 'allocgate', 'commits', `${third}.lock`);
  writeFileSync(lock, '');
  utimesSync(lock, new Date(0), new Date(0));
  writeFileSync(path.join(request.gitDir, 'packed-refs.lock'), '');
  utimesSync(path.join(request.gitDir, 'packed-refs.lock'), new Date(0), new Date(0));
  server.options.stallAfter = null;
  await fetchCommits({ ...request, refs: [third] });
  assert.ok(has(request.gitDir, third));
});

/** Takes the content of all files in the folder of packs whose name ends so. */
function emptyPacks(gitDir: string, ending: string): void {
  const dir = path.join(gitDir, 'objects', 'pack');
  for (const name of readdirSync(dir).filter((one) => one.endsWith(ending))) {
    chmodSync(path.join(dir, name), 0o644);
    writeFileSync(path.join(dir, name), '');
  }
}

const damages: Record<string, (gitDir: string, commit: string) => void> = {
  'a mirror without HEAD': (gitDir) => writeFileSync(path.join(gitDir, 'HEAD'), ''),
  'an empty config': (gitDir) => writeFileSync(path.join(gitDir, 'config'), '[core\n'),
  'an empty ref': (gitDir, commit) =>
    writeFileSync(path.join(gitDir, 'refs', 'allocgate', 'commits', commit), ''),
  'an empty pack': (gitDir) => emptyPacks(gitDir, '.pack'),
  'an empty index of a pack': (gitDir) => emptyPacks(gitDir, '.idx'),
  'a folder that is no repository': (gitDir) => {
    writeFileSync(path.join(gitDir, 'HEAD'), 'x');
    writeFileSync(path.join(gitDir, 'packed-refs'), 'garbage\n');
  },
};

for (const [name, damage] of Object.entries(damages)) {
  test(`${name} is mended or made anew`, async (t) => {
    const { dir, second, request } = await createScene(t);
    await fetchCommits(request);
    damage(request.gitDir, second);
    writeFiles(dir, { 'c.go': 'package a\n' });
    const third = commitAll(dir);
    await fetchCommits({ ...request, refs: [second, third] });
    assert.ok(has(request.gitDir, second) && has(request.gitDir, third));
    const beside = readdirSync(path.join(request.gitDir, '..'));
    assert.deepEqual(beside, ['one.git'], 'nothing is left beside it');
  });
}

test('a partly made folder is not a mirror', async (t) => {
  const { second, request } = await createScene(t);
  mkdirSync(path.join(request.gitDir, 'objects'), { recursive: true });
  await fetchCommits(request);
  assert.ok(has(request.gitDir, second));
});

test('the limits of time and size, and an interruption, end a fetch', async (t) => {
  const { server, dir, request } = await createScene(t);
  const third = addManyFiles(dir);
  server.options.stallAfter = 2 * 2 ** 20;
  const large = { ...request, refs: [third] };
  await assert.rejects(
    fetchCommits({ ...large, limits: { bytes: 2 ** 20 } }),
    isFailure('fetch-failed', { problem: 'too-large', limit: '1 MiB' }),
  );
  await assert.rejects(
    fetchCommits({ ...large, limits: { ms: 1000 } }),
    isFailure('fetch-failed', { problem: 'timed-out', limit: '1 s' }),
  );
  const signal = AbortSignal.timeout(300);
  await assert.rejects(fetchCommits({ ...large, signal }), isFailure('interrupted'));
});

/** Writes a tree and a commit of it that git itself would not make; returns the commit. */
function plantTree(dir: string, entry: string): string {
  const id = git(dir, 'rev-parse', 'HEAD:a.go');
  writeFileSync(
    path.join(dir, 'tree.raw'),
    Buffer.concat([Buffer.from(`${entry}\0`), Buffer.from(id, 'hex')]),
  );
  const tree = git(dir, 'hash-object', '-w', '--literally', '-t', 'tree', 'tree.raw');
  return git(dir, 'commit-tree', '-m', 'odd', '-p', 'HEAD', tree);
}

test('old flaws are let through, hostile trees are not', async (t) => {
  const { dir, request } = await createScene(t);
  const old = plantTree(dir, '0100644 a.go');
  await fetchCommits({ ...request, refs: [old] });
  assert.ok(has(request.gitDir, old));
  const hostile = plantTree(dir, '100644 .git');
  await assert.rejects(
    fetchCommits({ ...request, refs: [hostile] }),
    isFailure('fetch-failed', { problem: 'malformed' }),
  );
});

test('tidying keeps the newest commits, and others may go', async (t) => {
  const { dir, second, request } = await createScene(t);
  await fetchCommits(request);
  const parent = git(dir, 'rev-parse', 'HEAD~1');
  const names = Array.from({ length: 510 }, (_, index) => `refs/allocgate/pull/${index}/head`);
  writeFileSync(
    path.join(request.gitDir, 'packed-refs'),
    names.map((name) => `${parent} ${name}\n`).join(''),
  );
  const stale = path.join(request.gitDir, 'objects', 'pack', 'tmp_pack_old');
  writeFileSync(stale, '');
  utimesSync(stale, new Date(0), new Date(0));
  await tidyMirror(request);
  const refs = git(request.gitDir, 'for-each-ref', '--format=%(refname)').split('\n');
  assert.equal(refs.length, 500);
  assert.ok(refs.includes(`refs/allocgate/commits/${second}`));
  assert.ok(!existsSync(stale));
});
