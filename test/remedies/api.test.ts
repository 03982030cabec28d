import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removesApi } from '../../src/remedies/api.ts';
import { loadGoGrammar } from '../../src/review/go-grammar.ts';

const grammar = await loadGoGrammar();
const removes = (from: string, to: string): boolean =>
  removesApi(grammar, `package m\n\n${from}\n`, `package m\n\n${to}\n`);

test('what other packages can use is missed, or missed as it was', () => {
  for (const [from, to] of [
    ['func F() int { return 1 }', ''],
    ['func F(a int, b ...string) int { return 1 }', 'func F(a int) int { return 1 }'],
    ['func F() (int, error) { return 1, nil }', 'func F() int { return 1 }'],
    ['func F[T any](t T) {}', 'func F[T comparable](t T) {}'],
    ['func (t *T) M() {}', 'func (t T) M() {}'],
    ['type T struct{ A, b int }', 'type T struct{ b int }'],
    ['type T struct{ A int64 }', 'type T struct{ A int }'],
    ['type T struct {\n\tio.Reader\n}', 'type T struct{}'],
    ['type I interface {\n\tM()\n\tN()\n}', 'type I interface{ M() }'],
    ['type (\n\tA int\n\tB = A\n)', 'type A int'],
    ['const (\n\tA = iota\n\tB\n)', 'const A = iota'],
    ['var A, B = 1, 2', 'var A = 1'],
  ] as const) {
    assert.equal(removes(from, to), true, from);
    assert.equal(removes(from, from), false, from);
  }
});

test('bodies, names that are not exported, and what is only added do not count', () => {
  for (const [from, to] of [
    ['func F() int { return 1 }', 'func F() int { return 2 }'],
    ['func f() int { return 1 }', ''],
    ['type t struct{ A int }', ''],
    ['type T struct{ a int64 }', 'type T struct{ a int }'],
    ['type T struct{ a int }', 'type T struct{ a, A int }'],
    ['func F() { type L struct{ A int }; const C = 1 }', 'func F() {}'],
    ['var a = 1', 'func F() {}'],
  ] as const) {
    assert.equal(removes(from, to), false, from);
  }
});
