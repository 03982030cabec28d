import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHot } from '../../src/rules/once.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { grammar } from './match-input.ts';

/** Whether the line with `// here` of a file can run repeatedly in production. */
function isHotIn(file: string, code: string): boolean {
  const text = `package p\n\n${code}\n`;
  const line = text.split('\n').findIndex((one) => one.includes('// here')) + 1;
  const sources = openSources(
    grammar,
    [],
    (path) => (path === file ? text : null),
    () => null,
  );
  try {
    return isHot({ sources, filesIn: () => [file], isBenchmarked: () => true }, { file, line });
  } finally {
    sources.free();
  }
}

const handler = 'func Handle() *int {\n\treturn new(int) // here\n}';

test('code that runs once is not hot', () => {
  assert.equal(isHotIn('p.go', handler), true);
  assert.equal(isHotIn('p.go', 'func init() {\n\tsink = new(int) // here\n}'), false);
  assert.equal(isHotIn('p.go', 'var sink = new(int) // here'), false);
  assert.equal(
    isHotIn('p.go', 'func F() {\n\tonce.Do(func() {\n\t\tsink = new(int) // here\n\t})\n}'),
    false,
  );
});

test('folders of code for tests are not hot; words that end alike are', () => {
  for (const folder of ['test', 'testutil', 'httptest', 'internal/apitest', 'mocks', 'fake'])
    assert.equal(isHotIn(`${folder}/p.go`, handler), false, folder);
  for (const folder of ['latest', 'attest', 'contest', 'api/latest', 'fastest', 'tes'])
    assert.equal(isHotIn(`${folder}/p.go`, handler), true, folder);
});
