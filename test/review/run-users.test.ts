import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { openRunFolder } from '../../src/review/run-folder.ts';
import { claimUsers } from '../../src/review/run-users.ts';
import { FIRST_PROGRAM_UID, LAST_PROGRAM_UID } from '../../src/sandbox/users.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'run-users-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('runs beside each other have users of their own, and give them back', async () => {
  const claims = { dir: path.join(dir, 'users'), isRunning: () => Promise.resolve(true) };
  const first = await claimUsers(claims, 'allocgate-aaaaaa');
  const second = await claimUsers(claims, 'allocgate-bbbbbb');
  assert.equal(first.users.program, FIRST_PROGRAM_UID);
  assert.equal(second.users.program, FIRST_PROGRAM_UID + 1);
  assert.equal(first.users.fetch, second.users.fetch);
  await first.release();
  const third = await claimUsers(claims, 'allocgate-cccccc');
  assert.equal(third.users.program, FIRST_PROGRAM_UID);
  await second.release();
  await third.release();
  assert.deepEqual(await readdir(claims.dir), []);
});

test('folders that did not exist are made so that other users can enter all but the last', async () => {
  const state = path.join(dir, 'new', 'state');
  const { release } = await claimUsers(
    { dir: path.join(state, 'users'), isRunning: async () => true },
    'allocgate-aaaaaa',
  );
  await release();
  const modeOf = async (at: string): Promise<number> => (await stat(at)).mode & 0o001;
  assert.deepEqual(
    await Promise.all([path.dirname(state), state, path.join(state, 'users')].map(modeOf)),
    [1, 1, 0],
  );
});

test('what a killed run had claimed is free again, and what a new one has just claimed is not', async () => {
  const users = path.join(dir, 'users');
  const running = new Set(['allocgate-running']);
  const claims = { dir: users, isRunning: async (name: string) => running.has(name) };
  const claim = async (name: string): Promise<number> => (await claimUsers(claims, name)).users.program;
  for (const name of ['allocgate-killed', 'allocgate-running', 'allocgate-young']) await claim(name);
  const old = Date.now() - 3_600_000;
  await writeFile(path.join(users, String(FIRST_PROGRAM_UID)), `allocgate-killed ${old}`);
  await writeFile(path.join(users, String(FIRST_PROGRAM_UID + 1)), `allocgate-running ${old}`);
  assert.equal(await claim('allocgate-new'), FIRST_PROGRAM_UID);
  assert.equal(await claim('allocgate-newer'), FIRST_PROGRAM_UID + 3);
});

test('where no claim can be kept, runs go on', async () => {
  await writeFile(path.join(dir, 'file'), '');
  const claims = { dir: path.join(dir, 'file', 'users'), isRunning: () => Promise.resolve(true) };
  assert.equal((await claimUsers(claims, 'allocgate-aaaaaa')).users.program, LAST_PROGRAM_UID);
});

test('no other user of the machine reads what a run has, and programs of another run do not, either', async () => {
  await using one = await openRunFolder(path.join(dir, 'runs'));
  await using other = await openRunFolder(path.join(dir, 'runs'));
  const secret = path.join(one.dir, 'code.go');
  await writeFile(secret, 'package secret', { mode: 0o644 });
  assert.equal((await stat(one.dir)).mode & 0o777, isRoot ? 0o710 : 0o700);
  if (!isRoot || one.users === null || other.users === null) return;
  assert.notEqual(one.users.program, other.users.program);
  const readAs = (uid: number, groups: string): Promise<{ stdout: string }> =>
    run('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, `--groups=${groups}`, 'cat', secret]);
  const { program, fetch } = one.users;
  assert.equal((await readAs(program, `${program},${fetch}`)).stdout, 'package secret');
  await assert.rejects(readAs(65_534, '65534'), /Permission denied/u);
  await assert.rejects(readAs(other.users.program, `${other.users.program},${fetch}`), /Permission denied/u);
});
