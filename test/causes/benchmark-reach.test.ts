import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReach } from '../../src/causes/benchmark-reach.ts';

const reach = createReach([
  {
    file: 'tags.go',
    text: 'package tags\n\nfunc (s *Set) Put(n string) {\n\ts.grow()\n}\n\nfunc (s *Set) grow() {\n}\n\nfunc (s *Set) Each() {\n\tlone()\n}\n\nfunc lone() {\n}\n\nvar hook = hooked\n\nfunc hooked() {\n}\n',
  },
  {
    file: 'tags_test.go',
    text: 'package tags\n\nfunc BenchmarkPut(b *testing.B) {\n\ts.Put("a") // not Each\n}\n',
  },
  { file: 'each_test.go', text: 'package tags\n\nfunc TestEach(t *testing.T) {\n\ts.Each()\n}\n' },
]);

test('benchmarks reach what they mention, and what that mentions', () => {
  assert.deepEqual(['(*Set).Put', '(*Set).grow'].map(reach), [true, true]);
  assert.deepEqual(['(*Set).Each', 'lone'].map(reach), [false, false]);
});

test('what stands outside functions may be called by anything', () => {
  assert.equal(reach('hooked'), true);
});

test('where no test file has a benchmark, nothing is reached', () => {
  const none = createReach([
    {
      file: 'lex.go',
      text: 'package lex\n\ntype lexer interface {\n\tLex() int\n}\n\nfunc (s *scanner) Lex() int {\n}\n',
    },
    { file: 'lex_test.go', text: 'package lex\n\nfunc TestLex(t *testing.T) {\n\ts.Lex()\n}\n' },
  ]);
  assert.equal(none('(*scanner).Lex'), false);
});
