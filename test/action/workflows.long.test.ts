import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('actionlint finds nothing in the workflows that others use or copy', async () => {
  const bin = await mkdtemp(path.join(tmpdir(), 'allocgate-actionlint-'));
  try {
    const run = promisify(execFile);
    const tool = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
    await run('go', ['install', tool], { env: { ...process.env, GOBIN: bin, GOFLAGS: '' } });
    const files = ['examples', '.github/workflows'].flatMap((folder) =>
      readdirSync(folder).map((name) => path.join(folder, name)),
    );
    // actionlint exits with 1 and prints what it finds.
    await run(path.join(bin, 'actionlint'), ['-shellcheck=', ...files]);
  } finally {
    await rm(bin, { recursive: true });
  }
});
