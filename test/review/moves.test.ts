import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followRenames, reverse } from '../../src/review/moves.ts';
import { readGoFile } from '../../src/syntax/go-file.ts';
import { moveTests } from '../../src/syntax/moved-tests.ts';
import { compareRoots, type TestPackage } from '../../src/syntax/needs.ts';

const nameOf = (path: string): string => path.replace(/\/v\d+$/u, '').replace(/^.*\//u, '');

function open(importPath: string, files: Record<string, string>): TestPackage {
  const read = Object.entries(files).map(([path, text]) => readGoFile(path, text));
  return { importPath, nameOf, files: read.filter((one) => one !== null) };
}

const modules = new Map([
  ['example.com/m', 'example.com/m/v2'],
  ['example.com/m/tools', 'example.com/m/tools'],
]);
const packages = new Map([
  ['example.com/m/old', 'example.com/m/v2/fresh'],
  ['example.com/m/internal/a', 'example.com/m/v2/internal/b'],
]);

test('an import path follows its package, or the innermost module around it', () => {
  const toHead = followRenames(packages, modules);
  const toBase = followRenames(reverse(packages), reverse(modules));
  const both = [
    ['example.com/m/old', 'example.com/m/v2/fresh'],
    ['example.com/m', 'example.com/m/v2'],
    ['example.com/m/other', 'example.com/m/v2/other'],
    ['example.com/m/tools/x', 'example.com/m/tools/x'],
    ['example.com/mine', 'example.com/mine'],
    ['testing', 'testing'],
  ] as const;
  for (const [before, after] of both) {
    assert.equal(toHead(before), after);
    assert.equal(toBase(after), before);
  }
});

const pathOf = followRenames(packages, modules);
const move = (tests: TestPackage): TestPackage =>
  moveTests(tests, { pathOf, nameOf }, { dir: 'fresh', name: 'fresh' });

const internal = `/*
package old is told of here
*/
package old // the tests

import (
	"testing"
	"example.com/m/internal/a"
	x "example.com/m/other"
)

func BenchmarkF(b *testing.B) { a.F(x.G()) }
`;
const external =
  'package old_test\n\nimport "testing"\nimport "example.com/m/old"\n\nfunc BenchmarkE(b *testing.B) { old.F() }\n';

test('tests of a moved package get the paths and names of the other side, on the same lines', () => {
  const moved = move(open('example.com/m/old', { 'old/in_test.go': internal, 'old/ex_test.go': external }));
  assert.equal(moved.importPath, 'example.com/m/v2/fresh');
  assert.deepEqual(
    moved.files.map(({ path, package: name, text }) => [path, name, text]),
    [
      [
        'fresh/in_test.go',
        'fresh',
        internal
          .replace('package old //', 'package fresh //')
          .replace('"example.com/m/internal/a"', 'a "example.com/m/v2/internal/b"')
          .replace('/m/other', '/m/v2/other'),
      ],
      [
        'fresh/ex_test.go',
        'fresh_test',
        external
          .replace('old_test', 'fresh_test')
          .replace('"example.com/m/old"', 'old "example.com/m/v2/fresh"'),
      ],
    ],
  );
});

test('a benchmark that only follows the move is the same; one that changed besides is not', () => {
  const at = (text: string): string => text.replaceAll('example.com/m/', 'example.com/m/v2/');
  const before = `package same

import (
	"testing"
	"example.com/m/helper"
)

func BenchmarkA(b *testing.B) { helper.A() }
func BenchmarkB(b *testing.B) { helper.B() }
`;
  const base = moveTests(
    open('example.com/m/same', { 'same/x_test.go': before }),
    { pathOf, nameOf },
    { dir: 'same', name: 'same' },
  );
  const head = open('example.com/m/v2/same', {
    'same/x_test.go': at(before).replace('helper.B()', 'helper.B(1)'),
  });
  assert.deepEqual(Object.fromEntries(compareRoots('Benchmark', base, head)), {
    BenchmarkA: 'same',
    BenchmarkB: 'changed',
  });
});

test('tests of a package that did not move stay as they are', () => {
  const tests = open('example.com/m/tools', { 'fresh/x_test.go': 'package fresh\n\nimport "testing"\n' });
  assert.equal(move(tests), tests);
});
