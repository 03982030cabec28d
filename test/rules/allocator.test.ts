import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocatorOf } from '../../src/rules/allocator.ts';
import { makeEscape } from './match-input.ts';

const decide = (expression: string, reason = 'assign') =>
  makeEscape(1, { expression, flow: [{ text: expression, reason, position: null }] }).decision;

test('the compiler’s words for a value tell the runtime function that makes it', () => {
  const expected = {
    append: 'growslice',
    'make([]byte, n)': 'makeslice',
    'make(map[string]int)': 'makemap',
    'map[string][]int{...}': 'makemap',
    '[]int{...}': 'newobject',
    '&T{...}': 'newobject',
    'func literal': 'newobject',
    'string(b)': 'slicebytetostring',
    '([]byte)(s)': 'stringtoslicebyte',
    'a + b': 'concatstrings',
  };
  const found = Object.keys(expected).map((text) => [text, allocatorOf(decide(text), '')]);
  assert.deepEqual(Object.fromEntries(found), expected);
  assert.equal(allocatorOf(decide('n', 'interface-converted'), ''), 'convT');
  assert.equal(allocatorOf({ ...decide('n'), kind: 'moved-to-heap' }, ''), 'newobject');
  assert.equal(allocatorOf(decide('n'), ''), null);
});

test('a line of which the compiler says nothing tells it by its code', () => {
  const lines = [
    's.all = append(s.all, x)',
    '\tm[key] = value',
    'text := a + "!"',
    'go run()',
    'f()',
    '\tp[1] += tail',
    '\tp[1] += strings.Repeat("0", n)',
  ];
  assert.deepEqual(
    lines.map((line) => allocatorOf(null, line)),
    ['growslice', 'mapassign', 'concatstrings', 'newproc', null, null, 'concatstrings'],
  );
});
