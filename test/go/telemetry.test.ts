import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { withoutTelemetry } from '../../src/go/toolchain.ts';

test('a go command with a new HOME starts no process for telemetry', async () => {
  for (const [env, starts] of [
    [{}, true],
    [withoutTelemetry, false],
  ] as const) {
    const home = await mkdtemp(path.join(tmpdir(), 'allocgate-telemetry-'));
    try {
      const { PATH } = process.env;
      const { status } = spawnSync('go', ['list', 'fmt'], { env: { PATH, HOME: home, ...env } });
      assert.equal(status, 0);
      // The process takes this token before it sends anything.
      assert.equal(existsSync(path.join(home, '.config/go/telemetry/local/upload.token')), starts);
    } finally {
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    }
  }
});
