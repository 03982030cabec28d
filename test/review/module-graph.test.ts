import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerOf, ownersOf } from '../../src/review/module-graph.ts';

const modules = ['.', 'a', 'a/testdata/bench', 'a/testdata/bench/.deep', 'a/b'].map((dir) => ({
  path: `example.com/${dir}`,
  dir,
}));

test('a file belongs to the innermost module, and below testdata to the module around it as well', () => {
  const ownersIn = (file: string): string[] => ownersOf(modules, file).map(({ dir }) => dir);
  assert.deepEqual(ownersIn('x.go'), ['.']);
  assert.deepEqual(ownersIn('a/b/x.go'), ['a/b']);
  assert.deepEqual(ownersIn('a/testdata/x.json'), ['a']);
  assert.deepEqual(ownersIn('a/testdata/bench/x_test.go'), ['a/testdata/bench', 'a']);
  assert.deepEqual(ownersIn('a/testdata/bench/.deep/x.go'), [
    'a/testdata/bench/.deep',
    'a/testdata/bench',
    'a',
  ]);
  assert.deepEqual(ownersOf(modules.slice(1), 'x.go'), []);
});

test('a module in a folder with a name of one letter is inside the module of the root, in any order', () => {
  for (const order of [modules, modules.toReversed()]) {
    assert.equal(ownerOf(order, 'a/x.go')?.dir, 'a');
    assert.equal(ownerOf(order, 'b/x.go')?.dir, '.');
  }
});
