import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { finish } from '../cli/support.ts';
import {
  checkCase,
  commit,
  copyState,
  createScene,
  reviewScene,
  type Scene,
  startReview,
} from './builds-support.ts';
import { after, before } from '../support/hooks.ts';

// allocgate itself is killed while reviewed programs run, one of them a daemon in its own session.

let scene: Scene;
let state: string;
before(async () => {
  scene = await createScene();
  state = await copyState(scene);
  await commit(scene, await scene.read('common'));
  await commit(scene, await scene.read('common', 'daemon'));
});
after(() => scene.remove());

/** Generous, for a machine that does other things. */
const PATIENCE_MS = 60_000;

async function waitFor(what: string, isThere: () => Promise<boolean>): Promise<void> {
  for (const started = performance.now(); !(await isThere()); await sleep(20)) {
    assert.ok(performance.now() - started < PATIENCE_MS, `${what} did not come about`);
  }
}

/**
 * Command lines of the processes of this scene's reviews: they name a review's folder, or have files of one mounted at
 * other paths.
 */
async function listProcesses(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const processes = await Promise.all(
    ids.map(async (id) => {
      const [line = '', mounts = ''] = await Promise.all(
        ['cmdline', 'mountinfo'].map((name) => readFile(`/proc/${id}/${name}`, 'utf8').catch(() => '')),
      );
      return { line: line.replaceAll('\0', ' '), isOurs: `${line} ${mounts}`.includes(`${scene.temp}/`) };
    }),
  );
  return processes.filter(({ isOurs }) => isOurs).map(({ line }) => line);
}

const recordSchema = z.object({
  cgroups: z.object({ parents: z.record(z.string(), z.string().nullable()).optional() }),
});

const records = (): string => path.join(state, 'allocgate', 'runs');

/** The folders with the control groups of the one recorded run; empty if there are no groups. */
async function listGroups(): Promise<string[]> {
  const file = (await readdir(records())).find((name) => name.endsWith('.json')) ?? '';
  const text = await readFile(path.join(records(), file), 'utf8');
  const { cgroups } = recordSchema.parse(JSON.parse(text));
  const parents = Object.values(cgroups.parents ?? {}).filter((parent) => parent !== null);
  const name = path.basename(file, '.json');
  const found = await Promise.all(
    parents.map(async (parent) =>
      (await readdir(parent))
        .filter((group) => group.startsWith(name))
        .map((group) => path.join(parent, group)),
    ),
  );
  return found.flat();
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Nothing of a killed review is alive or, after the next start, anywhere. */
async function checkNothingLeft(groups: readonly string[]): Promise<void> {
  await waitFor('the end of all processes', async () => (await listProcesses()).length === 0);
  // Another TMPDIR: the next run must still find what was left.
  const elsewhere = path.join(scene.dir, 'elsewhere');
  await mkdir(elsewhere, { recursive: true });
  const args = ['--base', 'HEAD', '--format', 'json'];
  const { status } = await reviewScene(scene, { args, env: { TMPDIR: elsewhere, XDG_CACHE_HOME: state } });
  assert.equal(status, 0);
  assert.deepEqual(
    [await readdir(scene.temp), await readdir(elsewhere), await readdir(records())],
    [[], [], []],
  );
  for (const group of groups) assert.equal(await exists(group), false, group);
}

const start = (): Promise<ChildProcess> => startReview(scene, { env: { XDG_CACHE_HOME: state } });

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal((await readdir(scene.temp)).length, 1, 'killed, it could not clean up');
}

checkCase('kill-at-the-start', async () => {
  const child = await start();
  await waitFor('a folder', async () => (await readdir(scene.temp)).length > 0);
  await kill(child);
  await checkNothingLeft([]);
});

checkCase('kill-while-compiling', async () => {
  const child = await start();
  await waitFor('a compiler', async () => (await listProcesses()).some((line) => / list -e /u.test(line)));
  const groups = await listGroups();
  await kill(child);
  await checkNothingLeft(groups);
});

/** The daemon has no arguments; the test binary that started it has many. */
const hasDaemon = async (): Promise<boolean> =>
  (await listProcesses()).some((line) => /^\S+\/bench\.test ?$/u.test(line));

checkCase('kill-with-a-daemon', async () => {
  const child = await start();
  await waitFor('a daemon', hasDaemon);
  const groups = await listGroups();
  await kill(child);
  await checkNothingLeft(groups);
});

checkCase('terminated-with-a-daemon', async () => {
  const child = await start();
  const ending = finish(child);
  await waitFor('a daemon', hasDaemon);
  const groups = await listGroups();
  child.kill('SIGTERM');
  const { status, stdout } = await ending;
  assert.equal(status, 130);
  assert.match(stdout, /The review was stopped: /u);
  assert.deepEqual(
    [await listProcesses(), await readdir(scene.temp), await readdir(records())],
    [[], [], []],
  );
  for (const group of groups) assert.equal(await exists(group), false, group);
});
