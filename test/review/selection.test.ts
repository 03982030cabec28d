import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../src/errors.ts';
import {
  isSelectionReached,
  readSelection,
  requireBenchmark,
  requirePackages,
} from '../../src/review/selection.ts';
import { after, before } from '../support/hooks.ts';

const declare = (...names: string[]): string =>
  `package p\n\n${names.map((name) => `func ${name}(b *testing.B) {\n}\n`).join('\n')}`;

const parts = (name: string): string =>
  `func BenchmarkParts(b *testing.B) {\n\tb.Run("${name}", func(b *testing.B) {})\n}\n`;

const head: Record<string, string> = {
  'm.go': 'package m\n',
  'codec/codec.go': 'package codec\n',
  'codec/codec_test.go': declare('BenchmarkEncode', 'BenchmarkDecode'),
  'codec/parts_test.go': `package p\n\n${parts('small')}`,
  'codec/parts_windows_test.go': `package p\n\n${parts('large')}`,
  'codec/computed_test.go': `package p\n\n${parts('x').replace('"x"', 'x')}`.replace('Parts', 'Computed'),
  'v2/wire/wire.go': 'package wire\n',
  'v2/wire/wire_test.go': declare('BenchmarkWire'),
};
const base: Record<string, string> = { ...head, 'old/old_test.go': declare('BenchmarkOld') };
const outer = { path: 'example.com/m', dir: '.' };
const nested = { path: 'example.com/m/v2', dir: 'v2' };
const modules = { base: [outer, nested], head: [outer, nested], chosen: [outer, nested] };

let dir = '';
const trees = () => ({ base: path.join(dir, 'base'), head: path.join(dir, 'head') });
const read = (packages: string[], run = '.') => readSelection(trees(), modules, { packages, run });

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-selection-'));
  for (const [side, files] of Object.entries({ base, head })) {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(dir, side, file)), { recursive: true });
      await writeFile(path.join(dir, side, file), text);
    }
  }
});
after(() => rm(dir, { recursive: true, force: true }));

test('packages of either side count, and those of each module by its own folder', async () => {
  assert.deepEqual(
    (await read(['./...', './codec', './old', './wire', 'example.com/m/v2/wire'])).unmatched,
    [],
  );
  assert.deepEqual((await read(['./codek/...', './v2/wire', 'codec', './nothing/like/it'])).unmatched, [
    { pattern: './codek/...', similar: './codec/...', module: null },
    { pattern: './v2/wire', similar: './wire', module: 'v2' },
    { pattern: 'codec', similar: './codec', module: null },
    { pattern: './nothing/like/it', similar: null, module: null },
  ]);
});

test('benchmarks are looked for in the chosen packages alone', async () => {
  const names = async (packages: string[], run: string) =>
    (await read(packages, run)).matched.map(({ name }) => name);
  assert.deepEqual(await names(['./...'], 'code$'), ['BenchmarkEncode', 'BenchmarkDecode']);
  assert.deepEqual(await names(['./...'], 'Old|Wire/x'), ['BenchmarkOld', 'BenchmarkWire']);
  assert.deepEqual(await names(['./codec'], 'Wire'), []);
  const left = await read(['./...'], 'Encode');
  assert.equal(isSelectionReached(left, [outer], []), true);
  assert.equal(isSelectionReached(left, [outer], ['example.com/m/codec']), false);
  assert.equal(isSelectionReached(left, [nested], []), false);
});

test('what was typed and finds nothing is bad usage, with what was meant', async () => {
  const problemOf = (work: () => void) => {
    try {
      work();
    } catch (error) {
      return error instanceof Failure && error.reason.code === 'bad-option'
        ? error.reason.facts.problem
        : error;
    }
    return null;
  };
  const benchmark = async (run: string) => {
    const selected = await read(['./...'], run);
    return problemOf(() => requireBenchmark(selected, run));
  };
  const kind = 'matches-no-benchmark';
  assert.deepEqual(await benchmark('Dekode'), { kind, similar: 'BenchmarkDecode' });
  assert.deepEqual(await benchmark('^BenchmarkEncoed$/small'), { kind, similar: 'BenchmarkEncode' });
  assert.deepEqual(await benchmark('Quux'), { kind, similar: null });
  assert.equal(await benchmark('Decode'), null);
  const missed = { kind: 'matches-no-sub-benchmark' };
  assert.deepEqual(await benchmark('Decode/small'), missed);
  assert.deepEqual(await benchmark('Parts/nothing|Decode/small'), missed);
  // One side has the sub-benchmark, a file for another system has one, or the source does not tell.
  for (const run of ['Parts/^small$', 'Parts/lar.e', 'Parts/#01', 'Quux|Parts/small/x', 'Computed/x', '/x']) {
    assert.equal(await benchmark(run), null, run);
  }
  const selected = await read(['./kodec']);
  assert.deepEqual(
    problemOf(() => requirePackages(selected)),
    { kind: 'matches-no-package', similar: './codec', module: null },
  );
});
