import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openRunFolder, removeLeftovers } from '../../src/review/run-folder.ts';

const MODULE = fileURLToPath(new URL('../../src/review/run-folder.ts', import.meta.url));

let dir: string;
let records: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'run-folder-test-'));
  records = path.join(dir, 'runs');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Starts a process that creates a run folder in `temp`, prints it, and stays. */
async function startRun(temp: string) {
  await mkdir(temp, { recursive: true });
  const program = `const { openRunFolder } = await import(${JSON.stringify(MODULE)});
await using run = await openRunFolder(${JSON.stringify(records)});
console.log(run.dir);
await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, TMPDIR: temp, NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: unknown[] = await once(child.stdout, 'data');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return { folder: String(said[0]).trim(), kill };
}

/** Writes the record of a run as its process would have, with some of it changed. */
async function plantRecord(name: string, folder: string, owner: Record<string, unknown>): Promise<void> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const mine = {
    pid: process.pid,
    started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19],
    boot: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
    pidNamespace: await readlink('/proc/self/ns/pid'),
  };
  await mkdir(records, { recursive: true });
  await mkdir(path.join(folder, 'in', 'it'), { recursive: true });
  const record = { dir: folder, owner: { ...mine, ...owner }, cgroups: { kind: 'none', reason: '' } };
  await writeFile(path.join(records, `${name}.json`), JSON.stringify(record));
}

test('a run leaves neither folder nor record, whether it ends well or not', async () => {
  let seen: string[] = [];
  const work = async (): Promise<never> => {
    await using run = await openRunFolder(records);
    seen = [path.basename(run.dir), ...(await readdir(records))];
    await mkdir(path.join(run.dir, 'a', 'b'), { recursive: true, mode: 0o000 }).catch(() => {});
    await run.noteCgroups({ kind: 'none', reason: 'noted' });
    throw new Error('it failed');
  };
  await assert.rejects(work(), /it failed/u);
  const [name = '', record] = seen;
  assert.match(name, /^allocgate-[A-Za-z0-9]{6}$/u);
  assert.equal(record, `${name}.json`);
  assert.deepEqual(await readdir(records), []);
  assert.ok(!(await readdir(tmpdir())).includes(name));
});

test('what a killed run left is removed by the next one, also with another TMPDIR', async () => {
  const temp = path.join(dir, 'temp');
  const run = await startRun(temp);
  await run.kill();
  assert.equal((await readdir(temp)).length, 1, 'killed, it could not clean up');
  assert.equal((await readdir(records)).length, 1);
  {
    await using _ = await openRunFolder(records);
    assert.equal((await readdir(records)).length, 1, 'our own');
  }
  assert.deepEqual(await readdir(temp), []);
  assert.deepEqual(await readdir(records), []);
});

test('a run that still goes on is left alone', async () => {
  const temp = path.join(dir, 'temp');
  const run = await startRun(temp);
  try {
    await (await openRunFolder(records))[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(temp), [path.basename(run.folder)]);
    assert.deepEqual(await readdir(records), [`${path.basename(run.folder)}.json`]);
  } finally {
    await run.kill();
  }
});

for (const [what, owner, isGone] of [
  ['the ID of a process that another one has now', { started: '1' }, true],
  ['a process from before the machine started', { boot: 'another', pidNamespace: 'pid:[1]' }, true],
  ['a process of another pid namespace', { started: '1', pidNamespace: 'pid:[1]' }, false],
  ['this process', {}, false],
] as const) {
  test(`a record with ${what} is ${isGone ? 'cleaned up' : 'left alone'}`, async () => {
    const folder = path.join(dir, 'allocgate-AAAAAA');
    await plantRecord('allocgate-AAAAAA', folder, owner);
    await removeLeftovers(records);
    assert.equal((await readdir(dir)).includes('allocgate-AAAAAA'), !isGone);
    assert.equal((await readdir(records)).length, isGone ? 0 : 1);
  });
}

test('a record removes no folder but that of its name', async () => {
  const folder = path.join(dir, 'precious');
  await plantRecord('allocgate-BBBBBB', folder, { started: '1' });
  await removeLeftovers(records);
  assert.deepEqual(await readdir(folder), ['in']);
});

test('what is not a record is left, but for one that was never finished', async () => {
  await mkdir(records);
  const names = ['allocgate-CCCCCC.json', 'allocgate-DDDDDD.new', 'allocgate-EEEEEE.new', 'notes.txt'];
  for (const name of names) await writeFile(path.join(records, name), '{');
  await utimes(path.join(records, 'allocgate-DDDDDD.new'), 0, 0);
  await removeLeftovers(records);
  assert.deepEqual(
    await readdir(records),
    names.filter((name) => !name.includes('DDDDDD')),
  );
});
