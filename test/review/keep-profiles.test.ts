import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { keepProfilesIn } from '../../src/review/keep-profiles.ts';
import { after, before } from '../support/hooks.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-profiles-'));
});
after(() => rm(dir, { recursive: true }));

test('each profile is a file of the folder, whatever its benchmark is called', async () => {
  const folder = path.join(dir, 'a', 'b');
  const keep = await keepProfilesIn(folder);
  const bytes = Buffer.from('profile');
  const clashing = [
    'BenchmarkX/small',
    'BenchmarkX?small',
    'BenchmarkX_small',
    'BenchmarkX_small/a',
    'BenchmarkX/small_a',
  ];
  const names = [...clashing, '../../../etc/x', 'B'.repeat(300), 'B'.repeat(301), '..'];
  for (const name of names) await keep({ package: 'example.com/m', name, side: 'head', bytes });
  await keep({ package: 'example.com/m', name: 'BenchmarkX/small', side: 'base', bytes });
  const files = await readdir(folder);
  assert.equal(files.length, names.length + 1);
  assert.ok(files.includes('example.com_m.BenchmarkX_small.base.pb.gz'));
  for (const file of files) {
    assert.match(file, /^[\w.-]{1,180}\.(?:base|head)\.pb\.gz$/u);
    assert.equal(gunzipSync(await readFile(path.join(folder, file))).toString(), 'profile');
  }
});

test('a folder that cannot be made is reported before anything is measured', async () => {
  const file = path.join(dir, 'file');
  await writeFile(file, '');
  await assert.rejects(keepProfilesIn(path.join(file, 'profiles')), { code: 'output-not-writable' });
  await assert.rejects(keepProfilesIn(file), {
    reason: { code: 'output-not-writable', facts: { path: file, reason: 'it is a file', isFolder: true } },
  });
  // Node's recursive mkdir never ends there.
  await assert.rejects(keepProfilesIn('/proc/allocgate/profiles'), { code: 'output-not-writable' });
});
