import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/load.ts';
import { chooseModules } from '../../src/review/choose-modules.ts';

const outer = { 'go.mod': 'module example.com/m\n', 'm.go': 'package m\n' };
const inner = {
  'tools/go.mod': 'module example.com/tools\n',
  'tools/t_test.go': 'package tools\n\nfunc BenchmarkTool(b *testing.B) {}\n',
};

async function writeTree(dir: string, files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), text);
  }
  return dir;
}

/** The warnings about the modules of two trees. Files that both have are equal. */
async function warnAbout(
  files: { base: Record<string, string>; head: Record<string, string> },
  { modules = 'auto', subdir = '' }: { modules?: string; subdir?: string } = {},
): Promise<string[]> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-modules-'));
  try {
    const trees = {
      base: await writeTree(path.join(dir, 'base'), files.base),
      head: await writeTree(path.join(dir, 'head'), files.head),
    };
    const gone = Object.keys(files.base).filter((name) => !(name in files.head));
    const diff = gone.map((name) => ({ basePath: name, headPath: null, binary: false, hunks: [] }));
    const config = parseConfig(`benchmarks: { modules: ${modules} }`, 'allocgate.yml');
    assert.ok(!('problems' in config));
    const repository = { subdir, theirs: { cwd: '.', env: {}, signal: new AbortController().signal } };
    const { warnings } = await chooseModules(trees, diff, gone, { config, repository });
    return warnings.map((one) => `${one.kind} ${'module' in one ? one.module : ''}`);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('a module that head no longer has is named if it had benchmarks', async () => {
  const base = { ...outer, ...inner };
  const removed = ['module-removed example.com/tools'];
  assert.deepEqual(await warnAbout({ base, head: outer }), removed);
  assert.deepEqual(await warnAbout({ base, head: base }), []);
  const silent = { ...base, 'tools/t_test.go': 'package tools\n' };
  assert.deepEqual(await warnAbout({ base: silent, head: outer }), []);
  const moved = { ...outer, 'tools/t_test.go': inner['tools/t_test.go'] };
  assert.deepEqual(await warnAbout({ base, head: moved }), [], 'its packages are still there');
  assert.deepEqual(await warnAbout({ base, head: outer }, { modules: '[.]' }), [], 'nobody asked for it');
  const missing = ['module-missing tools'];
  assert.deepEqual(await warnAbout({ base, head: outer }, { modules: '[., tools]' }), missing);
  assert.deepEqual(await warnAbout({ base, head: outer }, { subdir: 'tools' }), removed);
  assert.deepEqual(await warnAbout({ base, head: outer }, { subdir: 'other' }), []);
});
