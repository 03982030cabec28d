import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GoPackage, PackageList } from '../../src/go/packages.ts';
import { Failure } from '../../src/errors.ts';
import { warnOfBrokenPackages } from '../../src/review/compile-sides.ts';
import { explainRefusal } from '../../src/review/prepare-module.ts';

/** A compiled tree with these packages, each with the compiler's lines about it. */
function tree(packages: Record<string, string[]>): { list: Pick<PackageList, 'packages'> } {
  const list = Object.entries(packages).map(([importPath, errors]): [string, GoPackage] => [
    importPath,
    {
      importPath,
      dir: importPath,
      contentId: null,
      testId: null,
      codeId: null,
      testFiles: [],
      errors,
      testErrors: [],
    },
  ]);
  return { list: { packages: new Map(list) } };
}

const told = (base: Record<string, string[]>, head: Record<string, string[]>): string[] =>
  warnOfBrokenPackages({ base: tree(base), head: tree(head) }).map((warning) =>
    warning.kind === 'package-does-not-compile' ? `${warning.side} ${warning.package}` : warning.kind,
  );

test('packages that do not compile are reported for the side on which they do not', () => {
  assert.deepEqual(told({ a: [], b: [] }, { a: [], b: [] }), []);
  assert.deepEqual(told({ a: ['x'], b: [] }, { a: [], b: [] }), ['base a']);
  assert.deepEqual(told({ a: ['x'], b: [] }, { a: ['x'], b: [] }), ['base a', 'head a']);
});

test('a base of which nothing compiles is reported once, and what does not compile at head besides', () => {
  assert.deepEqual(told({ a: ['x'], b: ['y'] }, { a: [], b: [] }), ['base-does-not-compile']);
  assert.deepEqual(told({ a: ['x'], b: ['y'] }, { a: ['x'], b: [] }), ['base-does-not-compile', 'head a']);
});

test('a base that the go command refuses is a warning; one whose build a limit ended fails the review', () => {
  const refused = { command: 'go list ./...', exitCode: 1, output: ['go: updates to go.mod needed'] };
  const warning = explainRefusal(new Failure('go-failed', { ...refused, ended: 'exited' }));
  assert.deepEqual(warning, { kind: 'base-does-not-compile', lines: refused.output });
  const late = new Failure('go-failed', { ...refused, ended: 'timed-out', exitCode: null });
  assert.throws(() => explainRefusal(late), late);
});
