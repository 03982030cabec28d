import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listLimitFiles, parseCgroupMounts, parseCounter } from '../../src/sandbox/cgroup-files.ts';

const NO_V1 = { memory: null, pids: null, cpu: null };
const ROOT_MOUNT = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw';

test('a systemd host with v2 has its group below the one mount', () => {
  const mounts = parseCgroupMounts(
    [
      ROOT_MOUNT,
      '29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot',
    ].join('\n'),
    '0::/user.slice/user-1000.slice/user@1000.service/app.slice/shell.scope\n',
  );
  assert.deepEqual(mounts, {
    v2: {
      mountPoint: '/sys/fs/cgroup',
      own: '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/shell.scope',
    },
    v1: NO_V1,
  });
});

test('a container with v2 and its own cgroup namespace has the mount itself', () => {
  const mounts = parseCgroupMounts(
    '1181 1180 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n',
    '0::/\n',
  );
  assert.deepEqual(mounts.v2, { mountPoint: '/sys/fs/cgroup', own: '/sys/fs/cgroup' });
});

test('a group outside of the cgroup namespace is not looked for by climbing', () => {
  const mount = (root: string) => `1181 1180 0:27 ${root} /sys/fs/cgroup rw - cgroup2 cgroup rw\n`;
  for (const own of ['0::/../other', '0::/..']) {
    assert.deepEqual(parseCgroupMounts(mount('/'), own).v2, { mountPoint: '/sys/fs/cgroup', own: null });
  }
  assert.equal(parseCgroupMounts(mount('/docker/a'), '0::/docker/ab').v2?.own, null);
});

test('a hybrid host has v2 and the controllers of v1, each with its own path', () => {
  const mounts = parseCgroupMounts(
    [
      '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
      '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct',
      '34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset',
      '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
      '39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids',
      '40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd',
      '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
    ].join('\n'),
    '9:name=systemd:/a:b\n8:pids:/\n4:memory:/jobs/7\n3:cpuset:/\n2:cpu,cpuacct:/jobs\n0::/x\n',
  );
  assert.deepEqual(mounts, {
    v2: { mountPoint: '/sys/fs/cgroup/unified', own: '/sys/fs/cgroup/unified/x' },
    v1: {
      memory: { mountPoint: '/sys/fs/cgroup/memory', own: '/sys/fs/cgroup/memory/jobs/7' },
      pids: { mountPoint: '/sys/fs/cgroup/pids', own: '/sys/fs/cgroup/pids' },
      cpu: { mountPoint: '/sys/fs/cgroup/cpu,cpuacct', own: '/sys/fs/cgroup/cpu,cpuacct/jobs' },
    },
  });
});

test('a container with v1 sees its group at the root of the mount', () => {
  const mount = '700 690 0:32 /docker/4f /sys/fs/cgroup/memory ro,nosuid master:15 - cgroup cgroup rw,memory';
  const memoryOf = (own: string) => parseCgroupMounts(mount, own).v1.memory;
  const mountPoint = '/sys/fs/cgroup/memory';
  assert.deepEqual(memoryOf('4:memory:/docker/4f'), { mountPoint, own: mountPoint });
  assert.deepEqual(memoryOf('4:memory:/docker/4f/inner'), { mountPoint, own: `${mountPoint}/inner` });
  assert.deepEqual(memoryOf('4:memory:/elsewhere'), { mountPoint, own: null });
  assert.deepEqual(memoryOf(''), { mountPoint, own: null });
});

test('of several mounts of one hierarchy the one that shows our group is taken', () => {
  const inside = '50 1 0:32 / /all rw - cgroup cgroup rw,memory';
  const outside = '51 1 0:32 /other /part rw - cgroup cgroup rw,memory';
  for (const text of [`${inside}\n${outside}`, `${outside}\n${inside}`]) {
    assert.equal(parseCgroupMounts(text, '4:memory:/mine').v1.memory?.own, '/all/mine');
  }
});

test('mount points with spaces and optional fields are read', () => {
  const text = String.raw`50 1 0:32 / /mnt/a\040b\134c rw shared:1 master:2 - cgroup2 none rw`;
  assert.equal(parseCgroupMounts(text, '0::/g').v2?.own, String.raw`/mnt/a b\c/g`);
});

test('nothing comes of nothing, nor of other file systems and broken lines', () => {
  for (const text of [
    '',
    ROOT_MOUNT,
    '31 23 0:28 / /sys/fs/cgroup rw - tmpfs cgroup rw',
    'x - cgroup2',
    '-',
  ]) {
    assert.deepEqual(parseCgroupMounts(text, '0::/\n'), { v2: null, v1: NO_V1 });
  }
});

test('limits are written without swap, for memory before memory and swap together', () => {
  const written = (kind: 'v2' | 'v1', cpus: number | null) =>
    listLimitFiles(kind, { memoryBytes: 1000.5, processes: 7, cpus }).map(
      ({ file, value, optional }) => `${file}=${value}${optional ? '?' : ''}`,
    );
  const v2 = ['memory.max=1000', 'memory.swap.max=0?', 'memory.oom.group=1?', 'pids.max=7'];
  const v1 = [
    'memory.limit_in_bytes=1000',
    'memory.memsw.limit_in_bytes=1000?',
    'memory.swappiness=0?',
    'pids.max=7',
  ];
  assert.deepEqual(written('v2', null), v2);
  assert.deepEqual(written('v1', null), v1);
  assert.deepEqual(written('v2', 2), [...v2, 'cpu.max=200000 100000']);
  assert.deepEqual(written('v1', 0.5), [...v1, 'cpu.cfs_period_us=100000?', 'cpu.cfs_quota_us=50000?']);
  assert.equal(written('v2', 0.001).at(-1), 'cpu.max=1000 100000', 'the kernel refuses less');
});

test('counters are found by their whole name', () => {
  assert.equal(parseCounter('low 0\noom 3\noom_kill 2\noom_group_kill 1\n', 'oom_kill'), 2);
  assert.equal(parseCounter('oom_kill_disable 1\nunder_oom 0\noom_kill 4\n', 'oom_kill'), 4);
  assert.equal(parseCounter('oom_kill_disable 1\nunder_oom 0\n', 'oom_kill'), 0);
  assert.equal(parseCounter('max 12\n', 'max'), 12);
});
