import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { configSchema } from '../../src/config/schema.ts';
import type { Warning } from '../../src/report/model/review.ts';
import { warnOfConfig } from '../../src/review/config-warnings.ts';
import { loadRules } from '../../src/review/rule-files.ts';

let headTree: string;
beforeEach(async () => {
  headTree = await mkdtemp(path.join(tmpdir(), 'allocgate-config-'));
});
afterEach(() => rm(headTree, { recursive: true, force: true }));

const { rules } = await loadRules();
const declared = ['BenchmarkEncode', 'BenchmarkDecode'].map((name) => ({
  package: { dir: 'codec', module: { path: 'example.com/m', dir: '.' } },
  name,
  inside: null,
}));

function warn(config: object, headText: string | null = null): Promise<Warning[]> {
  return warnOfConfig({
    config: configSchema.parse(config),
    headText,
    headTree,
    rules,
    listDeclared: () => Promise.resolve(declared),
  });
}

const overrides = (...globs: string[]) => ({
  thresholds: { overrides: globs.map((benchmark) => ({ benchmark, allocs: { increase: 2 } })) },
});

test('a config with nothing wrong is not spoken of', async () => {
  await mkdir(path.join(headTree, '.github'));
  await writeFile(path.join(headTree, '.github', 'allocgate.yml'), 'gate: fail\n');
  await writeFile(path.join(headTree, '.github', 'dependabot.yml'), '');
  assert.deepEqual(await warn({}, 'gate: fail\n'), []);
});

test('what is wrong with the config of head is reported before it is merged', async () => {
  const problem = '.github/allocgate.yml:2:1: "gait" is not a known key. Did you mean "gate"?';
  assert.deepEqual(await warn({}, 'gate: fail\ngait: pass\n'), [{ kind: 'head-config', problem }]);
});

test('files that are named nearly as the config are reported', async () => {
  await mkdir(path.join(headTree, '.github'));
  const names = [
    '.github/allocgate.yaml',
    '.github/Allocgate.yml',
    '.allocgate.yml',
    'alloc-gate.toml',
    'allocgate.go',
  ];
  for (const name of names) await writeFile(path.join(headTree, name), '');
  const found = (await warn({})).map((warning) =>
    warning.kind === 'config-name' ? warning.found : warning.kind,
  );
  assert.deepEqual(found.sort(), [
    '.allocgate.yml',
    '.github/Allocgate.yml',
    '.github/allocgate.yaml',
    'alloc-gate.toml',
  ]);
});

test('globs that match no benchmark are reported, and no others', async () => {
  const matching = [
    'example.com/m/codec.BenchmarkEncode',
    'example.com/m/codec.BenchmarkEncode/small-*',
    'example.com/m/codec.BenchmarkEncode/a/b',
    'example.com/m/codec.*',
    'example.com/m/**',
    '**/codec.BenchmarkDecode/*',
    'example.com/m/codec.Benchmark{En,De}code',
  ];
  assert.deepEqual(
    await warn({ ...overrides(...matching), contracts: [{ benchmark: matching[0], allocs: 0 }] }),
    [],
  );
  assert.deepEqual(
    await warn({
      ...overrides('example.com/m/codec.BenchmarkGone', 'codec.BenchmarkEncode'),
      contracts: [{ benchmark: 'BenchmarkDecode', allocs: 0 }],
    }),
    [
      { kind: 'unmatched-glob', key: 'thresholds.overrides', glob: 'example.com/m/codec.BenchmarkGone' },
      { kind: 'unmatched-glob', key: 'thresholds.overrides', glob: 'codec.BenchmarkEncode' },
      { kind: 'unmatched-glob', key: 'contracts', glob: 'BenchmarkDecode' },
    ],
  );
});

test('a choice that leaves no rule is reported', async () => {
  const [first] = rules;
  assert.ok(first);
  assert.deepEqual(await warn({ rules: { only: [first.id], disable: [first.id] } }), [{ kind: 'no-rules' }]);
});
