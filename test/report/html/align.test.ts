import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignLines, chooseRows, compareWords, type AlignedRow } from '../../../src/report/html/align.ts';
import type { ExcerptSide } from '../../../src/report/model/review.ts';

const side = (text: string): ExcerptSide => ({
  path: 'a.go',
  start: 1,
  lines: text.split(''),
  decisions: [],
});
const align = (base: string, head: string): string[] =>
  alignLines({ base: side(base), head: side(head) }).map(
    ({ base: b, head: h, isSame }) => `${base[b ?? -1] ?? '-'}${isSame ? '=' : ' '}${head[h ?? -1] ?? '-'}`,
  );

test('equal lines stand beside each other, changed ones beside what came for them', () => {
  assert.deepEqual(align('abcd', 'aXYd'), ['a=a', 'b X', 'c Y', 'd=d']);
  assert.deepEqual(align('ad', 'aXYd'), ['a=a', '- X', '- Y', 'd=d']);
  assert.deepEqual(align('abcd', 'ad'), ['a=a', 'b -', 'c -', 'd=d']);
  assert.deepEqual(align('', 'ab'), ['- a', '- b']);
});

test('what differs within a line is marked where the lines have enough in common', () => {
  const words = compareWords('x = append(x, level...)', 'x = append(x, other...)');
  assert.deepEqual(
    words?.head.filter(({ isChanged }) => isChanged).map(({ text }) => text),
    ['other'],
  );
  assert.equal(words?.base.map(({ text }) => text).join(''), 'x = append(x, level...)');
  assert.equal(compareWords('return nil', 'defer l.mu.Unlock()'), null);
});

test('rows far from what is asked for are left out', () => {
  const rows = Array.from({ length: 100 }, (_, index): AlignedRow => {
    const isSame = index < 50 || index > 55;
    return { base: index, head: index, isSame };
  });
  const runs = chooseRows(rows, ({ head }) => head === 10 || head === 53, 2);
  assert.deepEqual(
    runs.map((run) => [run[0]?.head, run.at(-1)?.head]),
    [
      [8, 12],
      [50, 55],
    ],
  );
});
