import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceGraph } from '../../src/go/source-graph.ts';
import { listNotBuilt } from '../../src/review/not-built.ts';
import type { FileChange } from '../../src/compare/types.ts';

const graph: SourceGraph = {
  packages: new Map([
    ['m', { importPath: 'm', dir: '.', testFiles: [], code: '', tests: null }],
    ['m/a', { importPath: 'm/a', dir: 'a', testFiles: ['a_test.go'], code: '', tests: '' }],
  ]),
  nodes: new Map([
    ['m', { own: '', rest: '', files: ['m.go'], imports: [] }],
    ['m/a', { own: '', rest: '', files: ['a/a.go'], imports: [] }],
    ['m/a [m/a.test]', { own: '', rest: '', files: ['a/a.go', 'a/a_test.go'], imports: [] }],
  ]),
};

const changed = (headPath: string | null): FileChange => ({
  basePath: headPath,
  headPath,
  binary: false,
  hunks: [],
});

test('changed Go files that no build of their folder has are listed, but for those that are never built', () => {
  const texts: Record<string, string> = {
    'm.go': 'package m\n',
    'fast.go': '//go:build fast\n\npackage m\n',
    'gen.go': '//go:build ignore\n\npackage main\n',
    'a/a_windows.go': 'package a\n',
    'a/a_test.go': 'package a\n',
    'a/_old.go': 'package a\n',
    'a/notes.txt': 'text',
    'a/testdata/x.go': 'package x\n',
  };
  const diff = [...Object.keys(texts).map((file) => changed(file)), changed(null)];
  assert.deepEqual(
    listNotBuilt(graph, diff, (file) => texts[file] ?? null),
    ['a/a_windows.go', 'fast.go'],
  );
});
