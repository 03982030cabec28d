import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../src/errors.ts';
import type { BuildContext } from '../../src/go/go-command.ts';
import { listPackages, type PackageList } from '../../src/go/packages.ts';
import { buildEnvironment, findToolchain, type GoFolders } from '../../src/go/toolchain.ts';
import { stateDir } from '../../src/state-dir.ts';
import { after, before } from '../support/hooks.ts';
import { createTestSandbox, stageLimits } from '../support/sandboxes.ts';

const files: Record<string, string> = {
  'go.mod': 'module example.com/p\n\ngo 1.24\n',
  'leaf/leaf.go': 'package leaf\n\nfunc New() *int { return new(int) }\n',
  'leaf/leaf_test.go': 'package leaf\n\nimport "testing"\n\nfunc BenchmarkNew(b *testing.B) { New() }\n',
  'user/user.go': 'package user\n\nimport "example.com/p/leaf"\n\nfunc Use() int { return *leaf.New() }\n',
  'user/user_test.go':
    'package user_test\n\nimport (\n\t"testing"\n\n\t"example.com/p/user"\n)\n\nfunc BenchmarkUse(b *testing.B) { user.Use() }\n',
  'only/only_test.go':
    'package only\n\nimport (\n\t"testing"\n\n\t"example.com/p/leaf"\n)\n\nfunc BenchmarkNew(b *testing.B) { leaf.New() }\n',
  'alone/alone.go': 'package alone\n',
  'alone/alone_test.go':
    '// No setting.\npackage alone\n\nimport "testing"\n\nfunc TestNothing(t *testing.T) {}\n',
  'broken/broken.go': 'package broken\n\nfunc F() { return 1 }\n',
  'badtest/ok.go': 'package badtest\n',
  'badtest/bad_test.go': 'package badtest\n\nfunc F() { missing() }\n',
};

let dir: string;

async function list(
  name: string,
  changes: Record<string, string> = {},
): Promise<PackageList & { diagnostics: string[] }> {
  const treeDir = path.join(dir, name);
  for (const [file, text] of Object.entries({ ...files, ...changes })) {
    await mkdir(path.dirname(path.join(treeDir, file)), { recursive: true });
    await writeFile(path.join(treeDir, file), text);
  }
  const { sandbox } = await createTestSandbox('none');
  const toolchain = await findToolchain(new AbortController().signal);
  const folders: GoFolders = {
    buildCache: path.join(stateDir(), 'trusted-code-build'),
    baseCaches: [],
    moduleCache: toolchain.settings['GOMODCACHE'] ?? '',
    temp: dir,
    compilers: null,
  };
  const context: BuildContext = {
    sandbox,
    toolchain,
    folders,
    limits: stageLimits,
    treeDir,
    module: { path: 'example.com/p', dir: '.' },
    modulePaths: ['example.com/p'],
    env: buildEnvironment(toolchain, sandbox, folders, 'off'),
    tags: [],
  };
  const diagnostics: string[] = [];
  return { ...(await listPackages(context, ['./...'], (line) => diagnostics.push(line))), diagnostics };
}

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
});

after(() => rm(dir, { recursive: true }));

test('equal sources in different directories have equal content, and a change moves what depends on it', async () => {
  const first = await list('first');
  const second = await list('second');
  const changed = await list('changed', {
    'leaf/leaf.go': 'package leaf\n\nfunc New() *int { return new(int) }\n\nvar More = 1\n',
  });
  const testIds = ({ packages }: PackageList): unknown[] =>
    ['leaf', 'user', 'alone'].map((name) => packages.get(`example.com/p/${name}`)?.testId);
  assert.deepEqual(testIds(first), testIds(second));
  const [leaf, user, alone] = testIds(first);
  assert.notEqual(testIds(changed)[0], leaf);
  assert.notEqual(testIds(changed)[1], user);
  assert.equal(testIds(changed)[2], alone);

  // A package that only holds tests has no code of its own that could differ.
  const onlyTests = ({ packages }: PackageList) => packages.get('example.com/p/only');
  const edited = await list('edited', {
    'only/only_test.go': `${files['only/only_test.go']}var more = 1\n`,
    'alone/alone_test.go':
      files['alone/alone_test.go']?.replace('// No setting.', '//go:debug asynctimerchan=1') ?? '',
  });
  assert.notEqual(testIds(edited)[2], alone, 'the linker adds the setting to the same code');
  assert.equal(onlyTests(first)?.contentId, '');
  assert.ok(onlyTests(first)?.codeId);
  assert.notEqual(onlyTests(edited)?.testId, onlyTests(first)?.testId);
  assert.equal(onlyTests(edited)?.codeId, onlyTests(first)?.codeId);
  assert.notEqual(onlyTests(changed)?.codeId, onlyTests(first)?.codeId);

  // The compiler's decisions come also when everything is cached, with positions by import path.
  assert.ok(
    second.diagnostics.some((line) =>
      /^example\.com\/p\/leaf\/leaf\.go:3:\d+: new\(int\) escapes to heap$/u.test(line),
    ),
  );

  const broken = first.packages.get('example.com/p/broken');
  assert.equal(broken?.contentId, null);
  assert.ok(broken.errors.some((line) => line.includes('broken.go:3:19: too many return values')));
  const badTest = first.packages.get('example.com/p/badtest');
  assert.deepEqual([badTest?.errors, badTest?.testId], [[], null]);
  assert.ok(badTest?.testErrors.some((line) => line.includes('undefined: missing')));
  assert.deepEqual(first.packages.get('example.com/p/user')?.testFiles, ['user_test.go']);
  assert.equal(first.dirs.get('example.com/p/user'), 'user');

  // What counters need is compiled with base, so that later reviews find it.
  assert.ok(first.names.has('internal/coverage/cfile'));
});

test('a go.mod that asks for a newer Go is distinguished', async () => {
  await assert.rejects(
    list('newer', { 'go.mod': 'module example.com/p\n\ngo 1.999\n' }),
    (error) =>
      error instanceof Failure && error.reason.code === 'go-too-old' && error.reason.facts.needs === '1.999',
  );
});

test('no message names the folder that the tree was exported to', async () => {
  await assert.rejects(
    list('unclosed', { 'go.mod': 'module example.com/p\n\ngo 1.24\n\nrequire (\n' }),
    (error) => {
      assert.ok(error instanceof Failure && error.reason.code === 'go-failed');
      const lines = error.reason.facts.output.join('\n');
      assert.match(lines, /unterminated block started at go\.mod:5:1/u);
      assert.ok(!lines.includes(dir), lines);
      return true;
    },
  );
  const { packages } = await list('missing', {
    'leaf/x.go': 'package leaf\n\nimport _ "example.com/p/nowhere"\n',
  });
  const lines = packages.get('example.com/p/leaf')?.errors.join('\n') ?? '';
  assert.match(lines, /nowhere/u);
  assert.ok(!lines.includes(dir), lines);
});
