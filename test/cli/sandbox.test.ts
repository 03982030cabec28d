/** The messages of the command line if the sandbox works, is missing, is blocked, or does not isolate. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../src/sandbox/probe.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type GoRepository } from '../support/go-repository.ts';
import { createModule, type Result, run, withoutProgress, worse } from './support.ts';

let repository: GoRepository;
let dir = '';
let bwrap = '';
/** Starts a command line that finds no bubblewrap, wherever it is installed. */
let withoutBwrap: string[] = [];

before(async () => {
  bwrap =
    (await findProgram('bwrap')) ?? assert.fail('These tests need bubblewrap: apt-get install bubblewrap');
  withoutBwrap = [bwrap, '--dev-bind', '/', '/', '--ro-bind', '/dev/null', bwrap, '--'];
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-cli-test-'));
  await chmod(dir, 0o755);
  repository = await createGoRepository();
  await repository.commit(createModule());
  await repository.commit(createModule(worse));
});
after(async () => {
  await repository.remove();
  await rm(dir, { recursive: true, force: true });
});

/** An environment in which another program is found as `bwrap`. */
async function replaceBwrap(name: string, script: string): Promise<Record<string, string>> {
  const folder = path.join(dir, name);
  await mkdir(folder);
  await writeFile(path.join(folder, 'bwrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
}

/** The real one without one of its options, which has so many words. */
function forget(option: string, words: number): string {
  return `n=$#
while [ $n -gt 0 ]; do
  if [ "$1" = ${option} ]; then shift ${words}; n=$((n - ${words})); else set -- "$@" "$1"; shift; n=$((n - 1)); fi
done
exec ${bwrap} "$@"`;
}

const review = (options: Parameters<typeof run>[1] = {}, ...args: string[]): Promise<Result> =>
  run(['review', '--base', 'HEAD~1', ...args], { cwd: repository.dir, ...options });

const installation =
  /apt-get install bubblewrap \(Debian.*dnf install bubblewrap \(Fedora.*apk add bubblewrap \(Alpine/;

test('doctor tries the sandbox out, says that it works, and leaves nothing', async () => {
  const places = { TMPDIR: path.join(dir, 'tmp'), XDG_CACHE_HOME: path.join(dir, 'cache') };
  await mkdir(places.TMPDIR);
  const { status, stdout, stderr } = await run(['doctor'], { env: places });
  assert.deepEqual([status, withoutProgress(stderr)], [0, '']);
  assert.match(stdout, /^✓ Go \d.*\n✓ git version \d/);
  assert.match(stdout, /^✓ bubblewrap works and is used\n {4}no network, a read-only root/m);
  const left = [
    await readdir(places.TMPDIR),
    await readdir(path.join(places.XDG_CACHE_HOME, 'allocgate', 'runs')),
  ];
  assert.deepEqual(left, [[], []]);
});

test('without bubblewrap nothing is reviewed, and the message says how to install it', async () => {
  const { status, stdout, stderr } = await review({ inside: withoutBwrap });
  assert.deepEqual([status, stdout], [3, '']);
  assert.match(stderr, /^allocgate: The sandbox needs bwrap, which is not installed\.\n/);
  assert.match(stderr, installation);
  assert.match(stderr, /--no-sandbox/);
  const doctor = await run(['doctor'], { inside: withoutBwrap });
  assert.equal(doctor.status, 3);
  assert.match(doctor.stdout, /^✗ bubblewrap: The sandbox needs bwrap, which is not installed\.\n/m);
  assert.match(doctor.stdout, installation);
});

test('without bubblewrap --no-sandbox reviews anyway, and the report says so', async () => {
  const { status, stdout, stderr } = await review({ inside: withoutBwrap }, '--no-sandbox');
  assert.deepEqual([status, withoutProgress(stderr)], [1, '']);
  assert.match(stdout, /\bwithout a sandbox\b/);
});

test('without bubblewrap the demo still shows what it has to show, and says how it ran', async () => {
  const { status, stdout, stderr } = await run(['demo'], { inside: withoutBwrap });
  assert.equal(status, 0);
  assert.match(stderr, installation);
  assert.match(stderr, /The demo runs unsandboxed/);
  assert.match(stdout, /^FAIL: 2 of 4 benchmarks allocate more/);
  assert.match(stdout, /\bwithout a sandbox\b/);
});

test('a bubblewrap that the container stops is reported with the options to set', async () => {
  const words =
    'bwrap: No permissions to create a new namespace, likely because the kernel does not allow them';
  const env = {
    ...(await replaceBwrap('blocked', `echo '${words}' >&2; exit 1`)),
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
  };
  const { status, stdout, stderr } = await review({ env });
  assert.deepEqual([status, stdout], [3, '']);
  assert.ok(stderr.includes(words), stderr);
  assert.match(
    stderr,
    /This container cannot create namespaces\. In Docker, add --security-opt seccomp=unconfined/,
  );
});

test('where the kernel itself refuses namespaces, as in a container, the same is reported', async () => {
  const inside = [
    bwrap,
    '--unshare-user',
    '--disable-userns',
    '--uid',
    '1000',
    '--gid',
    '1000',
    '--dev-bind',
    '/',
    '/',
  ];
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', XDG_CACHE_HOME: path.join(dir, 'nested') };
  const { status, stdout } = await run(['doctor'], { inside: [...inside, '--'], env });
  assert.equal(status, 3);
  assert.match(
    stdout,
    /^✗ bubblewrap: The sandbox could not start a program: bwrap: .*namespace.*\n {4}This container/m,
  );
  assert.match(stdout, /--security-opt systempaths=unconfined/);
  assert.doesNotMatch(stdout, /bug in allocgate/);
});

test('a folder that is closed to the sandbox is reported with the folder, whichever tier is asked for', async () => {
  const closed = path.join(dir, 'closed');
  await mkdir(path.join(closed, 'tmp'), { recursive: true });
  await chmod(closed, 0o700);
  for (const tier of ['bubblewrap', 'gvisor']) {
    const settings = path.join(dir, `${tier}.yml`);
    await writeFile(settings, `sandbox: ${tier}\n`);
    const env = { TMPDIR: path.join(closed, 'tmp'), ALLOCGATE_SETTINGS: settings };
    const { status, stderr } = await review({ env });
    // Only root becomes another user, to whom a folder can be closed.
    const isRoot = process.getuid?.() === 0;
    assert.equal(status, isRoot ? 3 : 1, tier);
    const words = isRoot ? /user cannot enter a folder that it needs: .*closed\/tmp.*\n.*chmod o\+x/ : /^$/;
    assert.match(stderr, words, tier);
  }
});

test('a bubblewrap that leaves a measure out is not used, and the measure is named', async () => {
  const cases: [string, string, RegExp][] = [
    ['unfiltered', forget('--seccomp', 2), /as it should: the system call filter is not active/],
    ['writable', forget('--remount-ro', 2), /as it should: programs can write to the root/],
    // Without any isolation. If the machine has no network, the missing filter is reported.
    [
      'liar',
      'while [ "$1" != -- ]; do shift; done; shift; "$@"; s=$?; echo "{ \\"exit-code\\": $s }" >&3; exit $s',
      /as it should: (?:programs have a network|the system call filter is not active)/,
    ],
  ];
  for (const [name, script, promise] of cases) {
    const { status, stdout, stderr } = await review({ env: await replaceBwrap(name, script) });
    assert.deepEqual([status, stdout], [3, ''], name);
    assert.match(stderr, promise, name);
  }
});

test('settings that are asked for must be there and be right', async () => {
  const missing = path.join(dir, 'none.yml');
  const first = await review({ env: { ALLOCGATE_SETTINGS: missing } });
  assert.deepEqual([first.status, first.stdout], [2, '']);
  assert.equal(
    first.stderr,
    `allocgate: Cannot read the settings ${missing}: no such file or directory.\nPass a file that you can read: ALLOCGATE_SETTINGS=FILE\n`,
  );
  const wrong = path.join(dir, 'wrong.yml');
  await writeFile(wrong, 'sandbox: gvisr\n');
  const second = await review({ env: { ALLOCGATE_SETTINGS: wrong } });
  assert.equal(second.status, 2);
  assert.match(second.stderr, /wrong\.yml:1:10: "sandbox" must be one of .* Did you mean "gvisor"\?\n/);
});

test('settings in the usual place need not be there, and count if they are', async () => {
  const env = { XDG_CONFIG_HOME: path.join(dir, 'config'), ALLOCGATE_SETTINGS: '' };
  const file = path.join(env.XDG_CONFIG_HOME, 'allocgate', 'settings.yml');
  assert.ok((await run(['doctor'], { env })).stdout.includes(`defaults; to change them, create ${file}`));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, 'sandbox: none\n');
  const { status, stdout } = await run(['doctor'], { env });
  assert.equal(status, 0);
  assert.match(stdout, /only for code that you trust\.\n$/);
});

test('config schema --settings prints the schema of the settings', async () => {
  const { status, stdout } = await run(['config', 'schema', '--settings']);
  assert.equal(status, 0);
  const { properties } = JSON.parse(stdout);
  assert.deepEqual(properties.sandbox.enum, ['bubblewrap', 'gvisor', 'none']);
  assert.ok('memoryMiB' in properties.limits.properties);
});

test('on another platform it says what this machine is, what differs, and how to use the container', async () => {
  const pretend = `Object.defineProperty(process,"platform",{value:"darwin"});Object.defineProperty(process,"arch",{value:"arm64"})`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretend)}` };
  const message = /The sandbox needs Linux on amd64; this machine is darwin\/arm64\./;
  const container =
    /Sizes and inlining can differ .* docker run --rm --platform linux\/amd64 .* allocgate review/;
  const refused = await review({ env });
  assert.equal(refused.status, 3);
  for (const said of [message, container, /--no-sandbox/]) assert.match(refused.stderr, said);
  const { status, stdout } = await run(['doctor'], { env });
  assert.equal(status, 3);
  assert.match(stdout, message);
  assert.equal(stdout.match(/docker run/gu)?.length, 1, stdout);
});
