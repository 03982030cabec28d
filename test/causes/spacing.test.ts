import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ignoreSpacing } from '../../src/causes/spacing.ts';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { TreeDiff } from '../../src/compare/types.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { grammar } from '../rules/match-input.ts';

/** Reads git's `-4,2 +4,6`. */
function readHunk(header: string) {
  const [start = 0, lines = 1, headStart = 0, headLines = 1] = header
    .split(' ')
    .flatMap((part) => [Number(part.slice(1).split(',')[0]), Number(part.split(',')[1] ?? 1)]);
  return { base: { start, lines }, head: { start: headStart, lines: headLines } };
}

/** Head's lines of a file that count as changed. `headers`: of the hunks; by default, one replaces all lines. */
function changedLines(
  base: readonly string[],
  head: readonly string[],
  headers = [`-1,${base.length} +1,${head.length}`],
): number[] {
  const diff: TreeDiff = [
    { basePath: 'a.go', headPath: 'a.go', binary: false, hunks: headers.map(readHunk) },
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

test('code with a block at its end that moved into a new block is unchanged, although git keeps the bracket', () => {
  const base = ['func F() {', '\tif a {', '\t\tf()', '\t}', '\tg()', '\th()', '}'];
  const head = [
    'func F() {',
    '\tif cond {',
    '\t\tif a {',
    '\t\t\tf()',
    '\t\t}',
    '\t\tg()',
    '\t\th()',
    '\t}',
    '}',
  ];
  assert.deepEqual(changedLines(base, head, ['-2,2 +2,6', '-5,2 +8,0']), [2, 5]);
  assert.deepEqual(changedLines(head, base, ['-2,6 +2,2', '-9,0 +5,2']), [], 'and out of it again');
});

test('a statement that moved into a block, out of one or past one is changed', () => {
  const loop = ['func F() {', '\tfor i := range n {', '\t\tf(i)', '\t}', '\tg()', '}'];
  const inLoop = ['func F() {', '\tfor i := range n {', '\t\tf(i)', '\t\tg()', '\t}', '}'];
  assert.deepEqual(changedLines(loop, inLoop, ['-3,0 +4', '-5 +5,0']), [4]);
  assert.deepEqual(changedLines(inLoop, loop, ['-4 +3,0', '-5,0 +5']), [5]);
});

test('brackets in strings, runes and comments open nothing', () => {
  const odd = ['s := "{\\"" + `{`', "r := '{'", '/* { */ // {', 'f("}")'];
  const base = ['func F() {', ...odd.map((line) => `\t${line}`), '}'];
  const head = ['func F() {', '\tif ok {', ...odd.map((line) => `\t\t${line}`), '\t}', '}'];
  assert.deepEqual(changedLines(base, head, ['-2,4 +2,6']), [2, 7]);
});

test('a very long string and very deep blocks are read', () => {
  const odd = [`s := "${'x'.repeat(5_000_000)}"`, '{'.repeat(100_000) + 'x', `/*${'*'.repeat(5_000_000)}`];
  const diff: TreeDiff = [
    { basePath: 'a.go', headPath: 'a.go', binary: false, hunks: [readHunk('-1,3 +1,4')] },
  ];
  const linesOf = (lines: string[]) => () => ({ lines });
  const sources = { baseOf: linesOf(odd), head: linesOf(['if ok {', ...odd]) };
  const map = ignoreSpacing(buildLineMap(diff), diff, sources);
  assert.deepEqual(
    [1, 2, 3, 4].map((line) => map.isChangedInHead('a.go', line)),
    [true, false, false, false],
  );
});

test('a hunk of ten thousand other lines is compared in bounded time', () => {
  const base = Array.from({ length: 10_000 }, (_, index) => `a${index}()`);
  const head = Array.from({ length: 10_000 }, (_, index) => `b${index}()`);
  assert.equal(changedLines(base, head).length, 10_000);
});
