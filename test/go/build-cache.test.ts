import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { addToCache, extendBases, seedCache, trimBases } from '../../src/go/build-cache.ts';
import type { Command } from '../../src/sandbox/types.ts';
import { createTestSandbox } from '../support/sandboxes.ts';

let dir: string;
let bases: { standard: string; own: string };
let cache: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'build-cache-test-'));
  await chmod(dir, 0o755);
  bases = { standard: path.join(dir, 'standard'), own: path.join(dir, 'own') };
  cache = path.join(dir, 'cache');
  for (const folder of [bases.standard, bases.own]) await mkdir(folder);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

async function put(folder: string, name: string, text: string): Promise<string> {
  await mkdir(path.join(folder, name.slice(0, 2)), { recursive: true });
  await writeFile(path.join(folder, name.slice(0, 2), name), text);
  return name;
}

const putOutput = (folder: string, text: string): Promise<string> => put(folder, `${hash(text)}-d`, text);

/** As cmd/go/internal/cache writes it. */
const describeAction = (action: string, output: string, size: number): string =>
  `v1 ${action} ${output} ${String(size).padStart(20)} ${'1700000000000000000'.padStart(20)}\n`;

const putAction = (folder: string, action: string, text: string): Promise<string> =>
  put(folder, `${hash(action)}-a`, describeAction(hash(action), hash(text), text.length));

async function listNames(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .map((name) => path.basename(name))
    .filter((name) => /-[ad]$/u.test(name))
    .sort();
}

const extend = (standard: readonly string[] = []): Promise<void> =>
  extendBases(cache, [bases.standard, bases.own], (output) =>
    standard.map(hash).includes(output) ? bases.standard : bases.own,
  );

test('what was compiled is kept, the standard library apart from the rest', async () => {
  seedCache([bases.standard, bases.own], cache, null);
  const standard = [await putOutput(cache, 'fmt'), await putAction(cache, 'compile fmt', 'fmt')];
  const own = [await putOutput(cache, 'mine'), await putAction(cache, 'compile mine', 'mine')];
  await extend(['fmt']);
  assert.deepEqual(await listNames(bases.standard), standard.toSorted());
  assert.deepEqual(await listNames(bases.own), own.toSorted());
});

test('without another user a cache begins with links to outputs and copies of actions', async () => {
  const output = await putOutput(bases.standard, 'fmt');
  const action = await putAction(bases.own, 'compile mine', 'fmt');
  seedCache([bases.standard, bases.own], cache, null);
  assert.deepEqual(await listNames(cache), [output, action].toSorted());
  const link = path.join(cache, output.slice(0, 2), output);
  assert.equal(await readlink(link), path.join(bases.standard, output.slice(0, 2), output));
  await writeFile(path.join(cache, action.slice(0, 2), action), 'changed');
  assert.match(await readFile(path.join(bases.own, action.slice(0, 2), action), 'utf8'), /^v1 /u);
  await extend();
  assert.deepEqual([await listNames(bases.standard), await listNames(bases.own)], [[output], [action]]);
  assert.match(await readFile(path.join(bases.own, action.slice(0, 2), action), 'utf8'), /^v1 /u);
});

test('what is not what its name says is not kept', async () => {
  seedCache([], cache, null);
  const sound = await putOutput(cache, 'sound');
  const place = (id: string, kind: string): string => path.join(cache, id.slice(0, 2), `${id}-${kind}`);
  await put(cache, `${hash('output')}-d`, 'other bytes');
  await putAction(cache, 'names what is not there', 'nothing');
  const [other, long, malformed] = [hash('other'), hash('long'), hash('malformed')];
  await put(cache, `${other}-a`, describeAction(hash('another'), hash('sound'), 5));
  await put(cache, `${long}-a`, describeAction(long, hash('sound'), 5) + ' '.repeat(1000));
  await put(cache, `${malformed}-a`, `v2 ${malformed} ${hash('sound')}\n`);
  await writeFile(path.join(dir, 'secret'), 'secret');
  await symlink(path.join(dir, 'secret'), place(hash('secret'), 'd'));
  await mkdir(place(hash('folder'), 'd'));
  await put(cache, 'notes.txt', 'not an entry');
  await extend();
  assert.deepEqual(await listNames(bases.own), [sound]);
  assert.deepEqual(await readdir(bases.own), [sound.slice(0, 2)], 'and nothing half done');
});

test('entries of one more base are added to a cache, and only where it has none', async () => {
  const head = path.join(dir, 'head');
  const [theirs, ours] = [await putAction(head, 'compile', 'theirs'), await putOutput(head, 'theirs')];
  seedCache([], cache, null);
  await putOutput(cache, 'merged');
  await putAction(cache, 'compile', 'merged');
  await extend();
  addToCache(head, cache, null);
  assert.ok((await listNames(cache)).includes(ours));
  const action = await readFile(path.join(cache, theirs.slice(0, 2), theirs), 'utf8');
  assert.ok(action.includes(hash('merged')));
  const added = await putOutput(cache, 'added');
  await extendBases(cache, [bases.own, head], () => head);
  assert.deepEqual(await listNames(head), [theirs, ours, added].toSorted());
});

test('an entry that a base has is never replaced', async () => {
  const action = await putAction(bases.own, 'compile', 'first');
  await putOutput(bases.own, 'first');
  seedCache([], cache, null);
  await putOutput(cache, 'second');
  await putAction(cache, 'compile', 'second');
  await extend();
  const text = await readFile(path.join(bases.own, action.slice(0, 2), action), 'utf8');
  assert.ok(text.includes(hash('first')));
});

test('a program cannot write through its cache into the bases, nor put anything there', async () => {
  const box = await createTestSandbox('bubblewrap');
  try {
    const output = await putOutput(bases.own, 'precious');
    await put(bases.own, 'writable', 'by any user');
    await chmod(path.join(bases.own, output.slice(0, 2), output), 0o666);
    await chmod(path.join(bases.own, output.slice(0, 2)), 0o777);
    seedCache([bases.own], cache, box.sandbox.facts.uid);
    const link = path.join(cache, output.slice(0, 2), output);
    const at = path.join(bases.own, output.slice(0, 2));
    const script = `cat "$1"; echo poison >"$1"; echo poison >>"$1"; echo poison >"$2/new-d"; rm -f "$2"/*; echo mine >"$3/mine"`;
    const lines: string[] = [];
    await box.sandbox.run({
      file: '/bin/sh',
      args: ['-c', script, 'sh', link, at, cache],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      view: { readOnly: [bases.own], writable: [cache], scratch: null, network: false },
      timeoutMs: 20_000,
      maxOutputBytes: 1 << 20,
      onStdout: (line) => lines.push(line),
    });
    assert.deepEqual(lines, ['precious'], 'it can read');
    assert.equal(await readFile(path.join(cache, 'mine'), 'utf8'), 'mine\n', 'it can write what is its own');
    assert.equal(await readFile(path.join(at, output), 'utf8'), 'precious');
    assert.deepEqual(await readdir(at), [output]);
  } finally {
    await box.remove();
  }
});

test('a base that only we may write to is linked to, and what is put there nobody else may write to', async () => {
  const box = await createTestSandbox('bubblewrap');
  try {
    const name = await putOutput(cache, 'open');
    const { uid } = box.sandbox.facts;
    const [link, kept] = [cache, bases.own].map((folder) => path.join(folder, name.slice(0, 2), name));
    assert.ok(link !== undefined && kept !== undefined);
    await chmod(link, 0o666);
    if (uid !== null) await chown(link, uid, uid);
    await extend();
    const { uid: owner, ino } = await stat(kept);
    assert.equal(owner, process.getuid?.(), 'the one who compiled it does not own it');
    await rm(cache, { recursive: true });
    seedCache([bases.own], cache, uid);
    if (uid !== null) assert.equal((await stat(link)).ino, ino);
    const writing: Command = {
      file: '/bin/sh',
      args: ['-c', 'echo poison >"$1"', 'sh', link],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      view: { readOnly: [bases.own], writable: [cache], scratch: null, network: false },
      timeoutMs: 20_000,
      maxOutputBytes: 1 << 20,
    };
    assert.notEqual((await box.sandbox.run(writing)).exitCode, 0);
    assert.equal(await readFile(kept, 'utf8'), 'open');
  } finally {
    await box.remove();
  }
});

test('the oldest entries go when there are too many, and those that are too old', async () => {
  const names = [];
  for (const [index, text] of ['aaaa', 'bbbb', 'cccc'].entries()) {
    const name = await putOutput(bases.own, text);
    const time = Date.now() / 1000 - index * 3600;
    await utimes(path.join(bases.own, name.slice(0, 2), name), time, time);
    names.push(name);
  }
  await writeFile(path.join(bases.own, 'new-1-left'), 'by a killed process');
  await trimBases([bases.own], 8, Infinity);
  assert.deepEqual(await listNames(bases.own), names.slice(0, 2).toSorted());
  assert.ok(!(await readdir(bases.own)).includes('new-1-left'));
  await trimBases([bases.own], Infinity, 1800_000);
  assert.deepEqual(await listNames(bases.own), names.slice(0, 1));
});
