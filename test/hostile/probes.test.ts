import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { z } from 'zod';
import type { Sandbox } from '../../src/sandbox/types.ts';
import { after, before } from '../support/hooks.ts';
import { createOpenFolder, createTestSandbox, type SandboxOptions } from '../support/sandboxes.ts';
import { type Bomb, bombs } from './bombs.ts';
import { DAEMON_SECONDS, isRoot, plant, type Planted } from './planted.ts';
import { attacks, probeCases } from './probe-cases.ts';
import { contrasts } from './probe-contrasts.ts';
import { compileProbes, hasRow, listProbes, type Probes, readSuccess, runProbe } from './probe-runs.ts';
import * as weak from './weaken.ts';

// Every attack of fixtures/hostile/probes runs as a benchmark would, is stopped, and then gets in without its measure.

let folder: Awaited<ReturnType<typeof createOpenFolder>>;
let planted: Planted;
let probes: Probes;
let full: Awaited<ReturnType<typeof createTestSandbox>>;

const cleanups: (() => Promise<void>)[] = [];

before(async () => {
  folder = await createOpenFolder();
  cleanups.push(folder.remove);
  planted = await plant(folder.dir);
  cleanups.push(planted.remove);
  probes = await compileProbes(folder.dir, planted);
  full = await createTestSandbox('bubblewrap');
  cleanups.push(full.remove, full.sandbox.close);
});

after(async () => {
  for (const cleanUp of cleanups.toReversed()) await cleanUp();
});

async function withSandbox<T>(options: SandboxOptions, work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const { sandbox, remove } = await createTestSandbox('bubblewrap', options);
  try {
    return await work(sandbox);
  } finally {
    await sandbox.close();
    await remove();
  }
}

/** Sandboxes by the measure that they lack. Attacks that this measure stops share one, because opening one takes long. */
const weakened = new Map<weak.Weakening, Promise<Sandbox>>();

function openWithout(change: weak.Weakening): Promise<Sandbox> {
  const open = async (): Promise<Sandbox> => {
    const { sandbox, remove } = await createTestSandbox('bubblewrap', { change });
    cleanups.push(remove, sandbox.close);
    return sandbox;
  };
  const known = weakened.get(change) ?? open();
  weakened.set(change, known);
  return known;
}

type Run = Awaited<ReturnType<typeof runProbe>>;

/** It ran, to its end, and reached nothing. */
function checkStopped(run: Run): void {
  assert.equal(readSuccess(run), null);
  assert.ok(hasRow(run), run.outcome.tail.join('\n'));
}

function checkGotIn(run: Run, sees: string): void {
  assert.ok((readSuccess(run) ?? '').includes(sees), `not "${sees}": ${run.outcome.tail.join('\n')}`);
}

void describe('attacks that look, reach or write', { concurrency: 2 }, () => {
  for (const [name, contrast] of Object.entries(contrasts)) {
    void test(name, async () => {
      checkStopped(await runProbe(full.sandbox, probes, name));
      if ('none' in contrast || (contrast.rootOnly && !isRoot)) return;
      if (contrast.isPossible && !(await contrast.isPossible())) return;
      checkGotIn(await runProbe(await openWithout(contrast.change), probes, name), contrast.sees);
    });
  }

  void test('secret-env', async () => {
    checkStopped(await runProbe(full.sandbox, probes, 'secret-env'));
    const env = { ALLOCGATE_TEST_SECRET: process.env['ALLOCGATE_TEST_SECRET'] ?? '' };
    checkGotIn(await runProbe(full.sandbox, probes, 'secret-env', { env }), 'is set');
  });

  void test('secret-fd', async () => {
    const file = String(planted.info['secretFile']);
    for (const profile of [false, true])
      checkStopped(await runProbe(full.sandbox, probes, 'secret-fd', { profile }));
    await withSandbox({ change: weak.withDescriptor(file) }, async (sandbox) =>
      checkGotIn(await runProbe(sandbox, probes, 'secret-fd'), 'holds the secret'),
    );
    await withSandbox({ change: weak.withResultPipe }, async (sandbox) =>
      checkGotIn(await runProbe(sandbox, probes, 'secret-fd', { profile: true }), 'descriptor 4'),
    );
  });

  void test('write-tree', async () => {
    const tree = path.join(folder.dir, 'open-tree');
    await cp(probes.tree, tree, { recursive: true });
    for (const file of ['.', 'write-tree', 'write-tree/attack.go']) {
      if (full.sandbox.facts.uid !== null) await chown(path.join(tree, file), full.sandbox.facts.uid, -1);
    }
    checkStopped(await runProbe(full.sandbox, probes, 'write-tree'));
    checkStopped(await runProbe(full.sandbox, probes, 'write-tree', { tree }));
    await withSandbox({ change: weak.withWritableMounts }, async (sandbox) => {
      if (isRoot) checkStopped(await runProbe(sandbox, probes, 'write-tree'));
      checkGotIn(await runProbe(sandbox, probes, 'write-tree', { tree }), 'changed attack.go');
    });
  });

  for (const name of ['persist-tmp', 'deep-path']) {
    void test(name, async () => {
      for (const _ of [1, 2]) checkStopped(await runProbe(full.sandbox, probes, name));
      const dir = path.join(planted.shared, name);
      await mkdir(dir);
      await chmod(dir, 0o777);
      await withSandbox({ change: weak.withTemporaryFiles(dir) }, async (sandbox) => {
        checkStopped(await runProbe(sandbox, probes, name));
        checkGotIn(await runProbe(sandbox, probes, name), 'of an earlier process');
      });
    });
  }
});

/** Processes of this machine whose command lines begin with the daemons' name. */
function listDaemons(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(planted.daemonName);
    } catch {
      return false;
    }
  });
}

/** Seconds more than a daemon takes to end, on a busy machine. */
const PATIENCE = 10;

async function waitUntil(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + (DAEMON_SECONDS + PATIENCE) * 1000; !isSo() && Date.now() < end;) {
    await sleep(50);
  }
  assert.ok(isSo());
}

void describe('attacks that leave something outside, one at a time', () => {
  void test('write-outside', async () => {
    checkStopped(await runProbe(full.sandbox, probes, 'write-outside'));
    assert.ok(!existsSync(planted.writeOutside));
    await withSandbox({ change: weak.withFiles }, async (sandbox) =>
      checkGotIn(await runProbe(sandbox, probes, 'write-outside'), planted.writeOutside),
    );
    await rm(planted.writeOutside);
  });

  for (const name of ['daemon', 'daemon-holding-output']) {
    void test(name, async () => {
      checkStopped(await runProbe(full.sandbox, probes, name));
      if (full.sandbox.facts.accounting !== 'rlimits') assert.deepEqual(listDaemons(), []);
      // If nothing else stops them, the PID namespace does when the kernel removes it.
      await withSandbox({ change: weak.all(weak.withFiles, weak.withoutCgroups) }, async (sandbox) => {
        checkStopped(await runProbe(sandbox, probes, name));
        await waitUntil(() => listDaemons().length === 0);
        await sleep(DAEMON_SECONDS * 1000);
        assert.ok(!existsSync(planted.writeOutside));
      });
      const change = weak.all(weak.withFiles, weak.withoutCgroups, weak.withProcesses);
      await withSandbox({ change }, async (sandbox) => {
        const before = performance.now();
        checkStopped(await runProbe(sandbox, probes, name));
        // It keeps the output open until it ends, so the elapsed time shows it.
        const waited = performance.now() - before >= DAEMON_SECONDS * 1000;
        assert.ok(listDaemons().length > 0 || waited);
        await waitUntil(() => existsSync(planted.writeOutside) && listDaemons().length === 0);
      });
      await rm(planted.writeOutside);
    });
  }
});

/** The neighbour runs again and again until the bomb has ended, and keeps its numbers. */
async function checkNeighbour(sandbox: Sandbox, bomb: Promise<unknown>): Promise<void> {
  const over = bomb.then(() => true);
  for (let isOver = false; !isOver; isOver = await Promise.race([over, sleep(0, false)])) {
    const run = await runProbe(sandbox, probes, 'neighbour');
    const row = run.rows.find((one) => one.name === 'BenchmarkAllocates');
    assert.equal(row?.values['allocs/op'], 2, run.outcome.tail.join('\n'));
    assert.ok(hasRow(run, 'BenchmarkNeighbour'));
  }
}

async function runBomb(name: string, limits: Bomb['limit'], neighbour: boolean): Promise<Run> {
  return withSandbox({ limits: limits.processes ?? {} }, async (sandbox) => {
    const bomb = runProbe(sandbox, probes, name, { limits: limits.stages ?? {} });
    const [run] = await Promise.all([bomb, neighbour && checkNeighbour(sandbox, bomb)]);
    return run;
  });
}

void describe('bombs beside a neighbour, one at a time', () => {
  for (const [name, bomb] of Object.entries(bombs)) {
    void test(name, async () => {
      const hasCgroups = full.sandbox.facts.accounting !== 'rlimits';
      if (bomb.needsCgroups && !hasCgroups) return;
      const run = await runBomb(name, bomb.limit, hasCgroups || !bomb.isShared);
      assert.equal(readSuccess(run), null);
      assert.ok(bomb.isStopped(run), `${run.outcome.ended}: ${JSON.stringify(run.failures)}`);
      checkGotIn(await runBomb(name, bomb.raised, false), 'got in: ');
    });
  }
});

/** A line of probe-child.ts. */
const said = z.object({
  name: z.string(),
  weakened: z.boolean(),
  row: z.boolean(),
  got: z.string().nullable(),
  caller: z.number(),
});
type Said = z.infer<typeof said>;

const SECRET_FD = 40;

/** Runs attacks in a separate process that inherits a descriptor of the secret; as an ordinary user if requested. */
async function runChild(names: readonly string[], user: number | null): Promise<Said[]> {
  const [script, secret] = ['./probe-child.ts', String(planted.info['secretFile'])];
  const home = path.join(folder.dir, `home-${user}`);
  await mkdir(home, { recursive: true });
  if (user !== null) await chown(home, user, user);
  const file = path.join(folder.dir, 'probes.json');
  await writeFile(file, JSON.stringify(probes));
  const become = user === null ? [] : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  const args = [...become, process.execPath, fileURLToPath(new URL(script, import.meta.url)), file, ...names];
  const descriptor = openSync(secret, 'r');
  const stdio = [...Array.from({ length: SECRET_FD }, () => 'ignore' as const), descriptor];
  const child = spawn('setpriv', args, {
    cwd: '/',
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home, XDG_CONFIG_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe', ...stdio.slice(3)],
  });
  const [out, words] = [[] as Buffer[], [] as Buffer[]];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => words.push(chunk));
  const status = await new Promise((resolve) => child.on('close', resolve));
  closeSync(descriptor);
  assert.equal(status, 0, Buffer.concat(words).toString());
  const lines = Buffer.concat(out).toString().trim().split('\n');
  return lines.map((line) => said.parse(JSON.parse(line)));
}

/** An ID of no user, and not the sandbox's. */
const ORDINARY_UID = 61_190;
const SUBSET = [
  'secret-file',
  'secret-home',
  'network-tcp-ip',
  'network-abstract-socket',
  'write-root',
  'ptrace',
];

void describe('other ways to start', () => {
  void test('secret-fd: a descriptor that was left to allocgate itself goes no further', async () => {
    const runs = await runChild(['secret-fd'], null);
    assert.deepEqual(
      runs.map(({ row, got }) => [row, got]),
      [[true, null]],
    );
  });

  void test('an ordinary user is protected alike', async () => {
    const runs = await runChild(SUBSET, isRoot ? ORDINARY_UID : null);
    assert.equal(runs.length, 2 * SUBSET.length);
    for (const { name, weakened, row, got, caller } of runs) {
      assert.equal(caller, isRoot ? ORDINARY_UID : process.getuid?.());
      assert.deepEqual([name, row, got !== null], [name, !weakened, weakened]);
    }
  });
});

void test('every attack has a case and a test', async () => {
  const names = probeCases.map(({ name }) => name).sort();
  assert.deepEqual(names, await listProbes());
  assert.deepEqual(Object.keys(attacks).sort(), names);
  assert.ok(names.length >= 40);
  for (const one of probeCases) for (const text of Object.values(one)) assert.notEqual(text, '', one.name);
  const source = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  for (const name of names)
    assert.ok(name in bombs || name in contrasts || source.includes(`'${name}'`), name);
});
