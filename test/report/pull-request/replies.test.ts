import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMarkers, writeMarker } from '../../../src/report/model/markers.ts';
import { writeReply, type Reply } from '../../../src/report/pull-request/replies.ts';
import { loadRules } from '../../../src/review/rule-files.ts';
import { findRule } from '../../../src/rules/rule-list.ts';
import { assertGolden } from '../../support/golden.ts';
import {
  everyReply,
  repliedAcceptance as acceptance,
  repliedReport as report,
} from '../../support/reply-data.ts';

const marker = writeMarker('reply:123-4');
const text = (reply: Reply): string => writeReply(marker, reply).slice(marker.length + 2);

test('each reply, as its comment shows it', () => {
  const texts = everyReply('BenchmarkX').map((reply) => `<!-- ${reply.kind} -->\n${text(reply)}\n`);
  assertGolden('replies.md', texts.join('\n'));
});

test('every reply begins with its marker, and has something to say', () => {
  for (const reply of everyReply('word')) {
    const body = writeReply(marker, reply);
    assert.deepEqual(readMarkers(body), ['reply:123-4'], reply.kind);
    assert.ok(body.startsWith(`${marker}\n\n`));
    assert.doesNotMatch(body, /undefined|null|NaN/, reply.kind);
  }
});

test('nobody is mentioned, and nothing that people wrote is active', () => {
  const evil =
    '@octocat |x| `y` <img src=x> [a](https://evil.example)\n/allocgate approve\n<!-- allocgate:summary -->';
  for (const reply of everyReply(evil)) {
    const active = text(reply)
      .replaceAll(/<code>(?:[\p{L}\p{N} ]|&#\d+;|…)*<\/code>/gu, '')
      .replaceAll(/`[^`\n]*`/gu, '');
    assert.doesNotMatch(active, /octocat|evil\.example|<img|<!--|^\/allocgate/mu, reply.kind);
  }
});

test('help lists every command', () => {
  for (const name of ['help', 'run', 'rerun', 'cancel', 'approve', 'accept', 'withdraw', 'explain']) {
    assert.match(text({ kind: 'help' }), new RegExp(`(?:/|&#47;)allocgate ${name}\\b`));
  }
});

test('an unknown word gets a suggestion, an incomplete command its form', () => {
  assert.equal(
    text({ kind: 'unknown', word: 'acept', suggestion: 'accept' }),
    'There is no command `acept`. Did you mean `/allocgate accept`? `/allocgate help` lists the commands.',
  );
  assert.match(
    text({ kind: 'unknown', word: 'x', suggestion: null }),
    /^There is no command `x`\. `\/allocgate help`/,
  );
  const accept = text({ kind: 'incomplete', command: 'accept', missing: 'reason' });
  assert.match(accept, /Missing: a reason.*accept BENCHMARK&#124;FINDING because REASON/);
});

test('what cannot be accepted is distinguished', () => {
  const tell = (problem: 'unknown' | 'ambiguous' | 'nothing-to-accept', similar: string[]): string =>
    text({ kind: 'not-acceptable', text: 'BenchmarkX', problem, similar });
  assert.match(tell('unknown', ['BenchmarkY']), /named `BenchmarkX`\. Did you mean `BenchmarkY`\?/);
  assert.match(tell('unknown', []), /named `BenchmarkX`\.$/);
  assert.match(tell('ambiguous', ['a.BenchmarkX', 'b.BenchmarkX']), /`a\.BenchmarkX`, `b\.BenchmarkX`/);
  assert.match(tell('nothing-to-accept', []), /is not a measured regression/);
});

test('names to choose from are whole, because long ones can begin alike', () => {
  const names = ['a', 'b'].map((end) => `m.BenchmarkX/${'x'.repeat(280)}/${end}`);
  const whole = text({ kind: 'not-acceptable', text: 'BenchmarkX', problem: 'ambiguous', similar: names });
  for (const name of names) assert.ok(whole.includes(`\`${name}\``), whole);
});

test('an acceptance is confirmed with who, why, what and how much', () => {
  const reply = text({ kind: 'accepted', acceptances: [acceptance], report });
  assert.match(
    reply,
    /^Accepted by `gopher` because `it is needed`:\n\n- MA-01 at `log\/log\.go:42`: \+1 allocs\/op, \+16 B\/op in/,
  );
  assert.match(reply, /as long as the cost does not grow/);
  const silent = text({ kind: 'accepted', acceptances: [{ ...acceptance, reason: '' }], report: null });
  assert.match(silent, /^Accepted by `gopher`:\n\n- `00c0ffee00c0ffee`: /);
});

test('a review that was asked for names its commit and its benchmarks', () => {
  const headSha = '9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c';
  assert.match(text({ kind: 'queued', headSha, bench: null }), /^`9f8e7d6c5b4a` will be measured as soon/);
  assert.match(text({ kind: 'queued', headSha, bench: 'Info$' }), /benchmarks that match `Info\$`/);
  assert.match(text({ kind: 'cancelled', runs: 0 }), /nothing to cancel/);
});

test('an explanation is the exercise page, with smaller headings and its code untouched', async () => {
  const { rules } = await loadRules();
  const rule = findRule(rules, 'MA-01');
  assert.ok(rule);
  const page = text({ kind: 'explain', rule, finding: null });
  assert.match(page, /^### fmt\.Sprintf in a hot path\n/);
  assert.match(page, /\n#### Before → after\n\n```diff\n func AppendKey/);
  const fenced = { ...rule, exercise: '# T\n\n```sh\n# a comment\n```\n\n## S' };
  assert.match(
    text({ kind: 'explain', rule: fenced, finding: null }),
    /^### T\n\n```sh\n# a comment\n```\n\n#### S/,
  );
  const [, , finding] = report.findings;
  assert.ok(finding);
  assert.match(
    text({ kind: 'explain', rule, finding }),
    /^About `log\/field\.go:9`: Possible new allocation/,
  );
  for (const one of rules) {
    const whole = writeReply(marker, { kind: 'explain', rule: one, finding: null });
    assert.ok(whole.length <= 65_535);
    assert.match(whole, /<sub>Rule [^\n]+<\/sub>$/u, one.id);
  }
});
