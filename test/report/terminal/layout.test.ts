import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cutToColumns,
  layoutParagraph,
  layoutParts,
  layoutRows,
  layoutTable,
  plain,
  tableWidth,
  wrapSpans,
  type Span,
} from '../../../src/report/terminal/layout.ts';

const wrap = (spans: readonly Span[], width: number): string[] =>
  wrapSpans(spans, { colour: false, width }).map(({ text }) => text);
const cells = (...rows: string[][]): Span[][][] => rows.map((row) => row.map((text) => [plain(text)]));

test('text is broken at spaces, and a long word keeps its line', () => {
  assert.deepEqual(wrap([plain('one two three')], 7), ['one two', 'three']);
  assert.deepEqual(wrap([plain('a unbreakable b')], 5), ['a', 'unbreakable', 'b']);
  assert.deepEqual(wrap([], 5), ['']);
});

test('parts of one word that differ in style stay together', () => {
  const spans: Span[] = [plain('see ('), { text: 'code', styles: ['cyan'] }, plain('), then')];
  assert.deepEqual(wrap(spans, 9), ['see', '(code),', 'then']);
});

test('a newline ends the line', () => {
  assert.deepEqual(wrap([plain('a b\nc d')], 20), ['a b', 'c d']);
});

test('colour takes no columns', () => {
  const spans: Span[] = [{ text: 'one two', styles: ['bold'] }];
  const lines = wrapSpans(spans, { colour: true, width: 7 });
  assert.deepEqual(
    lines.map(({ width }) => width),
    [7],
  );
  assert.equal(lines[0]?.text, '\u001B[1mone two\u001B[22m');
});

test('columns line up and numbers stand right', () => {
  const rows = cells(['name', 'B/op'], ['a', '4416'], ['long name', '0']);
  assert.deepEqual(layoutTable({ rows, aligns: ['left', 'right'] }, { colour: false, width: 80 }), [
    'name       B/op',
    '─────────  ────',
    'a          4416',
    'long name     0',
  ]);
});

test('a wide table wraps its cells, with empty lines between the rows', () => {
  const rows = cells(['what', 'why'], ['one', 'some words that do not fit'], ['two', 'short']);
  const lines = layoutTable({ rows, aligns: [] }, { colour: false, width: 20 });
  assert.ok(lines.every((line) => line.length <= 20));
  assert.deepEqual(lines.slice(2), ['one   some words', '      that do not', '      fit', '', 'two   short']);
});

test('the width of a table counts the longest line of each column', () => {
  const table = { rows: cells(['ab\ncdef', 'x'], ['a', 'yy']), aligns: [] };
  assert.equal(tableWidth(table), 8);
  assert.deepEqual(layoutRows(table, { colour: false, width: 8 })[0], ['ab    x', 'cdef']);
});

test('wide characters take two columns, and combining marks none', () => {
  assert.deepEqual(wrap([plain('日本語 テスト')], 12), ['日本語', 'テスト']);
  assert.deepEqual(wrap([plain('日本語 テスト')], 13), ['日本語 テスト']);
  assert.deepEqual(wrap([plain('e\u0301a b')], 4), ['e\u0301a b']);
  const rows = cells(['日本', '1'], ['🚀', '22'], ['abcd', '3']);
  assert.deepEqual(layoutRows({ rows, aligns: ['left', 'right'] }, { colour: false, width: 80 }).flat(), [
    '日本   1',
    '🚀    22',
    'abcd   3',
  ]);
});

test('a text is cut to columns, not to characters, and never within one', () => {
  assert.equal(cutToColumns('abcdef', 4), 'abcd');
  assert.equal(cutToColumns('日本語', 6), '日本語');
  assert.equal(cutToColumns('日本語', 5), '日本');
  assert.equal(cutToColumns('a👨‍👩‍👧b', 3), 'a👨‍👩‍👧');
  assert.equal(cutToColumns('a👨‍👩‍👧b', 2), 'a');
});

test('a paragraph fits the width with its indents', () => {
  const page = { colour: false, width: 12 };
  assert.deepEqual(layoutParagraph([plain('one two three four')], page, '- ', '    '), [
    '- one two',
    '    three',
    '    four',
  ]);
});

test('parts that do not fit go to a further line, unbroken', () => {
  const parts = [[plain('one part')], [plain('two')], [plain('a third part')]];
  assert.deepEqual(layoutParts(parts, { colour: false, width: 30 }, '  '), ['one part  two  a third part']);
  assert.deepEqual(layoutParts(parts, { colour: false, width: 20 }, '  '), [
    'one part  two',
    '  a third part',
  ]);
});
