import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsWidth, layoutRows, layoutTable, plain, wrapSpans } from '../../../src/report/terminal/layout.ts';
import type { Span } from '../../../src/report/terminal/layout.ts';

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
  assert.ok(lines[0]?.text.startsWith('\u001B[1mone'));
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

test('whether rows fit counts the longest line of each column', () => {
  const table = { rows: cells(['ab\ncdef', 'x'], ['a', 'yy']), aligns: [] };
  assert.equal(fitsWidth(table, 8), true);
  assert.equal(fitsWidth(table, 7), false);
  assert.deepEqual(layoutRows(table, { colour: false, width: 8 })[0], ['ab    x', 'cdef']);
});
