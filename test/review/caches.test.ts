import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { trimCaches } from '../../src/review/caches.ts';
import { createOpenFolder } from '../support/sandboxes.ts';

const DAY_MS = 24 * 60 * 60_000;

/** A new folder for what is kept between reviews, until the test ends. */
async function openState(t: TestContext): Promise<string> {
  const { dir, remove } = await createOpenFolder();
  const before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = dir;
  t.after(async () => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    await remove();
  });
  return dir;
}

test('mirrors that were not used for long go, and what a killed process left beside them', async (t) => {
  const dir = await openState(t);
  const mirrors = path.join(dir, 'allocgate', 'mirrors');
  const days: Record<string, number> = {
    'github.com/1.git': 5,
    'github.com/2.git': 40,
    'github.com/3.git.old-0a1b2c3d': 40,
    'github.com/3.git.new-0a1b2c3d': 5,
    '4.git': 40,
    '5.git': 0,
  };
  for (const [name, age] of Object.entries(days)) {
    const at = path.join(mirrors, name);
    await mkdir(path.join(at, 'objects'), { recursive: true });
    await writeFile(path.join(at, 'HEAD'), '');
    const time = new Date(Date.now() - age * DAY_MS);
    await utimes(at, time, time);
  }
  await trimCaches({ maxMiB: 1, maxDays: 30 });
  assert.deepEqual((await readdir(mirrors)).sort(), ['5.git', 'github.com']);
  const names = await readdir(path.join(mirrors, 'github.com'));
  assert.deepEqual(names.sort(), ['1.git', '3.git.new-0a1b2c3d']);
});

test('compilations of all pull requests share one limit', async (t) => {
  const dir = await openState(t);
  const build = path.join(dir, 'allocgate', 'build');
  const entry = `${'0'.repeat(64)}-d`;
  for (const [index, name] of ['head-older', 'head-newer', 'own'].entries()) {
    const at = path.join(build, name, '00', entry);
    await mkdir(path.dirname(at), { recursive: true });
    await writeFile(at, Buffer.alloc(700 << 10));
    const time = new Date(Date.now() - (2 - index) * DAY_MS);
    await utimes(at, time, time);
  }
  await trimCaches({ maxMiB: 1, maxDays: 30 });
  assert.deepEqual((await readdir(build)).sort(), ['head-newer', 'own']);
});
