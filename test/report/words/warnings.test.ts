import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchmarkFailure, DeltaReason } from '../../../src/compare/types.ts';
import { describeReason, describeWarning, describeWarnings } from '../../../src/report/words/warnings.ts';
import { toMarkdown, toPlain } from '../../../src/report/model/prose.ts';
import type { Warning } from '../../../src/report/model/review.ts';

const failure: BenchmarkFailure = { name: 'BenchmarkX', kind: 'timed-out', detail: 'killed after 10 s' };

const warnings: Warning[] = [
  { kind: 'base-does-not-compile', lines: ['a.go:1:1: undefined: x', 'more'] },
  { kind: 'base-does-not-compile', lines: [] },
  { kind: 'package-does-not-compile', side: 'head', package: 'p', lines: ['a.go:1:1: undefined: x'] },
  { kind: 'benchmark', side: 'base', package: 'p', failure },
  { kind: 'package-run', side: 'head', package: 'p', detail: '' },
  { kind: 'nothing-to-compare' },
  { kind: 'no-benchmarks', patterns: ['./...'] },
  { kind: 'no-match', run: 'Nope' },
  { kind: 'not-reached', run: 'Nope' },
  { kind: 'no-package', patterns: ['./gone/...'] },
  { kind: 'uncommitted', files: 2 },
  { kind: 'architecture', goarch: 'arm64' },
  { kind: 'limit', limit: 'benchmarks', value: 5000, packages: ['p', 'q'] },
  { kind: 'fetch', side: 'head', module: 'example.com/m', lines: ['go: x@v1: not found'] },
  { kind: 'unattributed', package: 'p', name: 'BenchmarkX' },
  { kind: 'unread-diagnostics', side: 'base', lines: 2, first: '???' },
  { kind: 'module-skipped', module: 'example.com/m/tools', dir: 'tools' },
  { kind: 'module-missing', module: 'tools' },
  { kind: 'packages-left-out', packages: ['p', 'q'] },
  { kind: 'limit', limit: 'stopped', value: 0, packages: ['p'], benchmarks: ['BenchmarkX'] },
  { kind: 'head-config', problem: '.github/allocgate.yml:3:1: "gait" is not a known key.' },
  { kind: 'config-name', found: '.github/allocgate.yaml' },
  { kind: 'unmatched-glob', key: 'contracts', glob: 'example.com/m.BenchmarkGone' },
  { kind: 'no-rules' },
];

const reasons: DeltaReason[] = [
  { kind: 'ranges-overlap' },
  { kind: 'fades-with-iterations' },
  { kind: 'does-not-settle' },
  { kind: 'truncation', exact: { base: 2.99, head: 3 } },
  { kind: 'failed', side: 'head', failure },
  { kind: 'inconsistent-output', side: 'base' },
  { kind: 'crosswise', benchmarkOf: 'head', benchmarkChangesNumbers: false },
  { kind: 'benchmark-edited', benchmarkOf: 'base' },
  { kind: 'hidden-by-rounding', exact: { base: 0, head: 0.5 } },
  { kind: 'crosswise', benchmarkOf: 'base', benchmarkChangesNumbers: true },
  { kind: 'not-comparable', detail: 'undefined: NewX' },
];

const all = [...warnings.map((warning) => describeWarning(warning)), ...reasons.map(describeReason)];

test('every warning and every reason is one sentence of its own', () => {
  const sentences = all.map(toPlain);
  for (const sentence of sentences) {
    assert.match(sentence, /^\S.{20,}$/);
    assert.doesNotMatch(sentence, /undefined:? ?$|\[object|please/i);
  }
  assert.equal(new Set(sentences).size, sentences.length);
});

test('a sentence names what it is about', () => {
  assert.equal(
    toPlain(describeWarning({ kind: 'benchmark', side: 'base', package: 'p', failure })),
    'p.BenchmarkX ran out of time (limits.benchmarkSeconds) at base and was not compared: killed after 10 s',
  );
  assert.equal(
    toPlain(describeReason({ kind: 'truncation', exact: { base: 2.99, head: 3 } })),
    'Go cuts the printed counts to whole numbers; the averages hardly differ: 2.99 and 3.00.',
  );
});

test('a heading of the go command is not what went wrong', () => {
  const lines = ['# example.com/m', './m.go:9:2: undefined: x'];
  assert.match(
    toPlain(describeWarning({ kind: 'base-does-not-compile', lines })),
    /: \.\/m\.go:9:2: undefined: x$/,
  );
});

test('a panic is reported without its stacks', () => {
  const detail = 'panic: assignment to entry in nil map\n\ngoroutine 21 [running]:\nm.BenchmarkX(0x1)';
  const panic = { name: 'BenchmarkX', kind: 'panicked', detail } as const;
  assert.equal(
    toPlain(describeWarning({ kind: 'benchmark', side: 'head', package: 'p', failure: panic })),
    'p.BenchmarkX panicked at head and was not compared: panic: assignment to entry in nil map',
  );
});

test('what fails alike on both sides is reported once, what fails differently twice', () => {
  const fail = (side: 'base' | 'head', detail: string): Warning => ({
    kind: 'benchmark',
    side,
    package: 'p',
    failure: { name: 'BenchmarkX', kind: 'failed', detail },
  });
  const alike = describeWarnings([
    fail('base', 'x_test.go:9: refused'),
    fail('head', 'x_test.go:12: refused'),
  ]);
  assert.deepEqual(alike.map(toPlain), [
    'p.BenchmarkX failed on both sides and was not compared: x_test.go:9: refused',
  ]);
  assert.equal(describeWarnings([fail('base', 'refused'), fail('head', 'lost')]).length, 2);
  assert.equal(describeWarnings([fail('head', 'refused'), fail('head', 'refused')]).length, 1);
});

test('in Markdown every foreign part is code', () => {
  const sentence = toMarkdown(
    describeWarning({ kind: 'package-run', side: 'head', package: '@all', detail: '<b>' }),
  );
  assert.equal(sentence, 'The test binary of `@all` did not finish at head: `<b>`');
});

test('a line that announces the next one is reported with it', () => {
  const lines = [
    '# example.com/m',
    'x.go:3:8: no required module provides package p; to add it:',
    '\tgo get p',
    'more',
  ];
  const told = toPlain(describeWarning({ kind: 'base-does-not-compile', lines }));
  assert.equal(
    told,
    'The base does not compile, so there is nothing to compare head with: x.go:3:8: no required module provides package p; to add it: go get p',
  );
});
