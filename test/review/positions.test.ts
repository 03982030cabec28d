import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createResolver } from '../../src/review/positions.ts';
import { after, before } from '../support/hooks.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-positions-'));
  for (const folder of ['tree/a', 'tree/shared']) await mkdir(path.join(dir, folder), { recursive: true });
  await writeFile(path.join(dir, 'outside.go'), 'package a\n');
  await writeFile(path.join(dir, 'tree/shared/enc.go.txt'), 'package a\n\nvar X int\n');
  await writeFile(path.join(dir, 'tree/a/own.go'), 'package a\n');
  for (const [link, target] of Object.entries({
    linked: '../shared/enc.go.txt',
    out: '../../outside.go',
    gone: 'missing.go',
    folder: '../shared',
  })) {
    await symlink(target, path.join(dir, 'tree/a', `${link}.go`));
  }
});
after(() => rm(dir, { recursive: true }));

test('a position names a file of its package, also one that is a link to a file of the tree', () => {
  const resolve = createResolver({
    context: { treeDir: path.join(dir, 'tree') },
    list: { dirs: new Map([['example.com/m/a', 'a']]) },
  });
  assert.deepEqual(resolve('example.com/m/a/own.go'), { file: 'a/own.go', lines: 1 });
  assert.deepEqual(resolve('example.com/m/a/linked.go'), { file: 'a/linked.go', lines: 3 });
  for (const name of ['out.go', 'gone.go', 'folder.go']) {
    assert.equal(resolve(`example.com/m/a/${name}`), null, name);
  }
});
