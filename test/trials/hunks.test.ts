import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TreeDiff } from '../../src/compare/types.ts';
import {
  describeLines,
  type Hunk,
  hunkAt,
  hunksWithin,
  hunksKey,
  listHunks,
  takeBack,
} from '../../src/trials/hunks.ts';
import { findMissing } from '../../src/trials/missing.ts';
import { savedBy, weigh } from '../../src/trials/weigh.ts';

const base = 'one\ntwo\nthree\nfour\nfive\nsix\n';
const head = 'one\nTWO\nthree\nfive\nnew\nsix\n';
/** Line 2 is edited, line 4 deleted, a line added behind line 5. */
const hunks = [
  { base: { start: 2, lines: 1 }, head: { start: 2, lines: 1 } },
  { base: { start: 4, lines: 1 }, head: { start: 3, lines: 0 } },
  { base: { start: 5, lines: 0 }, head: { start: 5, lines: 1 } },
];
const change = { basePath: 'a.go', headPath: 'a.go', binary: false, hunks };
const diff: TreeDiff = [
  change,
  { ...change, basePath: 'a_test.go', headPath: 'a_test.go' },
  { ...change, basePath: 'a.txt', headPath: 'a.txt' },
  {
    basePath: null,
    headPath: 'new.go',
    binary: false,
    hunks: [{ base: { start: 0, lines: 0 }, head: { start: 1, lines: 2 } }],
  },
  {
    basePath: 'old.go',
    headPath: null,
    binary: false,
    hunks: [{ base: { start: 1, lines: 2 }, head: { start: 0, lines: 0 } }],
  },
];
const all = listHunks(diff);
const files: Record<string, string> = {
  'base a.go': base,
  'head a.go': head,
  'head new.go': 'n\n',
  'base old.go': 'o\n',
};
const read = {
  base: (file: string) => files[`base ${file}`] ?? null,
  head: (file: string) => files[`head ${file}`] ?? null,
};
const back = (...which: number[]) =>
  takeBack(
    all.filter((_, index) => which.includes(index)),
    read,
  );

test('changes of Go code outside tests can be taken back, one by one and together', () => {
  assert.deepEqual(
    all.map(({ headPath, basePath }) => headPath ?? basePath),
    ['a.go', 'a.go', 'a.go', 'new.go', 'old.go'],
  );
  assert.equal(back(0).get('a.go'), 'one\ntwo\nthree\nfive\nnew\nsix\n');
  assert.equal(back(1).get('a.go'), 'one\nTWO\nthree\nfour\nfive\nnew\nsix\n');
  assert.equal(back(2).get('a.go'), 'one\nTWO\nthree\nfive\nsix\n');
  assert.equal(back(2, 0, 1).get('a.go'), base);
  assert.equal(back(3).get('new.go'), null, 'an added file goes');
  assert.equal(back(4).get('old.go'), 'o\n', 'a deleted one comes back');
  assert.equal(back().size, 0);
});

test('a text without a last line end keeps its own', () => {
  const at = {
    basePath: 'b.go',
    headPath: 'b.go',
    base: { start: 2, lines: 1 },
    head: { start: 2, lines: 1 },
  };
  const texts = { base: () => 'a\nb', head: () => 'a\nc' };
  assert.equal(takeBack([at], texts).get('b.go'), 'a\nb');
});

test('the change of a line is the one that wrote it, or deleted what stood above it', () => {
  const startOf = (line: number) => hunkAt(all, 'a.go', line)?.base.start ?? null;
  assert.deepEqual([1, 2, 3, 4, 5].map(startOf), [null, 2, null, 4, 5]);
  assert.equal(hunksWithin(all, 'a.go', 2, 4).length, 2);
  assert.deepEqual(describeLines(all.slice(0, 2)), [
    { file: 'a.go', first: 2, last: 2, deleted: false },
    { file: 'a.go', first: 3, last: 3, deleted: true },
  ]);
  assert.equal(hunksKey(all.slice(0, 2)), hunksKey(all.slice(0, 2).toReversed()));
});

const texts: Record<string, { base: string; head: string }> = {
  import: { base: 'import "strconv"', head: 'import (\n\t"fmt"\n\t"strconv"\n)' },
  helper: { base: 'func helper(i int) int {\n\treturn i\n}', head: '' },
  call: { base: '\thelper(1)', head: '\tfmt.Println(other(1))' },
  field: { base: '', head: '\tsize int' },
  far: { base: 'x', head: 'y' },
};
const names = Object.keys(texts);
const code: Hunk[] = names.map((_, index) => ({
  basePath: index === 4 ? 'pkg/b.go' : 'pkg/a.go',
  headPath: index === 4 ? 'pkg/b.go' : 'pkg/a.go',
  base: { start: 10 * index + 1, lines: 1 },
  head: { start: 10 * index + 1, lines: 1 },
}));
const missing = (errors: string[], ...taken: string[]) =>
  findMissing(
    errors,
    code.filter((_, index) => taken.includes(names[index] ?? '')),
    code,
    (hunk) =>
      texts[names[code.findIndex((one) => one.head.start === hunk.head.start)] ?? ''] ?? {
        base: '',
        head: '',
      },
  ).map((hunk) => names[code.indexOf(hunk)]);

test('what else has to be taken back is what the compiler names', () => {
  assert.deepEqual(missing(['./a.go:3:2: "fmt" imported and not used'], 'call'), ['import']);
  assert.deepEqual(missing(['pkg/a.go:21:2: undefined: helper'], 'call'), ['helper']);
  assert.deepEqual(missing(['./a.go:9:4: r.size undefined (type *R has no field or method size)'], 'call'), [
    'field',
  ]);
  assert.deepEqual(missing(['./a.go:2: cannot use other(1) (value of type int) as string value'], 'import'), [
    'call',
  ]);
  assert.deepEqual(missing(['./b.go:40:1: missing return'], 'call'), ['far'], 'the nearest of the file');
  assert.deepEqual(missing(['# example.com/m', 'too many errors'], 'call'), []);
  assert.deepEqual(missing(['./b.go:40:1: missing return'], ...names), [], 'nothing is left');
});

test('a trial counts by ranges that do not meet, against what the finding adds', () => {
  const of = (min: number, max = min) => ({ min, max });
  assert.equal(weigh(of(1), of(0), 1), 'gone');
  assert.equal(weigh(of(1), of(0), 1.02), 'gone', 'profiles are averages');
  assert.equal(weigh(of(249), of(215), 248), 'less');
  assert.equal(weigh(of(249), of(248, 250), 248), 'same', 'the ranges meet');
  assert.equal(weigh(of(3), of(3), 1), 'same');
  assert.equal(weigh(of(3), of(4), 1), 'same', 'more than before');
  assert.equal(savedBy(of(249, 250), of(215, 216)), 34);
});
