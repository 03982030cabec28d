import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareLanguages,
  compareSelections,
  moduleOf,
  parseGoMod,
  type SelectedModules,
} from '../../src/causes/go-mod.ts';

const goMod = (go: string, version: string, more = ''): string => `module example.com/m // the module

go ${go}

require example.com/single v1.0.0

require (
	"example.com/quoted" v0.1.0
	example.com/dep ${version} // indirect
)
${more}`;

const select = (text: string): SelectedModules =>
  new Map([...parseGoMod(text).modules].map(([path, one]) => [path, { ...one, file: 'go.mod' }]));

test('requirements stand alone or in blocks, quoted or with comments', () => {
  const { go, modules } = parseGoMod(goMod('1.24', 'v1.2.3'));
  assert.deepEqual(go, { version: '1.24', line: 3 });
  assert.deepEqual(
    [...modules].map(([path, { version, line }]) => [path, version, line]),
    [
      ['example.com/single', 'v1.0.0', 5],
      ['example.com/quoted', 'v0.1.0', 8],
      ['example.com/dep', 'v1.2.3', 9],
    ],
  );
});

test('only what differs is a change, with head’s line', () => {
  const [base, head] = [goMod('1.24', 'v1.2.3'), goMod('1.24.2', 'v1.3.0')];
  assert.deepEqual(compareSelections(select(base), select(head)), [
    { path: 'example.com/dep', base: 'v1.2.3', head: 'v1.3.0', file: 'go.mod', line: 9 },
  ]);
  assert.equal(compareLanguages(base, head, 'go.mod'), null, 'a patch release is the same language');
});

test('a replacement takes the place of what it replaces', () => {
  const replaced = goMod('1.24', 'v1.2.3', 'replace example.com/dep => ../fork v1.0.0\n');
  const changes = compareSelections(select(goMod('1.24', 'v1.2.3')), select(replaced));
  assert.deepEqual(
    changes.map(({ base, head, line }) => [base, head, line]),
    [['v1.2.3', '=> ../fork v1.0.0', 11]],
  );
});

test('another language version is reported with both', () => {
  const language = compareLanguages(goMod('1.21', 'v1.0.0'), goMod('1.22', 'v1.0.0'), 'sub/go.mod');
  assert.deepEqual(language, { base: '1.21', head: '1.22', file: 'sub/go.mod', line: 3 });
});

test('a function belongs to the innermost module of its path', () => {
  const change = (path: string) => ({ path, base: 'v1.0.0', head: 'v1.1.0', file: 'go.mod', line: 1 });
  const modules = [change('example.com/dep'), change('example.com/dep/sub')];
  assert.equal(moduleOf('example.com/dep/sub/pkg.(*T).M', modules)?.path, 'example.com/dep/sub');
  assert.equal(moduleOf('example.com/dep.F', modules)?.path, 'example.com/dep');
  assert.equal(moduleOf('example.com/depth.F', modules), null);
});
