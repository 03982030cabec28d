import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, causeOf } from './described-change.ts';

/** A function that makes `count` objects, and another file of its package or of another one. */
const counting = (file: string, ...lines: string[]): string => `
== m/m.go ==
  package m
  var sink []*int
  var count = 1
  func Make() {
  	for i := 0; i < count; i++ {
@ 		sink = append(sink, new(int))
  	}
  }
== ${file} ==
${lines.join('\n')}
`;

const cause = (file: string, ...lines: string[]): string | null => {
  const text = counting(file, ...lines);
  return brief(text, causeOf(text));
};

const init = (changed: string): string[] => ['  package m', '  func init() {', `+ 	${changed}`, '  }'];

test('a changed line that sets a variable of the package is the cause of what reads it', () => {
  for (const line of ['count = 3', 'count += 2', 'count++']) {
    assert.equal(cause('m/init.go', ...init(line)), `call-count: ${line}`);
  }
  for (const line of ['count := 3', 'other = 3', 'count == 3', 'x.count(3)', 'discount = 3']) {
    assert.equal(cause('m/init.go', ...init(line)), null, line);
  }
  assert.equal(cause('n/init.go', ...init('count = 3')), null, 'of another package');
});

test('assembler and C of the package that changed are the cause of what unchanged Go code allocates more', () => {
  for (const file of ['m/count_amd64.s', 'm/count.c', 'm/count.h', 'm/count_linux.s']) {
    assert.equal(cause(file, '  one', '+ two'), 'function: two', file);
  }
  for (const file of ['m/count_arm64.s', 'n/count.c', 'm/count_windows.c', 'm/words.csv', 'm/sub/count.s']) {
    assert.equal(cause(file, '  one', '+ two'), null, file);
  }
});
