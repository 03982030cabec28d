/** Real runs need `runsc` (Debian: apt-get install runsc). */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGvisorJailer, type OciConfig, ociConfig } from '../../src/sandbox/gvisor.ts';
import { type Jail, type Mount, rootMounts, etcFiles } from '../../src/sandbox/jail.ts';
import type { Jailer, JailRun } from '../../src/sandbox/jailed.ts';
import { findProgram } from '../../src/sandbox/probe.ts';
import { runProcess } from '../../src/sandbox/process.ts';
import { after, before } from '../support/hooks.ts';

const MIB = 1 << 20;
const LIMITS = {
  memoryBytes: 1024 * MIB,
  processes: 200,
  cpus: null,
  openFiles: 64,
  fileBytes: 2 * MIB,
  tmpfsBytes: 4 * MIB,
};
const SECRET = 'secret-of-the-starter';
/** As root, another user than that of any other test. */
const UID = process.getuid?.() === 0 ? 61_771 : null;

const dir = mkdtempSync(path.join(tmpdir(), 'allocgate-gvisor-'));
const tree = path.join(dir, 'tree');
const scratch = path.join(tree, 'pkg');
const writable = path.join(dir, 'writable');
const etc = path.join(dir, 'etc');
let runsc = '';
let setpriv = '';
let runs = 0;

before(async () => {
  runsc = (await findProgram('runsc')) ?? assert.fail('These tests need gVisor: apt-get install runsc');
  setpriv = (await findProgram('setpriv')) ?? assert.fail('These tests need setpriv of util-linux');
  execFileSync('chmod', ['755', dir]);
  for (const folder of [etc, scratch, writable]) mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(etcFiles)) writeFileSync(path.join(etc, name), text);
  writeFileSync(path.join(scratch, 'data'), 'data\n');
  writeFileSync(path.join(dir, 'outside'), 'outside\n');
  if (UID !== null) for (const folder of [tree, writable]) chownSync(folder, UID, UID);
});
after(() => rmSync(dir, { recursive: true, force: true }));

function jailOf(more: readonly Mount[] = []): Jail {
  return {
    mounts: [
      ...rootMounts(etc),
      { kind: 'tmpfs', path: '/home/sandbox', bytes: MIB },
      { kind: 'read-only', path: tree },
      { kind: 'tmpfs', path: scratch, bytes: MIB },
      { kind: 'read-only', path: path.join(scratch, 'data') },
      { kind: 'symlink', target: 'data', at: path.join(scratch, 'link') },
      { kind: 'writable', path: writable },
      ...more,
    ],
    cwd: scratch,
    env: { PATH: '/usr/bin:/bin', HOME: '/home/sandbox', GIVEN: 'yes' },
    uid: 1000,
    gid: 1000,
    network: false,
    hostname: 'sandbox',
  };
}

function createJailer(): Jailer {
  return createGvisorJailer({ runsc, setpriv, limits: LIMITS });
}

type Ran = { code: number | null; ended: string; out: string[]; err: string[]; log: string; result: string };

async function prepare(program: readonly string[], more: Partial<JailRun> = {}) {
  runs += 1;
  const run: JailRun = {
    jail: jailOf(),
    program,
    resultFile: null,
    dir,
    name: `run-${runs}`,
    uid: UID,
    ...more,
  };
  const prepared = await createJailer().prepare(run);
  const user = UID === null ? [] : [setpriv, `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--'];
  return { ...prepared, command: [...user, ...prepared.command], bundle: path.join(dir, run.name) };
}

async function run(script: string, more: Partial<JailRun> = {}, timeoutMs = 60_000): Promise<Ran> {
  const { command, remove, bundle } = await prepare(more.program ?? ['/bin/sh', '-c', script], more);
  const [file = '', ...args] = command;
  const [out, err]: [string[], string[]] = [[], []];
  const ended = await runProcess(
    { file, args, cwd: '/', env: {}, pipes: [8 * MIB, 8 * MIB] },
    {
      timeoutMs,
      maxOutputBytes: MIB,
      onStdout: (line) => out.push(line),
      onStderr: (line) => err.push(line),
    },
    new AbortController().signal,
  );
  await waitUntilGone(bundle);
  await remove();
  assert.ok(!existsSync(bundle), 'files of the run were left');
  const [log, result] = ended.pipes.map(String);
  return { code: ended.exitCode, ended: ended.ended, out, err, log: log ?? '', result: result ?? '' };
}

/** Processes that have this in their command line: gVisor's name their bundle. */
function findProcesses(marker: string): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name));
  return ids.filter((id) => readCommandLine(id).includes(marker)).map(Number);
}

function readCommandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function waitUntilGone(marker: string): Promise<void> {
  for (let tries = 0; tries < 500 && findProcesses(marker).length > 0; tries += 1) await sleep(20);
  assert.deepEqual(findProcesses(marker), [], 'processes survived');
}

function configOf(jail: Jail): OciConfig {
  return ociConfig(jail, ['/bin/true'], LIMITS);
}

function optionsOf(config: OciConfig, destination: string): string[] {
  return config.mounts.find((mount) => mount.destination === destination)?.options ?? [];
}

test('a jail has a network namespace of its own unless it has the network', () => {
  const hasOwn = (network: boolean): boolean =>
    configOf({ ...jailOf(), network }).linux.namespaces.some(({ type }) => type === 'network');
  assert.deepEqual([hasOwn(false), hasOwn(true)], [true, false]);
});

test('a program gets no capability, no privileges and a read-only root', () => {
  const { root, process: program } = configOf(jailOf());
  assert.equal(Object.keys(program.capabilities).length, 5);
  assert.deepEqual(Object.values(program.capabilities).flat(), []);
  assert.deepEqual([program.noNewPrivileges, root.readonly], [true, true]);
});

test('every mount is read-only, sized or asked to be writable', () => {
  const config = configOf(jailOf());
  const open = config.mounts.filter(
    ({ destination, options }) =>
      !['/proc', '/dev'].includes(destination) &&
      !options.includes('ro') &&
      !options.some((option) => option.startsWith('size=')),
  );
  assert.deepEqual(
    open.map(({ destination }) => destination),
    [writable],
  );
  assert.ok(optionsOf(config, '/home/sandbox').includes(`size=${MIB}`));
  assert.ok(optionsOf(config, '/dev/shm').includes(`size=${LIMITS.tmpfsBytes}`));
});

test('only a log that says so means that the program was not started', () => {
  const log = '{"msg":"running container: starting container: no such file","level":"error"}';
  const { readStatus } = createJailer();
  assert.equal(readStatus(log, 128), null);
  for (const words of ['Error executing inside namespace: re-executing self: no space', 'reading spec: no']) {
    assert.equal(readStatus(`{"msg":"${words}","level":"error"}`, 128), null);
  }
  assert.deepEqual(readStatus('', 128), { exitCode: 128 });
});

test('exit status, streams, environment and working directory', async () => {
  const { code, out, err, log } = await run('env | sort; pwd; echo err >&2; exit 7');
  assert.deepEqual({ code, err, log }, { code: 7, err: ['err'], log: '' });
  assert.deepEqual(out, ['GIVEN=yes', 'HOME=/home/sandbox', 'PATH=/usr/bin:/bin', `PWD=${scratch}`, scratch]);
  assert.equal((await run('kill -9 $$')).code, 137);
});

test('a program that cannot be started is distinguished from one that fails', async () => {
  const jail = { ...jailOf(), mounts: rootMounts(etc), cwd: '/' };
  const { readStatus } = createJailer();
  const { code, log } = await run('', { jail, program: ['/usr/bin/no-such-program'] });
  assert.equal(readStatus(log, code), null);
  const failed = await run('exit 128');
  assert.deepEqual(readStatus(failed.log, failed.code), { exitCode: 128 });
});

test('it writes to its own folders and nowhere else', async () => {
  const places = ['/', '/usr/bin', '/etc', '/dev', tree, scratch, '/home/sandbox', '/dev/shm', writable];
  const { out } = await run(`for d in ${places.join(' ')}; do echo x 2>&- >$d/made && echo $d; done; exit 0`);
  // Files in /dev are the program's own memory: gVisor can have it with devices that open for writing, or read-only.
  assert.deepEqual(out, ['/dev', scratch, '/home/sandbox', '/dev/shm', writable]);
  assert.ok(!existsSync('/dev/made'));
  assert.ok(existsSync(path.join(writable, 'made')));
  assert.ok(!existsSync(path.join(scratch, 'made')));
});

test('/dev/null can be written, as programs that start others expect', async () => {
  const { out, err } = await run('echo away >/dev/null && echo done');
  assert.deepEqual([out, err], [['done'], []]);
});

test('scratch folders show what lies below, links included', async () => {
  const { out } = await run('cat data link; echo x >data; cat data');
  assert.deepEqual(out, ['data', 'data', 'data']);
});

test('it sees nothing of the host beyond its mounts', async (t) => {
  process.env['ALLOCGATE_TEST_SECRET'] = SECRET;
  t.after(() => delete process.env['ALLOCGATE_TEST_SECRET']);
  const { code, out } = await run(
    `cat ${dir}/outside /etc/shadow /proc/1/environ | tr '\\0' '\\n'; echo /home/* /proc/[0-9]*`,
  );
  assert.equal(code, 0);
  assert.ok(out.includes('GIVEN=yes'));
  assert.ok(
    !out.some((line) => line.includes('outside') || line.includes('root:') || line.includes(SECRET)),
    out.join('\n'),
  );
  assert.ok(!out.some((line) => line.includes(`/proc/${process.pid}`)), 'processes of the host are visible');
});

test('limits on files, open files, processes and temporary file systems hold', async () => {
  const { out } = await run(`head -c 3m /dev/zero >${writable}/big; wc -c <${writable}/big
head -c 3m /dev/zero >/home/sandbox/big 2>&-; wc -c </home/sandbox/big; ulimit -n; /bin/bash -c 'ulimit -u'`);
  assert.deepEqual(
    out.filter((line) => /^\d+$/u.test(line)),
    [String(2 * MIB), String(MIB), '64', '200'],
  );
});

test('there is no network but loopback, and no capability', async () => {
  const { out } =
    await run(`grep -E '^(CapEff|CapBnd):' /proc/self/status; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '
/bin/bash -c 'exec 3<>/dev/tcp/192.0.2.1/80' 2>&- && echo reached; exit 0`);
  const none = '0000000000000000';
  assert.deepEqual(out, [`CapEff:\t${none}`, `CapBnd:\t${none}`, 'lo']);
});

test('a listener of the host is reached with the network only', async (t) => {
  const server = createServer((socket) => socket.destroy());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const program = ['/bin/bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${address.port} && echo reached`];
  const outputs = [false, true].map(
    async (network) => (await run('', { program, jail: { ...jailOf(), network } })).out,
  );
  assert.deepEqual(await Promise.all(outputs), [[], ['reached']]);
});

test('the result file comes through descriptor 4, also of a program that failed, but not of one that was killed', async () => {
  const resultFile = '/home/sandbox/result';
  const script = `head -c 500000 /dev/zero | tr '\\0' r >${resultFile}; readlink /proc/self/fd/0`;
  const { out, result } = await run(script, { resultFile });
  assert.deepEqual(out, ['/dev/null']);
  assert.equal(result, 'r'.repeat(500_000));
  const failed = await run(`${script}; exit 1`, { resultFile });
  assert.equal(failed.result, 'r'.repeat(500_000));
  const killed = await run(`${script}; sleep 4713`, { resultFile }, 3000);
  assert.deepEqual([killed.ended, killed.result], ['timed-out', '']);
});

test('a program over its time is killed with its daemons', async () => {
  const { ended } = await run('setsid sleep 4711 & sleep 4711', {}, 3000);
  assert.equal(ended, 'timed-out');
});

test('kill -9 of its parent ends it', async () => {
  const { command, remove, bundle } = await prepare([
    '/bin/sh',
    '-c',
    'setsid sleep 4712 & echo started; sleep 4712',
  ]);
  const starter = spawn(process.execPath, ['-e', STARTER, ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => starter.stdout.once('data', resolve));
  assert.ok(findProcesses(bundle).length > 1);
  starter.kill('SIGKILL');
  await waitUntilGone(bundle);
  await remove();
  assert.ok(!existsSync(bundle));
});

const STARTER = `require('node:child_process').spawn(process.argv[1], process.argv.slice(2),
  { stdio: ['ignore', 'inherit', 'ignore', 'ignore'], env: {} }); setInterval(() => {}, 1000)`;
