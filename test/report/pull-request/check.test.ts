import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describeCancelled,
  describeCrashes,
  describeForkRefused,
  describeForkWaiting,
  describeNotMeasured,
  describeProgressOutput,
  describeQueued,
  describePartial,
  describeUnwritten,
} from '../../../src/report/pull-request/check.ts';
import type { Progress } from '../../../src/report/words/progress.ts';

const evil = '@octocat `|` <img src=x>\n# h';
const measuring: Progress = {
  phase: 'measure',
  package: 'example.com/m/log',
  index: 2,
  packages: 7,
  done: 12,
  total: 40,
  name: 'BenchmarkInfo',
  leftMs: 0,
};

test('progress shows live counts, and names only as code', () => {
  const { title, summary } = describeProgressOutput(measuring);
  assert.equal(title, 'Measuring: 12 of 40 benchmarks in package 3 of 7');
  assert.equal(summary, 'Measuring `BenchmarkInfo` in `example.com/m/log`.');
  for (const progress of [
    { ...measuring, name: evil, package: evil },
    { phase: 'profile', name: evil } as const,
  ]) {
    const output = describeProgressOutput(progress);
    assert.doesNotMatch(output.title, /octocat/);
    assert.doesNotMatch(output.summary, /<img|\|/);
  }
});

test('every state of a check has a title and a summary', () => {
  const phases: Progress[] = [
    { phase: 'source' },
    { phase: 'fetch', side: 'base' },
    { phase: 'compile', side: 'cross' },
    { phase: 'match' },
  ];
  const outputs = [
    describeQueued(),
    describeProgressOutput(null),
    ...phases.map(describeProgressOutput),
    ...(['superseded', 'cancelled', 'closed', 'dissolved', 'unheld', 'gone'] as const).map(describeCancelled),
    describeCrashes(3),
    describeForkWaiting(),
    describeForkRefused(),
  ];
  for (const { title, summary } of outputs) {
    assert.ok(title.length > 0 && title.length <= 100 && !title.endsWith('.'), title);
    assert.ok(summary.length > 0);
    assert.doesNotMatch(`${title}${summary}`, /undefined|null|NaN/);
  }
  assert.equal(new Set(outputs.map(({ title }) => title)).size, outputs.length);
});

test('each says what can be done', () => {
  assert.match(describeForkWaiting().summary, /`\/allocgate approve`.*only this commit/s);
  assert.match(describeCrashes(3).summary, /3 times.*Re-run/s);
  assert.match(describeCancelled('cancelled').summary, /\/allocgate rerun/);
  assert.match(describeCancelled('gone').summary, /archived.*suspended.*\/allocgate rerun/);
  assert.doesNotMatch(JSON.stringify(describeCancelled('gone')), /closed/);
});

test('what could not be written all is reported above what was measured, which gives way where there is no room', () => {
  const check = { title: 'title', summary: 'what was measured', text: 'text' };
  for (const [status, words] of [
    [422, /^GitHub refused a part.*status 422.*Re-run.*\n\nwhat was measured$/],
    [502, /^GitHub failed repeatedly.*Re-run.*\n\nwhat was measured$/],
    [null, /^The server could not post.*Re-run.*\n\nwhat was measured$/],
  ] as const) {
    const told = describeUnwritten(check, status);
    assert.partialDeepStrictEqual(told, { title: 'title', text: 'text' });
    assert.match(told.summary, words);
  }
  const { summary } = describeUnwritten({ ...check, summary: 'x'.repeat(65_535) }, 422);
  assert.match(summary, /^GitHub refused[^x]*$/);
});

test('a review of some benchmarks has their whole expression, because the name of its check is cut', () => {
  const check = { title: 'title', summary: 'what was measured', text: 'text' };
  const bench = `^Benchmark(${'A|'.repeat(230)}B)$`;
  const { summary } = describePartial(bench, check);
  assert.match(
    summary,
    /^As requested, only the benchmarks that match .* were measured.*\n\nwhat was measured$/,
  );
  assert.equal(summary.match(/A&#124;/gu)?.length, 230);
});

test('a failure of the server itself shows no path and no stack', () => {
  const secret = '/srv/secret';
  for (const failure of [
    { code: 'internal', facts: { detail: [`at ${secret}.ts:1`] } },
    { code: 'disk-full', facts: { path: secret, detail: [secret] } },
    { code: 'git-failed', facts: { command: secret, ended: 1, detail: [secret] } },
    { code: 'sandbox-unavailable', facts: { kind: 'not-started', program: secret, detail: secret } },
    { code: 'bad-settings', facts: { path: secret, problems: [secret] } },
    { code: 'no-go-mod', facts: { paths: [secret], isConfigured: false } },
  ] as const) {
    const { title, summary, text } = describeNotMeasured(failure);
    assert.doesNotMatch(`${title}${summary}${text}`, /secret/u, failure.code);
  }
});

test('what a failing program printed is inert and short enough', () => {
  const output = Array.from({ length: 3000 }, () => `\`\`\`\n${evil}`.repeat(40));
  const facts = { command: evil, ended: 'exited' as const, exitCode: 1, output };
  const { title, summary } = describeNotMeasured({ code: 'go-failed', facts });
  assert.ok(summary.length <= 65_535);
  assert.doesNotMatch(title, /octocat/);
  const active = summary
    .replace(/^(`{4,})text\n[^]*?\n\1$/mu, '')
    .replaceAll(/<code>.*?<\/code>/gu, '')
    .replaceAll(/`[^`\n]*`/gu, '');
  assert.doesNotMatch(active, /octocat|<img/);
});
