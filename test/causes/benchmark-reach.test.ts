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
