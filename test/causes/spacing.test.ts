import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ignoreSpacing } from '../../src/causes/spacing.ts';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { TreeDiff } from '../../src/compare/types.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { grammar } from '../rules/match-input.ts';

/** Head's lines of a file that count as changed, where one hunk replaces all of base by all of head. */
function changedLines(base: readonly string[], head: readonly string[]): number[] {
  const diff: TreeDiff = [
    {
      basePath: 'a.go',
      headPath: 'a.go',
      binary: false,
      hunks: [{ base: { start: 1, lines: base.length }, head: { start: 1, lines: head.length } }],
    },
  ];
  const sources = openSources(
    grammar,
    diff,
    () => head.join('\n'),
    () => base.join('\n'),
  );
  try {
    const map = ignoreSpacing(buildLineMap(diff), diff, sources);
    return head.flatMap((_, index) => (map.isChangedInHead('a.go', index + 1) ? index + 1 : []));
  } finally {
    sources.free();
  }
}

const statements = Array.from({ length: 10 }, (_, index) => `use(v${index})`);

test('lines that moved into a block are unchanged, also where the first of them stands again further down', () => {
  const base = [...statements, 'done()'];
  const head = ['if ok {', '\tdone()', ...statements.map((line) => `\t${line}`), '}', 'done()'];
  assert.deepEqual(changedLines(base, head), [1, 2, 13]);
});

test('a new line between lines that were aligned anew is the only changed one', () => {
  assert.deepEqual(
    changedLines(
      ['a int', 'b string', 'c byte'],
      ['a        int', 'longName string', 'b        string', 'c        byte'],
    ),
    [2],
  );
});

test('brackets alone pair with nothing', () => {
  assert.deepEqual(changedLines(['{', 'f()', '}'], ['{', 'g()', '}']), [1, 2, 3]);
});

test('a hunk of ten thousand other lines is compared in bounded time', () => {
  const base = Array.from({ length: 10_000 }, (_, index) => `a${index}()`);
  const head = Array.from({ length: 10_000 }, (_, index) => `b${index}()`);
  assert.equal(changedLines(base, head).length, 10_000);
});
