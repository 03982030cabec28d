/** Uses real groups of this machine. Without groups, each test checks the promises for that case. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { parseCgroupMounts } from '../../src/sandbox/cgroup-files.ts';
import {
  type Cgroup,
  type CgroupLimits,
  type CgroupSupport,
  createCgroup,
  detectCgroups,
  removeCgroup,
} from '../../src/sandbox/cgroup.ts';

const MIB = 1 << 20;
const ROOMY: CgroupLimits = { memoryBytes: 512 * MIB, processes: 100, cpus: null };
const JOIN = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 70; shift; done; shift; exec "$@"';
const EAT_200_MIB = 'Buffer.alloc(200 << 20, 1)';

const support = await detectCgroups();

function newName(): string {
  return `allocgate-test-${randomBytes(6).toString('hex')}`;
}

async function withGroup(
  limits: CgroupLimits,
  use: (group: Cgroup, name: string) => Promise<void>,
): Promise<void> {
  const name = newName();
  const group = await createCgroup(support, name, limits);
  try {
    await use(group, name);
  } finally {
    await group.remove();
  }
}

function runIn(procsFiles: readonly string[], file: string, args: readonly string[]) {
  return execa('/bin/sh', ['-c', JOIN, 'sh', ...procsFiles, '--', file, ...args], { reject: false });
}

function runNode(group: Cgroup, script: string) {
  return runIn(group.procsFiles, process.execPath, ['-e', script]);
}

function groupsOf(group: Cgroup): string[] {
  return group.procsFiles.map((file) => path.dirname(file));
}

function membersOf(group: Cgroup): number[] {
  const ids = group.procsFiles.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return [...new Set(ids.filter((id) => id !== '').map(Number))];
}

/** A zombie, for which nobody waited, counts as dead. */
function isAlive(id: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/su.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function waitFor(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 1000, `in vain: ${what}`);
    await sleep(10);
  }
}

/** Empty for a process that has just ended. */
function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Starts a process that leaves its session and its parent, as a daemon does, and returns the process IDs. */
async function startDaemon(
  group: Cgroup,
  procsFiles: readonly string[] = group.procsFiles,
): Promise<number[]> {
  await runIn(procsFiles, '/bin/sh', ['-c', 'setsid sh -c "sleep 60 & exec sleep 60" > /dev/null 2>&1 &']);
  const daemons = () =>
    procsFiles
      .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
      .filter((id) => id !== '' && commandOf(id).startsWith('sleep'));
  await waitFor(() => new Set(daemons()).size === 2, 'both processes of the daemon run');
  return [...new Set(daemons())].map(Number);
}

/** The promises without groups: every function does nothing. */
async function assertInert(): Promise<void> {
  const group = await createCgroup(support, newName(), ROOMY);
  assert.deepEqual(group.procsFiles, []);
  assert.deepEqual(await group.readEvents(), { oomKills: 0, processLimitHits: 0, peakMemoryBytes: null });
  await group.remove();
  await removeCgroup(support, newName());
}

test('what was found says why it is not better', async () => {
  if (support.kind === 'none') await assertInert();
  assert.equal(support.reason === null, support.kind === 'v2');
  assert.doesNotMatch(support.reason ?? '', /undefined|\[object/u);
  if (support.kind === 'v1') assert.match(support.reason, /^v2: /u);
});

test('looking leaves no group, and takes away what an earlier look left long ago', async () => {
  if (support.kind === 'none') return assertInert();
  const parents = [...new Set([support.parents.memory, support.parents.pids])];
  const [old, young] = [
    `allocgate-probe-1-${'a'.repeat(8)}`,
    `allocgate-probe-${Date.now()}-${'b'.repeat(8)}`,
  ];
  for (const parent of parents)
    for (const name of [old, young]) mkdirSync(path.join(parent, name), { recursive: true });
  await detectCgroups();
  const left = parents.flatMap((parent) => readdirSync(parent).map((name) => path.join(parent, name)));
  for (const parent of parents) {
    assert.ok(!left.includes(path.join(parent, old)), 'the old one');
    assert.ok(left.includes(path.join(parent, young)), 'one that may be in use');
  }
  await removeCgroup(support, young);
  // Other processes can probe at the same time; their groups disappear.
  const probes = left.filter((path) => path.includes('/allocgate-probe-'));
  await waitFor(() => !probes.some((path) => existsSync(path)), 'no probe stays');
});

test('a process over the memory limit is killed and counted; its neighbour with room is not', async () => {
  if (support.kind === 'none') return assertInert();
  await withGroup({ ...ROOMY, memoryBytes: 128 * MIB }, (tight) =>
    withGroup(ROOMY, async (neighbour) => {
      const [killed, passed] = await Promise.all([
        runNode(tight, EAT_200_MIB),
        runNode(neighbour, EAT_200_MIB),
      ]);
      assert.equal(killed.signal, 'SIGKILL');
      assert.equal(passed.exitCode, 0);
      const [hit, quiet] = await Promise.all([tight.readEvents(), neighbour.readEvents()]);
      assert.ok(hit.oomKills >= 1);
      assert.equal(hit.processLimitHits, 0);
      assert.ok(hit.peakMemoryBytes === null || hit.peakMemoryBytes <= 128 * MIB);
      assert.equal(quiet.oomKills, 0);
      assert.ok(quiet.peakMemoryBytes === null || quiet.peakMemoryBytes > 200 * MIB);
    }),
  );
});

test('a fork bomb is refused processes and counted; its neighbour is not', async () => {
  if (support.kind === 'none') return assertInert();
  const bomb = `
    const { spawn } = require('node:child_process');
    let refused = 0;
    for (let i = 0; i < 200; i++) {
      const child = spawn('sleep', ['5'], { stdio: 'ignore' });
      child.on('error', () => (refused += 1));
      child.unref();
    }
    setImmediate(() => { console.log(refused); process.exit(); });`;
  await withGroup({ ...ROOMY, processes: 40 }, (tight) =>
    withGroup(ROOMY, async (neighbour) => {
      const outcome = await runNode(tight, bomb);
      const left = membersOf(tight);
      assert.ok(Number(outcome.stdout) >= 160, `${outcome.stdout} refused`);
      assert.ok(left.length > 0 && left.length < 40, `${left.length} run`);
      assert.ok((await tight.readEvents()).processLimitHits >= 1);
      assert.equal((await runNode(neighbour, bomb.replace('200', '5'))).stdout, '0');
      assert.equal((await neighbour.readEvents()).processLimitHits, 0);
      await tight.remove();
      assert.deepEqual(left.filter(isAlive), []);
    }),
  );
});

test('a program over its share of the CPU is throttled', async () => {
  if (support.kind === 'none') return assertInert();
  await withGroup({ ...ROOMY, cpus: 0.25 }, async (group) => {
    const { parents } = support;
    await runNode(group, 'const end = performance.now() + 600; while (performance.now() < end);');
    const place = groupsOf(group).find((directory) => path.dirname(directory) === parents.cpu);
    assert.equal(place === undefined, parents.cpu === null);
    if (place !== undefined) {
      assert.match(readFileSync(path.join(place, 'cpu.stat'), 'utf8'), /^nr_throttled [1-9]/mu);
    }
  });
});

test('a group within one that has less CPU can be made', async () => {
  if (support.kind === 'none') return assertInert();
  await withGroup({ ...ROOMY, cpus: 0.5 }, async (outer) => {
    const place =
      groupsOf(outer).find((directory) => path.dirname(directory) === support.parents.cpu) ?? null;
    // A v2 group with limits cannot contain limited groups without further steps, so only v1 has this case.
    const cpu = support.kind === 'v1' ? place : support.parents.cpu;
    const within: CgroupSupport = { ...support, parents: { ...support.parents, cpu } };
    const inner = await createCgroup(within, newName(), { ...ROOMY, cpus: 2 });
    assert.equal((await runIn(inner.procsFiles, 'true', [])).exitCode, 0);
    await inner.remove();
  });
});

test('removing kills a daemon that left its session, and can be repeated', async () => {
  if (support.kind === 'none') return assertInert();
  await withGroup(ROOMY, async (group) => {
    const daemons = await startDaemon(group);
    assert.deepEqual(daemons.filter(isAlive), daemons);
    await Promise.all([group.remove(), group.remove()]);
    assert.deepEqual(daemons.filter(isAlive), []);
    assert.deepEqual(groupsOf(group).filter(existsSync), []);
    await group.remove();
  });
});

test('a group with groups in it is removed with them', async () => {
  if (support.kind === 'none') return assertInert();
  await withGroup(ROOMY, async (group) => {
    const inner = groupsOf(group).map((directory) => path.join(directory, 'inner'));
    for (const directory of inner) mkdirSync(directory);
    const daemons = await startDaemon(
      group,
      inner.map((directory) => path.join(directory, 'cgroup.procs')),
    );
    await group.remove();
    assert.deepEqual(daemons.filter(isAlive), []);
    assert.deepEqual(groupsOf(group).filter(existsSync), []);
  });
});

test('what a killed process left is removed by name, and its neighbour stays', async () => {
  if (support.kind === 'none') return assertInert();
  await withGroup(ROOMY, async (stale, name) => {
    await withGroup(ROOMY, async (neighbour) => {
      const [daemons, others] = [await startDaemon(stale), await startDaemon(neighbour)];
      const written: CgroupSupport = structuredClone(support);
      await removeCgroup(written, name);
      assert.deepEqual(groupsOf(stale).filter(existsSync), []);
      assert.deepEqual(daemons.filter(isAlive), []);
      assert.deepEqual(others.filter(isAlive), others);
      await removeCgroup(written, name);
    });
  });
});

test('a group that exists is not taken over, nor harmed by the attempt', async () => {
  if (support.kind === 'none') return assertInert();
  await withGroup(ROOMY, async (group, name) => {
    const daemons = await startDaemon(group);
    await assert.rejects(createCgroup(support, name, ROOMY), { code: 'EEXIST' });
    assert.deepEqual(daemons.filter(isAlive), daemons);
  });
});

test('other names are refused', async () => {
  const wrong = [
    '',
    'allocgate',
    'allocgate-',
    'allocgate-..',
    'allocgate-a/b',
    '../allocgate-a',
    'allocgate-a\n',
    'x',
  ];
  for (const name of [...wrong, `allocgate-${'a'.repeat(101)}`]) {
    await assert.rejects(removeCgroup(support, name), /not a name of a group/u);
    await assert.rejects(createCgroup(support, name, ROOMY), /not a name of a group/u);
  }
});

test('where v2 is mounted beside v1, without controllers: nothing is left, and its way to kill works', async () => {
  const [mountInfo, own] = ['mountinfo', 'cgroup'].map((file) => readFileSync(`/proc/self/${file}`, 'utf8'));
  const mount = parseCgroupMounts(mountInfo ?? '', own ?? '').v2;
  // On a machine with v2 alone the tests above have shown this.
  if (support.kind !== 'v1' || mount === null) return assert.notEqual(support.kind, 'v1');
  const parent = mount.own ?? mount.mountPoint;
  const v2: CgroupSupport = {
    kind: 'v2',
    parents: { memory: parent, pids: parent, cpu: null },
    reason: null,
  };
  const name = newName();
  await assert.rejects(createCgroup(v2, name, ROOMY), { code: 'ENOENT' });
  assert.ok(!existsSync(path.join(parent, name)));
  mkdirSync(path.join(parent, name));
  await withGroup(ROOMY, async (group) => {
    const daemons = await startDaemon(group, [path.join(parent, name, 'cgroup.procs')]);
    await removeCgroup(v2, name);
    assert.deepEqual(daemons.filter(isAlive), []);
    assert.ok(!existsSync(path.join(parent, name)));
  });
});
