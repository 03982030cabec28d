import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareModuleFiles } from '../../src/review/selected-modules.ts';
import type { Files } from '../support/go-repository.ts';

/** The changes of what `example.com/app`, in the folder `app`, is built with: `file:line path base → head`. */
function compare(base: Files, head: Files): string[] {
  const module = { path: 'example.com/app', dir: 'app' };
  const all = { inside: 'app', outside: [] };
  const task = {
    base: module,
    head: module,
    modulePaths: [],
    moduleRenames: new Map(),
    scope: { base: all, head: all },
  };
  const read = (files: Files) => (file: string) => files[file] ?? null;
  return compareModuleFiles([task], read(base), read(head)).modules.map(
    (one) => `${one.file}:${one.line} ${one.path} ${one.base} → ${one.head}`,
  );
}

const app = (...lines: string[]): Files => ({
  'app/go.mod': ['module example.com/app', 'go 1.24', 'require example.com/dep v1.2.0', ...lines].join('\n'),
  'one/go.mod': 'module example.com/dep',
  'two/go.mod': 'module example.com/dep',
});
const work = (...lines: string[]): Files => ({ 'go.work': ['go 1.24', 'use ./app', ...lines].join('\n') });

test('a replace that names another folder is a change of go.mod', () => {
  const replace = (dir: string) => app(`replace example.com/dep => ../${dir}`);
  assert.deepEqual(compare(replace('one'), replace('two')), [
    'app/go.mod:4 example.com/dep => ../one → => ../two',
  ]);
  assert.deepEqual(compare(replace('one'), replace('one')), []);
  assert.deepEqual(compare(replace('one'), app()), ['app/go.mod:3 example.com/dep => ../one → v1.2.0']);
});

test('a use of go.work comes before what go.mod says', () => {
  const [one, two] = [
    { ...app(), ...work('use ./one') },
    { ...app(), ...work('use ( // both', './two', ')') },
  ];
  assert.deepEqual(compare(one, two), ['go.work:4 example.com/dep use ./one → use ./two']);
  assert.deepEqual(compare(app(), one), ['go.work:3 example.com/dep v1.2.0 → use ./one']);
  assert.deepEqual(compare(one, app()), ['app/go.mod:3 example.com/dep use ./one → v1.2.0']);
  const other = app('replace example.com/dep => ../two');
  assert.deepEqual(compare(one, { ...other, ...work('use ./one') }), []);
});

test('a replace of go.work counts, and a go.work that does not use the module does not', () => {
  const replace = work('replace example.com/dep => ./two');
  assert.deepEqual(compare(app(), { ...app(), ...replace }), ['go.work:3 example.com/dep v1.2.0 → => ./two']);
  const others = { 'go.work': 'go 1.24\nuse ./one\nreplace example.com/dep => ./two' };
  assert.deepEqual(compare(app(), { ...app(), ...others }), []);
});
