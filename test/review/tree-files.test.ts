import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { findFiles } from '../../src/review/tree-files.ts';

async function listFound(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of findFiles(root, '.go')) found.push(file);
  return found.sort();
}

test('finds files at any depth, but no hidden ones, and follows no link to a folder', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'allocgate-files-'));
  try {
    await mkdir(path.join(root, 'a/b'), { recursive: true });
    await mkdir(path.join(root, '.git'));
    for (const name of ['m.go', 'm.md', 'a/b/c_test.go', '.git/x.go', 'a/.y.go'])
      await writeFile(path.join(root, name), '');
    await symlink('..', path.join(root, 'a/up'));
    assert.deepEqual(await listFound(root), ['a/b/c_test.go', 'm.go']);
    assert.deepEqual(await listFound(path.join(root, 'none')), []);
  } finally {
    await rm(root, { recursive: true });
  }
});
