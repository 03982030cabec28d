import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeReason, describeWarning, describeWarnings } from '../../../src/report/words/warnings.ts';
import { toMarkdown, toPlain } from '../../../src/report/model/prose.ts';
import type { Warning } from '../../../src/report/model/review.ts';
import { assertGolden } from '../../support/golden.ts';
import { everyReason, everyWarning, timedOut } from '../../support/warning-data.ts';

const all = [
  ...everyWarning.map((warning) => ({ kind: warning.kind, said: describeWarning(warning) })),
  ...everyReason.map((reason) => ({ kind: reason.kind, said: describeReason(reason) })),
];

test('every warning and every reason is one sentence of its own', () => {
  const sentences = all.map(({ said }) => toPlain(said));
  assertGolden('warnings.txt', all.map(({ kind }, index) => `${kind}: ${sentences[index]}\n`).join(''));
  for (const sentence of sentences) {
    assert.match(sentence, /^\S.{20,}$/);
    assert.doesNotMatch(sentence, /undefined:? ?$|\[object|please/i);
  }
  assert.equal(new Set(sentences).size, sentences.length);
});

test('a sentence names what it is about', () => {
  assert.equal(
    toPlain(describeWarning({ kind: 'benchmark', side: 'base', package: 'p', failure: timedOut })),
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
  assert.equal(sentence, 'The test binary of `@all` gave no result at head: `<b>`');
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
