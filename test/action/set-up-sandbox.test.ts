import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

// The programs of a runner are stand-ins that note how they are called; which of them makes bubblewrap work is the scenario.

type Machine = {
  /** What bubblewrap needs to start: nothing, the profile, or the sysctl; or it cannot start at all. */
  works: 'at once' | 'with the profile' | 'with the sysctl' | 'never';
  apparmor?: boolean;
};

async function setUp({ works, apparmor = true }: Machine): Promise<{ status: number; calls: string[] }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-set-up-'));
  try {
    const calls = path.join(dir, 'calls');
    const ready = path.join(dir, 'ready');
    await writeFile(calls, '');
    if (works === 'at once') await writeFile(ready, '');
    const note = `echo "$(basename "$0") $*" >> ${calls}`;
    const make = (name: string, script: string): Promise<void> =>
      writeFile(path.join(dir, name), `#!/bin/sh\n${script}\n`).then(() =>
        chmod(path.join(dir, name), 0o755),
      );
    await make('bwrap', `[ -e ${ready} ]`);
    await make('sudo', `${note}; exec "$@"`);
    await make('tee', 'cat > /dev/null');
    await make('sysctl', works === 'with the sysctl' ? `: > ${ready}` : ':');
    if (apparmor) await make('apparmor_parser', works === 'with the profile' ? `: > ${ready}` : ':');
    const status = await new Promise<number>((resolve) => {
      const env = { PATH: `${dir}:/usr/bin:/bin` };
      execFile('bash', ['src/action/set-up-sandbox.sh'], { env }, (error) =>
        resolve(typeof error?.code === 'number' ? error.code : error ? -1 : 0),
      );
    });
    return { status, calls: (await readFile(calls, 'utf8')).trim().split('\n').filter(Boolean) };
  } finally {
    await rm(dir, { recursive: true });
  }
}

const profile = ['sudo tee /etc/apparmor.d/bwrap', 'sudo apparmor_parser --replace /etc/apparmor.d/bwrap'];
const sysctl = 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0';

test('nothing is changed where bubblewrap works', async () => {
  assert.deepEqual(await setUp({ works: 'at once' }), { status: 0, calls: [] });
});

test('a profile for bubblewrap alone comes before lifting the restriction for all', async () => {
  assert.deepEqual(await setUp({ works: 'with the profile' }), { status: 0, calls: profile });
  assert.deepEqual(await setUp({ works: 'with the sysctl' }), { status: 0, calls: [...profile, sysctl] });
});

test('without AppArmor’s parser only the restriction is left, and a machine where nothing helps fails the step', async () => {
  const machine = { works: 'with the sysctl', apparmor: false } as const;
  assert.deepEqual(await setUp(machine), { status: 0, calls: [sysctl] });
  assert.notEqual((await setUp({ works: 'never' })).status, 0);
});
