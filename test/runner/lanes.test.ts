import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { findCircles, type ImportGraph, listImports, readImportGraph } from './imports.ts';
import { findLane, listStale, sortByLength } from './lanes.ts';

test('imports of all forms are read, for types too', () => {
  const text = `import a, { b } from './a.ts';
import type {
  C,
} from "./not-ours.ts";
import type {
  D,
} from './d.ts';
import './e.ts';
export * from './f.ts';
const g = await import('./g.ts');
const text = "from './no.ts'";
`;
  assert.deepEqual(listImports(text), ['./a.ts', './d.ts', './e.ts', './f.ts', './g.ts']);
});

const graph: ImportGraph = new Map([
  ['test/compare/pure.test.ts', ['node:test', 'test/compare/helper.ts']],
  ['test/compare/helper.ts', ['src/compare/a.ts']],
  ['src/compare/a.ts', ['src/compare/b.ts']],
  ['src/compare/b.ts', ['src/compare/a.ts']],
  ['test/compare/heap.test.ts', ['node:v8']],
  ['test/go/measure.test.ts', ['test/rules/go.ts']],
  ['test/rules/real.test.ts', ['test/rules/go.ts']],
  ['test/rules/go.ts', ['node:child_process']],
]);

test('the lane of a test comes from all that it imports', () => {
  const lanes = [...graph.keys()]
    .filter((file) => file.includes('.test.'))
    .map((file) => findLane(graph, file));
  assert.deepEqual(lanes, ['pure', 'heap', 'alone', 'parallel']);
  assert.equal(findLane(graph, 'test/unknown.test.ts'), 'parallel');
});

test('what takes longest begins first, and all others in their order', () => {
  const files = [
    'test/b.test.ts',
    'test/a.test.ts',
    'test/app/faults.test.ts',
    'test/rules/fixtures.test.ts',
  ];
  assert.deepEqual(sortByLength(files), [
    'test/rules/fixtures.test.ts',
    'test/app/faults.test.ts',
    'test/b.test.ts',
    'test/a.test.ts',
  ]);
});

test('files that import each other are found', () => {
  assert.deepEqual(findCircles(graph), [['src/compare/a.ts', 'src/compare/b.ts']]);
});

test('each entry of the lists of lanes is about a test that exists', () => {
  const files = [...readImportGraph(path.resolve(import.meta.dirname, '../..'), ['test']).keys()];
  assert.deepEqual(listStale(files.filter((file) => file.endsWith('.test.ts'))), []);
});
