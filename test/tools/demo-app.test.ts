import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../support/app-process.ts';
import { createOpenFolder } from '../support/sandboxes.ts';

const DEMO = fileURLToPath(new URL('demo-app.ts', import.meta.url));

const moments = [
  { when: 'while the App starts', signal: 'SIGTERM', sign: /allocgate-demo-app-/u },
  { when: 'while the App reviews', signal: 'SIGINT', sign: /the App reviews it/u },
] as const;

for (const { when, signal, sign } of moments) {
  test(`${signal} ${when}: the App is ended and no folder left`, async (t) => {
    const temp = await createOpenFolder();
    t.after(temp.remove);
    const child = spawn(process.execPath, [DEMO], {
      env: { ...process.env, NODE_TEST_CONTEXT: '', TMPDIR: temp.dir },
      stdio: ['ignore', 'pipe', 'ignore'],
      // All that it starts can be found by its group.
      detached: true,
    });
    const group = -(child.pid ?? assert.fail());
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const list = async () => (await readdir(temp.dir)).join('\n');
    try {
      await until(
        async () => sign.test(output + (await list())),
        () => output,
      );
      child.kill(signal);
      assert.equal(await ended, 130);
      assert.equal(await list(), '');
      assert.throws(() => process.kill(group, 0), { code: 'ESRCH' });
    } finally {
      spawnSync('kill', ['-KILL', '--', String(group)]);
    }
  });
}
