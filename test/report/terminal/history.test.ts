import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinHistory, orderCommits, listSeries } from '../../../src/report/decide/history.ts';
import { renderHistoryJson } from '../../../src/report/data/history.ts';
import type { HistoryRecord } from '../../../src/report/model/history.ts';
import { drawSparkline, renderHistory } from '../../../src/report/terminal/history.ts';
import {
  describeBackfill,
  describeCommitProblem,
  describeCommitStep,
} from '../../../src/report/words/history.ts';
import { describeProgress } from '../../../src/report/words/progress.ts';
import { commitOf, exampleHistory, inputOf, pointOf } from '../../support/history-data.ts';

function render(records: readonly HistoryRecord[], width = 100): string {
  const history = joinHistory(records);
  const commits = orderCommits(history);
  return renderHistory(listSeries(history, commits), commits, 10, { colour: false, width });
}

test('a sparkline rises from its least to its greatest value, with gaps', () => {
  assert.equal(drawSparkline([0, 7, null, 3.5]), '▁█ ▅');
  assert.equal(drawSparkline([4, 4, 4]), '▁▁▁');
  assert.equal(drawSparkline([null, null]), '  ');
});

test('a history shows the line, the present numbers, and the commits that moved them', () => {
  assert.equal(
    render(exampleHistory),
    `6 of 10 commits measured, the newest with go1.26.8 on linux/amd64, GOMAXPROCS=2.

example.com/m.BenchmarkEncode
  ▁▁█ ██  3 to 5 allocs/op, 96 B/op
    +1 allocs/op, +32 B/op 2000000000 2026-01-03 Add <script>tracing</script> (#102)

example.com/m.BenchmarkGrow/large
  ▁▁▁ ██  1 allocs/op, 4096 B/op (the line shows B/op)
    +3072 B/op 4000000000 2026-01-05 Merge pull request #104 from somebody/branch

example.com/m.BenchmarkIdle
  ▁▁▁ ▁▁  0 allocs/op, 0 B/op
`,
  );
});

test('a history of many commits shows the last ones, and fits the terminal', () => {
  const records = [
    inputOf('a', [pointOf('BenchmarkX', 2, 64)]),
    ...Array.from({ length: 300 }, (_, position) => commitOf(position, 'a')),
  ];
  for (const line of render(records, 60).split('\n').slice(1)) assert.ok(line.length <= 60, line);
});

test('a subject with control characters moves nothing in the terminal', () => {
  const records = exampleHistory.map((record) =>
    record.kind === 'commit' && record.position === 2
      ? { ...record, subject: 'red \u001B[31m\r\u202Edlo' }
      : record,
  );
  const text = render(records);
  for (const character of ['\u001B', '\r', '\u202E']) assert.ok(!text.includes(character));
});

test('an empty history says which command fills it', () => {
  assert.match(render([]), /allocgate history backfill/u);
  assert.match(render([commitOf(0, null)]), /no benchmarks/u);
});

test('the JSON has each point beside its commit', () => {
  const history = joinHistory(exampleHistory);
  const commits = orderCommits(history);
  const read: unknown = JSON.parse(renderHistoryJson(listSeries(history, commits), commits));
  assert.partialDeepStrictEqual(read, {
    schemaVersion: 1,
    commits: [
      {},
      {},
      { pullRequest: 102 },
      { problem: 'go.mod requires go >= 1.99' },
      { pullRequest: 104 },
      { pullRequest: null },
    ],
    benchmarks: [
      {
        package: 'example.com/m',
        name: 'BenchmarkEncode',
        points: [
          {},
          {},
          { iterations: 1000, allocsPerOp: { low: 3, high: 3 } },
          null,
          { allocsPerOp: { low: 3, high: 5 } },
          {},
        ],
        moves: [{ allocsPerOp: 1, bytesPerOp: 32, isOther: false }],
      },
      { name: 'BenchmarkGrow/large' },
      { name: 'BenchmarkIdle', moves: [] },
    ],
  });
});

test('a backfill says what it did and what is left', () => {
  const nothing = { commits: 30, known: 30, measured: 0, benchmarks: 0, left: 0, isStopped: false };
  assert.equal(describeBackfill(nothing), 'All commits were measured before. Nothing was left to measure.');
  const some = { ...nothing, known: 1, measured: 20, benchmarks: 41, left: 9 };
  assert.equal(
    describeBackfill(some),
    'Measured 41 benchmarks for 20 of 30 commits. 1 commit was measured before. The time was used up: 9 commits are left. The same command continues there.',
  );
  assert.match(describeBackfill({ ...some, left: 1, isStopped: true }), /It was stopped: 1 commit is left/u);
});

test('a commit that cannot be measured says why, without a path of this machine', () => {
  assert.equal(
    describeCommitProblem({ code: 'no-go-files', facts: { path: '/home/gopher/log' } }),
    'It has no Go files.',
  );
  const tooOld = { code: 'go-too-old', facts: { needs: '1.99', has: '1.26.8' } } as const;
  assert.equal(describeCommitProblem(tooOld), 'It needs Go 1.99, and the installed Go is 1.26.8.');
  assert.equal(
    describeCommitProblem({ code: 'disk-full', facts: { path: '/tmp' } }),
    null,
    'the machine, not the commit',
  );
});

test('the progress of a backfill names one commit, not two', () => {
  const place = { done: 0, total: 2, sha: 'a'.repeat(40) };
  const step = describeProgress({ phase: 'source', side: 'commit' });
  assert.equal(describeCommitStep(place, step), 'Commit 1 of 2 (aaaaaaaaaa): Reading its files…');
});
