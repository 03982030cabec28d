import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../src/compare/types.ts';
import { findChangedFunctions } from '../../src/syntax/changed-functions.ts';
import { readGoFile } from '../../src/syntax/go-file.ts';

const importPath = 'example.com/p';

function compare(base: string, head: string, decisions: { base?: Decision[]; head?: Decision[] } = {}) {
  const sides = [base, head].map((text) => {
    const file = readGoFile('p.go', `package p\n${text}\n`);
    assert.ok(file);
    return { importPath, files: [file], nameOf: (one: string) => one.split('/').at(-1) ?? one };
  });
  const [before, after] = sides;
  assert.ok(before && after);
  return findChangedFunctions([{ base: before, head: after }], {
    base: decisions.base ?? [],
    head: decisions.head ?? [],
  });
}

function functions(base: string, head: string): string[] {
  return compare(base, head).functions.map(({ name, change }) => `${name} ${change}`);
}

function broad(base: string, head: string): string[] {
  return compare(base, head).broad.map(({ kind, name }) => `${kind} ${name ?? ''}`);
}

test('functions and methods are named as the compiler names them', () => {
  const base = `func F() { a() }\nfunc (t T) M() { a() }\nfunc (t *T[K]) N() { a() }\nfunc (*T) O() {}`;
  const head = base.replaceAll('a()', 'b()');
  assert.deepEqual(functions(base, head), ['(*T).N source', 'F source', 'T.M source']);
});

test('comments, spaces, order and the number of the line are no change', () => {
  const base = `func F() { a() }\nfunc G() {}`;
  const head = `// G is new to nobody.\nfunc G() {\n}\n\n// F\nfunc F() {\n\ta() // here\n}`;
  assert.deepEqual(compare(base, head), { functions: [], broad: [] });
});

test('a directive is a change', () => {
  assert.deepEqual(functions('func F() {}', '//go:noinline\nfunc F() {}'), ['F source']);
});

test('what only one side has is reported with its place', () => {
  const { functions: found } = compare('func F() {}', 'func G() {\n}');
  assert.deepEqual(found, [
    {
      package: importPath,
      name: 'F',
      change: 'removed',
      base: { file: 'p.go', firstLine: 2, lastLine: 2 },
      head: null,
      isEmpty: true,
    },
    {
      package: importPath,
      name: 'G',
      change: 'added',
      base: null,
      head: { file: 'p.go', firstLine: 2, lastLine: 3 },
      isEmpty: true,
    },
  ]);
});

test('an import that means something else changes the functions that use it', () => {
  const base = `import "encoding/json"\nfunc F() { json.Valid(nil) }\nfunc G() {}`;
  assert.deepEqual(functions(base, base.replace('encoding/json', 'example.com/json')), ['F source']);
});

const decision = (line: number, kind: Decision['kind'], cost: number | null = null): Decision => ({
  kind,
  package: importPath,
  position: { file: 'p.go', line, column: 2 },
  function: null,
  expression: 'x',
  cost,
  reason: null,
  flow: [],
});

test('a function counts as changed where the compiler decides otherwise, wherever its lines are', () => {
  const base = `func F() {\n\tx := 1\n}\nfunc G() {\n\tx := 1\n}`;
  const { functions: found } = compare(base, `\n\n${base}`, {
    base: [decision(3, 'does-not-escape'), decision(6, 'does-not-escape')],
    head: [decision(5, 'moved-to-heap'), decision(8, 'does-not-escape')],
  });
  assert.deepEqual(
    found.map(({ name, change }) => `${name} ${change}`),
    ['F decisions'],
  );
});

test('the cost of inlining alone says nothing of what a function does', () => {
  const { functions: found } = compare('func F() {}', 'func F() {}', {
    base: [decision(2, 'can-inline', 10)],
    head: [decision(2, 'can-inline', 20)],
  });
  assert.deepEqual(found, []);
});

test('what changes outside functions is distinguished', () => {
  assert.deepEqual(broad('type T struct { a int }', 'type T struct { a, b int }'), ['type T']);
  assert.deepEqual(broad('var n = 1', 'var n = 2'), ['var n']);
  assert.deepEqual(broad('const n = 1', 'const n = 2'), ['const n']);
  assert.deepEqual(broad('func init() { a() }', 'func init() { b() }'), ['init ']);
  assert.deepEqual(broad('func F()', 'func F() int'), ['no-body F']);
  assert.deepEqual(broad('', 'import _ "example.com/driver"'), ['import example.com/driver']);
  assert.deepEqual(broad('var a, b = 1, 2', 'var a = 3'), ['var a']);
});

test('new declarations act only where changed functions name them', () => {
  assert.deepEqual(broad('', 'type T struct{}\nvar n = 1\nconst m = 2\nvar _ I = (*T)(nil)'), []);
  assert.deepEqual(broad('', 'var n = register()'), ['var n']);
  assert.deepEqual(broad('type T struct{}\nvar n = 1', ''), []);
});

test('constants that are added at the end of a group leave the others as they are', () => {
  const base = 'const (\n\tA = iota\n\tB\n)';
  assert.deepEqual(broad(base, 'const (\n\tA = iota\n\tB\n\tC\n)'), []);
  assert.deepEqual(broad(base, 'const (\n\tA = iota\n\tC\n\tB\n)'), ['const A']);
});
