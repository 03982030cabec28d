import { spawnSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * `npm run golden`: writes test/golden anew, by running the tests that compare with it. Files that no test uses are
 * removed. `git diff` then shows what changed for readers.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = path.join(root, 'test/golden');

const tests = globSync('test/**/*.test.ts', { cwd: root }).filter((file) =>
  readFileSync(path.join(root, file), 'utf8').includes('support/golden.ts'),
);
for (const name of readdirSync(folder)) rmSync(path.join(folder, name));
const { status } = spawnSync(process.execPath, ['--test', '--test-isolation=none', ...tests], {
  cwd: root,
  env: { ...process.env, GOLDEN: 'update' },
  stdio: 'inherit',
});
spawnSync('git', ['status', '--short', '--', 'test/golden'], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
