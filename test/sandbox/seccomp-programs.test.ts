import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { buildSeccompFilter, FOREIGN_ABI } from '../../src/sandbox/seccomp.ts';
import { after, before } from '../support/hooks.ts';

/** Programs in Go; each says at its top what it does. */
const sources = path.join(import.meta.dirname, 'seccomp');
const { EPERM, ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT } = constants.errno;
const GCC = hasProgram('gcc');

let dir = '';
let goCache = '';

function hasProgram(file: string): boolean {
  try {
    execFileSync(file, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

before(async () => {
  assert.ok(hasProgram('bwrap'), 'these tests need bubblewrap: bwrap is not on the PATH');
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-seccomp-'));
  for (const name of ['bin', 'tmp']) await mkdir(path.join(dir, name));
  await cp(sources, dir, { recursive: true });
  goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
  await execa('go', ['build', '-o', 'bin/', './probe', './work'], {
    cwd: dir,
    env: { GOTOOLCHAIN: 'local' },
  });
});

after(() => rm(dir, { recursive: true, force: true }));

type Result = { exitCode: number | undefined; stdout: string; all: string };

/**
 * Runs a program in its directory, in all namespaces of its own and without capabilities, under the filter (null: none).
 * What the filter does shows in the difference, as everything else is the same.
 */
async function run(filter: Buffer | null, file: string, ...args: string[]): Promise<Result> {
  const mounts = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--bind', dir, dir];
  const cache = ['--bind', goCache, goCache];
  const limits = ['--unshare-all', '--cap-drop', 'ALL', '--die-with-parent', '--chdir', dir];
  const seccomp = filter === null ? [] : ['--seccomp', '3'];
  const { exitCode, stdout, all } = await execa(
    'bwrap',
    [...mounts, ...cache, ...limits, ...seccomp, '--', file, ...args],
    {
      // A traced process would stop at the signals with which Go preempts goroutines.
      env: {
        TMPDIR: path.join(dir, 'tmp'),
        GOCACHE: goCache,
        GOTOOLCHAIN: 'local',
        GOPROXY: 'off',
        GODEBUG: 'asyncpreemptoff=1',
      },
      stdio: ['ignore', 'pipe', 'pipe', filter ?? 'ignore'],
      all: true,
      reject: false,
      timeout: 180_000,
      killSignal: 'SIGKILL',
    },
  );
  return { exitCode, stdout, all };
}

async function probe(filter: Buffer | null): Promise<Map<string, number>> {
  const { exitCode, stdout, all } = await run(filter, 'bin/probe');
  assert.equal(exitCode, 0, all);
  return new Map(
    [...stdout.matchAll(/^(.+)=(\d+)$/gmu)].map(([, name = '', errno]) => [name, Number(errno)]),
  );
}

/** Calls that any user may make with success on every kernel that bubblewrap works on. */
const harmlessElsewhere = [
  'process_vm_readv',
  'process_vm_writev',
  'pidfd_getfd',
  'unshare',
  'clone',
  'personality',
];
const withEperm =
  `process_vm_readv process_vm_writev pidfd_getfd kcmp add_key keyctl request_key bpf perf_event_open
  io_uring_setup io_uring_enter io_uring_register userfaultfd memfd_secret modify_ldt name_to_handle_at
  get_mempolicy move_pages mount unshare clone adjtimex personality ptrace x32`.split(/\s+/u);
const expected = new Map<string, number | undefined>([
  ...withEperm.map((name) => [name, EPERM] as const),
  ['clone upper bit', EPERM],
  ['ioctl sti', EPERM],
  ['ioctl sti upper bit', EPERM],
  ['ioctl linux', EPERM],
  ['clone3', ENOSYS],
  ['socket vsock', EAFNOSUPPORT],
  ['socket vsock upper bit', EAFNOSUPPORT],
  ['socketpair tipc', EAFNOSUPPORT],
  ['socket netlink uevent', EPROTONOSUPPORT],
]);

test('the kernel stops what the filter refuses, and without the filter it does not', async () => {
  const free = await probe(null);
  const filtered = await probe(buildSeccompFilter());
  for (const [name, errno] of expected) {
    assert.equal(filtered.get(name), errno, name);
    assert.notEqual(free.get(name), errno, `${name} is stopped by something else`);
  }
  for (const name of [...harmlessElsewhere, 'ptrace', 'socket netlink uevent']) {
    assert.equal(free.get(name), 0, name);
  }
  // A kernel may lack this one by itself.
  assert.equal(filtered.get('socket alg'), EAFNOSUPPORT);
  for (const name of ['socket unix', 'socket inet', 'socket netlink route', 'personality query']) {
    assert.equal(filtered.get(name), 0, name);
  }
  assert.equal(filtered.get('number 999'), ENOSYS);
});

test('taking all measures away gives what the kernel does without the filter', async () => {
  const names = [...expected.keys(), 'socket', 'socketpair', 'ioctl'].filter(
    (name) => !name.includes(' ') && name !== 'x32',
  );
  const open = await probe(buildSeccompFilter({ without: [...names, FOREIGN_ABI] }));
  assert.deepEqual(open, await probe(null));
});

test('a call in the way of 32-bit programs ends the program; without the measure it does not', async () => {
  const SIGSYS = 31;
  const filtered = await run(buildSeccompFilter(), 'bin/probe', 'i386');
  assert.equal(filtered.exitCode, 128 + SIGSYS, filtered.all);
  const open = await run(buildSeccompFilter({ without: [FOREIGN_ABI] }), 'bin/probe', 'i386');
  assert.notEqual(open.exitCode, 128 + SIGSYS, open.all);
});

test('an ordinary Go program works: network, files, processes, threads, timers, signals, a profile', async () => {
  const { exitCode, stdout, all } = await run(buildSeccompFilter(), 'bin/work');
  assert.equal(exitCode, 0, all);
  assert.equal(stdout, 'done');
});

test('the go command compiles, links and runs a benchmark', async () => {
  // A constant that no cache has seen, so that the compiler and the linker have work to do.
  await writeFile(path.join(dir, 'work', 'fresh.go'), `package main\n\nconst fresh = ${Date.now()}\n`);
  const args = ['test', '-run', '^$', '-bench', '.', '-benchtime', '100x', './work'];
  const { exitCode, all } = await run(buildSeccompFilter(), 'go', ...args);
  assert.equal(exitCode, 0, all);
  assert.match(all, /^BenchmarkMake\S*\s+100\s.*\s1 allocs\/op$/mu);
});

if (GCC) {
  test('cgo: gcc compiles, and C code starts threads and processes', async () => {
    await writeFile(path.join(dir, 'native', 'fresh.go'), `package main\n\nconst fresh = ${Date.now()}\n`);
    const built = await run(buildSeccompFilter(), 'go', 'build', '-o', 'bin/', './native');
    assert.equal(built.exitCode, 0, built.all);
    const ran = await run(buildSeccompFilter(), 'bin/native');
    assert.equal(ran.exitCode, 0, ran.all);
    assert.equal(ran.stdout, 'done');
  });
}
