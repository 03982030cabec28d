import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildAllocationTree } from '../../src/compare/allocation-tree.ts';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { AllocationNode, AllocationSite, TreeDiff } from '../../src/compare/types.ts';

const site = (name: string, line: number, objects: number, callees: string[] = []): AllocationSite => {
  const callers = [{ function: 'm/p.BenchmarkX', position: null, inlines: false }];
  const path = { callers, objects, bytes: objects * 16 };
  return {
    position: { file: 'p/a.go', line, column: 0 },
    function: name,
    objects,
    bytes: objects * 16,
    callees: [callees],
    inlines: false,
    stacks: [path],
    paths: [{ ...path, callees }],
  };
};

/** Head inserts two lines after line 3 and changes the former line 20. */
const diff: TreeDiff = [
  {
    basePath: 'p/a.go',
    headPath: 'p/a.go',
    binary: false,
    hunks: [
      { base: { start: 3, lines: 0 }, head: { start: 4, lines: 2 } },
      { base: { start: 20, lines: 1 }, head: { start: 22, lines: 1 } },
    ],
  },
];
const map = buildLineMap(diff);

const show = (nodes: readonly AllocationNode[]): string[] =>
  nodes.map(({ parent, function: name, line, objectsPerOp: { base, head } }) => {
    const place = line === null ? '' : `:${line.line}${line.isGone ? ' gone' : ''}`;
    return `${parent ?? '-'} ${name}${place} ${base} → ${head}`;
  });

test('stacks of both sides become one tree; a line that only moved is one node', () => {
  const base = [site('m/p.F', 10, 1, ['fmt.Sprintf'])];
  const head = [site('m/p.F', 12, 3, ['fmt.Sprintf']), site('m/p.G', 30, 1)];
  assert.deepEqual(show(buildAllocationTree(base, head, map)), [
    '- m/p.BenchmarkX 1 → 4',
    '0 m/p.F 1 → 3',
    '1 m/p.F:12 1 → 3',
    '2 fmt.Sprintf 1 → 3',
    '0 m/p.G 0 → 1',
    '4 m/p.G:30 0 → 1',
  ]);
});

test('a line that head changed is two: what is gone has the number of base', () => {
  assert.deepEqual(show(buildAllocationTree([site('m/p.F', 20, 2)], [site('m/p.F', 22, 5)], map)), [
    '- m/p.BenchmarkX 2 → 5',
    '0 m/p.F 2 → 5',
    '1 m/p.F:20 gone 2 → 0',
    '1 m/p.F:22 0 → 5',
  ]);
});

test('a large tree keeps what changed and what weighs most, and no node without the one above it', () => {
  const steady = (shift: number) =>
    Array.from({ length: 2000 }, (_, index) => site(`m/p.F${index}`, 100 + index + shift, 5));
  const nodes = buildAllocationTree(steady(0), [...steady(2), site('m/p.New', 30, 1)], map);
  assert.equal(nodes.length, 300);
  assert.ok(nodes.some((node) => node.function === 'm/p.New' && node.line?.line === 30));
  assert.deepEqual(nodes[0]?.objectsPerOp, { base: 10_000, head: 10_001 });
  for (const [index, { parent }] of nodes.entries()) assert.ok(parent === null || parent < index);
});

test('a crafted profile makes no large tree: the heaviest stacks are joined, and names are cut', () => {
  const deep = (index: number): string[] =>
    Array.from({ length: 500 }, (_, depth) => `m/p.f${index}x${depth}`);
  const many = Array.from({ length: 2000 }, (_, index) => site(`m/p.F${index}`, index + 1, 1, deep(index)));
  const heavy = site('y'.repeat(100_000), 9000, 50);
  const nodes = buildAllocationTree(many, [...many, heavy], map);
  assert.equal(nodes.length, 300);
  assert.ok(nodes.some(({ function: name }) => name.startsWith('yyy')));
  assert.ok(nodes.every(({ function: name }) => name.length <= 500));
});
