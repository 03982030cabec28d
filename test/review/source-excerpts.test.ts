import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { TreeDiff } from '../../src/compare/types.ts';
import { readExcerpts } from '../../src/review/source-excerpts.ts';
import { after } from '../support/hooks.ts';
import { buildFinding, escapeDecision } from '../support/review-data.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'allocgate-excerpts-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

/** Head replaces line 42 by three lines. */
const diff: TreeDiff = [
  {
    basePath: 'log.go',
    headPath: 'log.go',
    binary: false,
    hunks: [{ base: { start: 42, lines: 1 }, head: { start: 42, lines: 3 } }],
  },
];

function write(side: 'base' | 'head', lines: readonly string[]): string {
  const file = path.join(mkdtempSync(path.join(dir, side)), 'log.go');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return path.dirname(file);
}

const trees = {
  base: write('base', numbered(1, 100)),
  head: write('head', [...numbered(1, 41), 'new 1', 'new 2', 'x'.repeat(400), ...numbered(43, 100)]),
};
const read = (...args: Parameters<typeof buildFinding>) =>
  readExcerpts([buildFinding(...args)], [decisions], { trees, map: buildLineMap(diff) });
const at = (line: number) => ({ ...escapeDecision, position: { file: 'log.go', line, column: 3 } });
const decisions = { baseDecisions: [at(42)], headDecisions: [at(43), at(43), at(90)] };

test('an excerpt has the same lines of both sides around what changed, and the decisions on them', () => {
  const [excerpt, ...others] = read({ file: 'log.go', line: 43 });
  assert.deepEqual(others, []);
  assert.deepEqual([excerpt?.head.path, excerpt?.head.start, excerpt?.head.lines.length], ['log.go', 37, 13]);
  assert.deepEqual([excerpt?.base.path, excerpt?.base.start, excerpt?.base.lines.length], ['log.go', 37, 11]);
  assert.equal(excerpt?.head.lines[7]?.length, 300);
  assert.deepEqual(excerpt?.base.decisions, [{ line: 42, text: 'level escapes to heap' }]);
  assert.deepEqual(excerpt?.head.decisions, [{ line: 43, text: 'level escapes to heap' }]);
});

test('near lines share an excerpt, distant ones do not; the changed line and the steps have theirs', () => {
  const via = [{ file: 'log.go', line: 49, text: 'a step' }];
  const cause = { kind: 'flow', file: 'log.go', line: 90, text: '', via } as const;
  const excerpts = read({ file: 'log.go', line: 43, cause });
  assert.deepEqual(
    excerpts.map(({ head }) => [head.start, head.lines.length]),
    [
      [37, 19],
      [84, 13],
    ],
  );
});

test('a file that head adds has no base, and one that cannot be read has no excerpt', () => {
  assert.deepEqual(read({ file: 'generated.go' }), []);
  writeFileSync(path.join(trees.head, 'added.go'), 'package log\n');
  const added = {
    basePath: null,
    headPath: 'added.go',
    binary: false,
    hunks: [{ base: { start: 0, lines: 0 }, head: { start: 1, lines: 1 } }],
  };
  const [excerpt] = readExcerpts([buildFinding({ file: 'added.go', line: 1 })], [decisions], {
    trees,
    map: buildLineMap([added]),
  });
  assert.equal(excerpt?.base.path, null);
  assert.deepEqual(excerpt?.head.lines, ['package log', '']);
});
