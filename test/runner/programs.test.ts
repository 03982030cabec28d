import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

const UNSHARE = '/usr/bin/unshare';
const SCRIPT = path.resolve(import.meta.dirname, '../support/require-programs.ts');

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(path.join(tmpdir(), 'allocgate-programs-'));
  await chmod(bin, 0o755);
});
afterEach(() => rm(bin, { recursive: true }));

const put = (name: string, script: string): Promise<void> =>
  writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

/** Runs it with only the programs of `bin`. `nobody`: in a user namespace, where root has no power. */
function requirePrograms(who: 'as-we-are' | 'as-nobody' = 'as-we-are') {
  const file = who === 'as-nobody' ? UNSHARE : process.execPath;
  const args = who === 'as-nobody' ? ['--user', process.execPath, SCRIPT] : [SCRIPT];
  const { status, stdout, stderr } = spawnSync(file, args, { env: { PATH: bin }, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** The calls of apt-get, one per line. The packages that it installs work afterwards. */
const apt = (log: string): string =>
  `[ "$1" = --version ] && exit 0
echo "$@" >> ${log}
for name in bwrap runsc; do printf '#!/bin/sh\\n' > ${bin}/$name; /bin/chmod +x ${bin}/$name; done`;

/** What the machine has already. */
const present = ['go', 'git', 'initdb', 'postgres', 'zsh', 'fish'];

const asRoot = process.getuid?.() === 0;

test('root on Debian gets what is missing, with one line that says so; nothing is asked for twice', async () => {
  const log = path.join(bin, 'log');
  for (const name of present) await put(name, '');
  await put('apt-get', apt(log));
  const first = requirePrograms();
  if (!asRoot) {
    assert.deepEqual([first.status, first.stdout], [1, '']);
    return;
  }
  assert.deepEqual(first, {
    status: 0,
    stdout: 'Installing what the tests need: apt-get install bubblewrap runsc\n',
    stderr: '',
  });
  const asked = '-qq update\n-qq install -y --no-install-recommends bubblewrap runsc\n';
  assert.equal(await readFile(log, 'utf8'), asked);
  assert.deepEqual(requirePrograms(), { status: 0, stdout: '', stderr: '' });
  assert.equal(await readFile(log, 'utf8'), asked);
});

test('anybody else gets the line to type, and nothing is tried', async () => {
  for (const name of present) await put(name, '');
  await put('apt-get', '[ "$1" = --version ]');
  assert.deepEqual(requirePrograms('as-nobody'), {
    status: 1,
    stdout: '',
    stderr: 'The tests need bubblewrap, gVisor: sudo apt-get install bubblewrap runsc\n',
  });
});

test('what apt-get cannot install is reported, with its own words', async () => {
  for (const name of present) await put(name, '');
  await put('apt-get', '[ "$1" = --version ] && exit 0; echo "E: no network" >&2; exit 100');
  const { status, stderr } = requirePrograms();
  assert.equal(status, 1);
  if (asRoot) assert.match(stderr, /^E: no network$/mu);
  assert.match(stderr, /sudo apt-get install bubblewrap runsc\n$/u);
});

test('Go comes from its own site, and where there is no apt-get all is named', () => {
  const { status, stderr } = requirePrograms();
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^The tests need Go 1.24 or newer from https:\/\/go.dev\/dl, git, bubblewrap 0.8 or newer, gVisor/u,
  );
});
