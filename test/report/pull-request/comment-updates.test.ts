import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendRefused, writeFixed } from '../../../src/report/pull-request/comment-updates.ts';
import { readMarkers, summaryMarker, writeMarker } from '../../../src/report/model/markers.ts';
import type { PlannedComment } from '../../../src/report/model/pull-request.ts';

const comment = (line: number, text = 'it allocates'): PlannedComment => ({
  anchor: { file: 'a.go', line, startLine: null, side: 'RIGHT' },
  id: `id${line}`,
  body: `${writeMarker(`id${line}`)}\n\n${text}`,
});
const summary = `${summaryMarker}\n\n### allocgate: fail`;

test('refused comments stand behind the summary, without their markers', () => {
  const body = appendRefused(summary, [comment(1), comment(2)]);
  assert.ok(
    body.startsWith(
      `${summary}\n\n### Findings whose line GitHub did not accept\n\n#### \`a.go:1\` (RIGHT)\n\nit allocates\n\n#### \`a.go:2\``,
    ),
  );
  assert.deepEqual(readMarkers(body), ['summary']);
  assert.doesNotMatch(body, /allocgate:id/);
  assert.equal(appendRefused(summary, []), summary);
});

test('as many as fit into one body, and how many did not', () => {
  const refused = [1, 2, 3].map((line) => comment(line, 'x'.repeat(30_000)));
  const body = appendRefused(summary, refused);
  assert.ok(body.length <= 65_535);
  assert.ok(body.endsWith('… and 1 more comment'), body.slice(-40));
  const full = summary.padEnd(65_535, 'x');
  assert.equal(appendRefused(full, refused), full);
});

test('an answered comment says that its finding is gone and keeps what it said', () => {
  const body = writeFixed(`${writeMarker('a1')}\n${writeMarker('b2')}\n\n**+1 allocs/op**`);
  assert.deepEqual(readMarkers(body), ['a1', 'b2']);
  assert.match(body, /\n\n\*\*Fixed:\*\* [^]*<details>[^]*\*\*\+1 allocs\/op\*\*[^]*<\/details>$/);
});

test('saying it again changes nothing', () => {
  const once = writeFixed(`${writeMarker('a1')}\n\ntext`);
  assert.equal(writeFixed(once), once);
  assert.ok(writeFixed(`${writeMarker('a1')}\n\n${'x'.repeat(65_500)}`).length < 300);
});
