import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byWriting } from '../../src/compare/allocating.ts';
import type { Decision } from '../../src/compare/types.ts';
import { nameValues } from '../../src/compare/value-names.ts';

const decision = (line: number, expression: string, rest: Partial<Decision> = {}): Decision => ({
  kind: 'escapes-to-heap',
  package: 'm/p',
  position: { file: 'p/a.go', line, column: 2 },
  function: 'F',
  expression,
  cost: null,
  reason: null,
  flow: [],
  ...rest,
});

test('a value has one name, whichever way it is made', () => {
  const names: Record<string, string> = {
    '&Node{...}': 'Node',
    'new(Node)': 'Node',
    'make([]byte, 0, n)': '[]byte',
    'make(map[[2]int]func(a, b int), n)': 'map[[2]int]func(a, b int)',
    '[]string{...}': '[]string',
    '&cache.Entry[string,int]{...}': 'cache.Entry[string,int]',
    'string(b)': 'string',
    '([]byte)(s)': '[]byte',
    'a + ", " + b': 'string',
    'func literal': 'func literal',
  };
  for (const [expression, name] of Object.entries(names)) {
    assert.equal(nameValues([decision(1, expression)])({ file: 'p/a.go', line: 1, column: 0 }), name);
  }
});

test('a line has no name with several values, or with none on the heap', () => {
  const name = nameValues([
    decision(1, '&A{...}'),
    decision(1, '&B{...}'),
    decision(2, '&A{...}', { kind: 'does-not-escape' }),
    decision(3, '&A{...}'),
    decision(3, 'new(A)'),
    decision(3, '"constant"'),
  ]);
  const at = (line: number) => name({ file: 'p/a.go', line, column: 0 });
  assert.deepEqual([at(1), at(2), at(3), at(4)], [null, null, 'A', null]);
});

test('what is allocated whenever a line runs is quoted before an append', () => {
  const decisions = ['append', 'new(int)', '&T{...}'].map((expression) => decision(1, expression));
  const order = (line: string) => byWriting(decisions, line).map(({ expression }) => expression);
  assert.deepEqual(order('sink = append(sink, new(int))'), ['new(int)', 'append', '&T{...}']);
  assert.deepEqual(order('add(i)'), ['new(int)', '&T{...}', 'append']);
});
