import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileChange } from '../../../src/compare/types.ts';
import { planReport } from '../../../src/report/data/report.ts';
import { placeFindings } from '../../../src/report/decide/placement.ts';
import type { Finding } from '../../../src/rules/types.ts';
import { buildConfig, buildFinding, buildReview } from '../../support/review-data.ts';

/** One file with hunks `[baseStart, baseLines, headStart, headLines]`. */
const change = (headPath: string | null, ...hunks: [number, number, number, number][]): FileChange => ({
  basePath: 'a.go',
  headPath,
  binary: false,
  hunks: hunks.map(([bs, bl, hs, hl]) => ({
    base: { start: bs, lines: bl },
    head: { start: hs, lines: hl },
  })),
});

function place(findings: Partial<Finding>[], diff: FileChange[], comments = buildConfig().comments) {
  const review = buildReview({
    findings: findings.map((finding, index) => buildFinding({ cause: null, id: `f${index}`, ...finding })),
  });
  return placeFindings(planReport(review, buildConfig()).findings, diff, { ...buildConfig(), comments });
}

function anchorOf(finding: Partial<Finding>, diff: FileChange[]): string | null {
  const { inline, summary } = place([finding], diff);
  assert.equal(inline.length + summary.length, 1);
  const anchor = inline[0]?.anchor;
  return anchor ? `${anchor.file}:${anchor.line ?? 'file'}` : null;
}

test('a finding on a changed line or up to three lines around it stands there', () => {
  const diff = [change('a.go', [10, 2, 20, 3])];
  const seen = [16, 17, 20, 22, 25, 26].map((line) => anchorOf({ file: 'a.go', line }, diff));
  assert.deepEqual(seen, ['a.go:file', 'a.go:17', 'a.go:20', 'a.go:22', 'a.go:25', 'a.go:file']);
});

test('around a pure deletion, context begins after the line that git names', () => {
  const diff = [change('a.go', [10, 4, 9, 0])];
  const seen = [6, 7, 9, 10, 12, 13].map((line) => anchorOf({ file: 'a.go', line }, diff));
  assert.deepEqual(seen, ['a.go:file', 'a.go:7', 'a.go:9', 'a.go:10', 'a.go:12', 'a.go:file']);
});

test('an added file takes comments from its first line', () => {
  assert.equal(anchorOf({ file: 'b.go', line: 1 }, [change('b.go', [0, 0, 1, 30])]), 'b.go:1');
});

test('outside the diff the line that caused it takes the comment', () => {
  const cause = { kind: 'inlining-lost', file: 'b.go', line: 5, text: '', via: [] } as const;
  const diff = [change('a.go', [90, 1, 90, 1]), change('b.go', [5, 1, 5, 1])];
  assert.equal(anchorOf({ file: 'a.go', line: 42, cause }, diff), 'b.go:5');
  assert.equal(anchorOf({ file: 'z.go', line: 42, cause }, diff), 'b.go:5');
  assert.equal(anchorOf({ file: 'a.go', line: 42, cause: { ...cause, line: 50 } }, diff), 'a.go:file');
});

test('a file that is not in the diff leaves the finding to the summary', () => {
  assert.equal(anchorOf({ file: 'z.go', line: 1 }, [change('a.go', [1, 1, 1, 1])]), null);
  assert.equal(anchorOf({ file: 'a.go', line: 1 }, [change(null, [1, 1, 0, 0])]), null);
});

test('a renamed file is known by its name at head', () => {
  assert.equal(anchorOf({ file: 'new.go', line: 7 }, [change('new.go')]), 'new.go:file');
  assert.equal(anchorOf({ file: 'a.go', line: 7 }, [change('new.go')]), null);
});

test('findings with one place have a comment each', () => {
  const diff = [change('a.go', [1, 9, 1, 9])];
  const { inline } = place(
    [
      { file: 'a.go', line: 5 },
      { file: 'a.go', line: 5 },
      { file: 'a.go', line: 6 },
    ],
    diff,
  );
  assert.deepEqual(
    inline.map(({ anchor, finding }) => `${finding.id}:${anchor.line}`),
    ['f0:5', 'f1:5', 'f2:6'],
  );
});

test('findings that do not gate, and those past the cap, go to the summary', () => {
  const diff = [change('a.go', [1, 9, 1, 9])];
  const findings: Partial<Finding>[] = [
    { file: 'a.go', line: 1, evidence: 'possible', benchmarks: [] },
    { file: 'a.go', line: 2 },
    { file: 'a.go', line: 3, evidence: 'possible', benchmarks: [] },
    { file: 'a.go', line: 4 },
  ];
  const lines = (max: number) => {
    const { inline, summary } = place(findings, diff, { ...buildConfig().comments, max });
    return [inline.map(({ anchor }) => anchor.line), summary.map(({ id }) => id)];
  };
  assert.deepEqual(lines(4), [
    [2, 4],
    ['f0', 'f2'],
  ]);
  assert.deepEqual(lines(1), [[2], ['f3', 'f0', 'f2']], 'the one that gates first');
});

test('without inline comments all is reported in the summary', () => {
  const diff = [change('a.go', [1, 9, 1, 9])];
  for (const comments of [{ inline: false }, { max: 0 }]) {
    const { inline, summary } = place([{ file: 'a.go', line: 5 }], diff, {
      ...buildConfig().comments,
      ...comments,
    });
    assert.deepEqual([inline.length, summary.length], [0, 1]);
  }
});

const cause = (line: number, file = 'a.go') => ({ kind: 'function', file, line, text: '', via: [] }) as const;

function spanOf(finding: Partial<Finding>, diff: FileChange[]): string {
  const anchor = place([finding], diff).inline[0]?.anchor;
  return anchor ? `${anchor.side} ${anchor.startLine ?? ''}-${anchor.line ?? 'file'}` : 'summary';
}

test('where one hunk has the cause and the line, the comment spans both', () => {
  const diff = [change('a.go', [10, 1, 10, 6], [30, 1, 30, 20])];
  const at = (line: number, from: number) => spanOf({ file: 'a.go', line, cause: cause(from) }, diff);
  assert.equal(at(14, 11), 'RIGHT 11-14');
  assert.equal(at(11, 14), 'RIGHT -11');
  assert.equal(at(11, 11), 'RIGHT -11');
  assert.equal(at(31, 14), 'RIGHT -31', 'another hunk');
  assert.equal(at(17, 14), 'RIGHT -17', 'context, not changed');
  assert.equal(at(45, 31), 'RIGHT -45', 'too long a span');
  assert.equal(spanOf({ file: 'a.go', line: 14, cause: cause(11, 'b.go') }, diff), 'RIGHT -14');
});

test('a deletion that caused what the diff does not show takes the comment on its left side', () => {
  const left = (...hunk: [number, number, number, number]) =>
    spanOf({ file: 'a.go', line: 90, cause: cause(hunk[2] + 1) }, [change('a.go', hunk)]);
  assert.equal(left(20, 1, 19, 0), 'LEFT -20');
  assert.equal(left(20, 4, 19, 0), 'LEFT 20-23');
  assert.equal(left(20, 40, 19, 0), 'LEFT -59');
  assert.equal(left(1, 2, 0, 0), 'LEFT 1-2');
});

test('a line of its own in the diff goes before the deletion that caused it', () => {
  const diff = [change('a.go', [20, 1, 19, 0])];
  assert.equal(spanOf({ file: 'a.go', line: 21, cause: cause(20) }, diff), 'RIGHT -21');
  assert.equal(spanOf({ file: 'a.go', line: 20, cause: cause(20) }, diff), 'RIGHT -20');
});

test('a changed line right below a deletion is meant itself', () => {
  const diff = [change('a.go', [20, 1, 19, 0], [21, 1, 20, 1])];
  assert.equal(spanOf({ file: 'a.go', line: 90, cause: cause(20) }, diff), 'RIGHT -20');
});

test('a deleted and a present line of one number have comments of their own', () => {
  const diff = [change('a.go', [20, 1, 9, 0], [31, 1, 20, 1])];
  const { inline } = place(
    [
      { file: 'a.go', line: 20 },
      { file: 'a.go', line: 90, cause: cause(10) },
    ],
    diff,
  );
  assert.deepEqual(
    inline.map(({ anchor }) => `${anchor.side} ${anchor.line}`),
    ['LEFT 20', 'RIGHT 20'],
  );
});
