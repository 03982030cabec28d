import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delta } from '../../src/compare/types.ts';
import { findBroken, type BrokenTask } from '../../src/rules/broken.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { amount, buildDelta } from '../support/review-data.ts';
import { grammar } from './match-input.ts';

const files: Record<string, string> = {
  'sub/key/key.go':
    'package key\n\nfunc Key(n int) int {\n\tif n > 3 {\n\t\tpanic("large")\n\t}\n\treturn n\n}\n',
  'sub/key/key_test.go':
    'package key\n\nimport "testing"\n\nfunc BenchmarkKey(b *testing.B) {\n\tfor b.Loop() {\n\t\tKey(5)\n\t}\n}\n',
};

const broken = (name: string, detail: string, changes: Partial<Delta> = {}): Delta =>
  buildDelta({
    package: 'example.com/m/key',
    name,
    verdict: 'noisy',
    allocsPerOp: amount(1, null),
    bytesPerOp: amount(8, null),
    reason: { kind: 'failed', side: 'head', failure: { name, kind: 'panicked', detail } },
    ...changes,
  });

function find(deltas: readonly Delta[], isChanged: BrokenTask['isChanged'] = () => false) {
  const sources = openSources(grammar, [], (file) => files[file] ?? null, () => null); // oxfmt-ignore
  try {
    return findBroken({
      deltas,
      sources,
      folderOf: (importPath) => (importPath === 'example.com/m/key' ? 'sub/key' : null),
      testsIn: (folder) =>
        Object.keys(files).filter((file) => file.startsWith(folder) && file.endsWith('_test.go')),
      isChanged,
    }).map(({ evidence, file, line, function: name, onChangedLine, benchmarks }) => ({
      evidence,
      place: `${file}:${line} ${name}`,
      onChangedLine,
      benchmarks: benchmarks.map((one) => one.name),
    }));
  } finally {
    sources.free();
  }
}

const stack = [
  'panic: large',
  '',
  'goroutine 8 [running]:',
  'runtime.gopanic({0x5, 0x6})',
  '\truntime/panic.go:770 +0x124',
  'example.com/m/key.Key(...)',
  '\texample.com/m/key/key.go:5',
  'example.com/m/key.BenchmarkKey(0x1)',
  '\texample.com/m/key/key_test.go:7 +0x1d',
].join('\n');

test('a panic is reported where the innermost frame of the repository is, or at a frame that changed', () => {
  const name = 'BenchmarkKey';
  const found = { evidence: 'broken', benchmarks: [name] };
  assert.deepEqual(find([broken(name, stack)]), [
    { ...found, place: 'sub/key/key.go:5 Key', onChangedLine: false },
  ]);
  assert.deepEqual(
    find([broken(name, stack)], (_, line) => line === 7),
    [{ ...found, place: 'sub/key/key_test.go:7 BenchmarkKey', onChangedLine: true }],
  );
});

test('a failure is reported at its own line, and one that names no line where the benchmark is declared', () => {
  const [own, none, outside] = [
    find([broken('BenchmarkKey', '    key_test.go:7: Key(5) = 6')]),
    find([broken('BenchmarkKey/small', '')]),
    find([broken('BenchmarkKey', '    key_test.go:70: of another version\n\texample.org/other/x.go:3 +0x1')]),
  ];
  assert.equal(own[0]?.place, 'sub/key/key_test.go:7 BenchmarkKey');
  assert.equal(none[0]?.place, 'sub/key/key_test.go:5 BenchmarkKey');
  assert.equal(outside[0]?.place, 'sub/key/key_test.go:5 BenchmarkKey');
});

test('what breaks on one line is one finding, and what never ran is none', () => {
  const both = find([broken('BenchmarkKey/b', stack), broken('BenchmarkKey/a', stack)]);
  assert.deepEqual(both.map(({ benchmarks }) => benchmarks), [['BenchmarkKey/b', 'BenchmarkKey/a']]); // oxfmt-ignore
  assert.deepEqual(find([broken('BenchmarkKey', stack, { allocsPerOp: amount(null, null) })]), []);
  assert.deepEqual(find([broken('BenchmarkKey', stack, { reason: null })]), []);
  const failure = { name: 'BenchmarkKey', kind: 'not-run', detail: '' } as const;
  assert.deepEqual(
    find([broken('BenchmarkKey', '', { reason: { kind: 'failed', side: 'head', failure } })]),
    [],
  );
  assert.deepEqual(find([broken('BenchmarkOther', '', { package: 'example.com/gone' })]), []);
});
