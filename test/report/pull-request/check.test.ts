import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureCode } from '../../../src/errors.ts';
import {
  describeCancelled,
  describeCrashes,
  describeForkRefused,
  describeForkWaiting,
  describeNotMeasured,
  describeProgressOutput,
  describeQueued,
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
    ...(['superseded', 'cancelled', 'gone'] as const).map(describeCancelled),
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
  assert.match(describeForkWaiting().summary, /`\/allocgate approve`.*this one commit/s);
  assert.match(describeCrashes(3).summary, /3 times.*Re-run/s);
  assert.match(describeCancelled('cancelled').summary, /\/allocgate rerun/);
});

test('what could not be written all is told above what was measured, which gives way where there is no room', () => {
  const check = { title: 'title', summary: 'what was measured', text: 'text' };
  for (const [status, words] of [
    [422, /^GitHub refused a part.*status 422.*Re-run.*\n\nwhat was measured$/],
    [502, /^GitHub did not take.*Re-run.*\n\nwhat was measured$/],
    [null, /^The server could not write.*Re-run.*\n\nwhat was measured$/],
  ] as const) {
    const told = describeUnwritten(check, status);
    assert.partialDeepStrictEqual(told, { title: 'title', text: 'text' });
    assert.match(told.summary, words);
  }
  const { summary } = describeUnwritten({ ...check, summary: 'x'.repeat(65_535) }, 422);
  assert.match(summary, /^GitHub refused[^x]*$/);
});

test('a broken configuration shows its problems and where it has to be corrected', () => {
  const problems = ['.github/allocgate.yml:3:1: "gait" is no key. Did you mean "gate"?'];
  const { title, summary } = describeNotMeasured({ code: 'bad-config', facts: { path: 'x', problems } });
  assert.equal(title, 'Could not measure: the configuration is broken');
  assert.ok(summary.includes(`\`\`\`text\n${problems[0]}\n\`\`\``));
  assert.match(summary, /on the target branch/);
  assert.match(summary, /does not gate the merge/);
});

test('what people of the repository can mend is told as such', () => {
  const tell = (code: FailureCode, facts = {}): string => {
    const { title, summary } = describeNotMeasured({ code, facts });
    return `${title} ${summary}`;
  };
  assert.match(tell('no-go-mod', { path: '/srv/x' }), /no `go\.mod` at the top/);
  assert.match(
    tell('no-go-mod', { path: 'a, b', modules: 1 }),
    /no `go\.mod` in `a, b`.*benchmarks\.modules/s,
  );
  assert.match(
    tell('go-too-old', { needs: '1.99', has: '1.26' }),
    /Go `1\.99` or newer; this server has `1\.26`/,
  );
  assert.match(
    tell('go-failed', { command: 'go list', exitCode: 1, output: ['404 Not Found'] }),
    /status 1[^]*404 Not Found[^]*private/,
  );
  assert.match(tell('go-failed', { command: 'go list', ended: 'timed-out' }), /limits\.buildSeconds/);
  assert.match(tell('tree-too-large', { reason: 'bytes', limit: 9 }), /more than 9 bytes/);
  assert.match(tell('fetch-failed', { reason: 'missing-commit' }), /pushed to/);
  assert.match(tell('fetch-failed', { reason: 'refused', url: 'https://x' }), /permission/);
});

test("a server's own troubles stay its own: no path, no stack", () => {
  for (const code of [
    'internal',
    'disk-full',
    'git-failed',
    'sandbox-unavailable',
    'bad-settings',
  ] as const) {
    const facts = {
      path: '/srv/secret',
      detail: ['at /srv/secret.ts:1'],
      output: ['/srv/secret'],
      problems: ['/srv/secret'],
    };
    const { title, summary, text } = describeNotMeasured({ code, facts });
    assert.doesNotMatch(`${title}${summary}${text}`, /secret/);
    assert.match(title, /problem of the server/);
  }
});

test('what a failing program printed is inert and short enough', () => {
  const output = Array.from({ length: 3000 }, () => `\`\`\`\n${evil}`.repeat(40));
  const facts = { command: evil, exitCode: 1, output };
  const { title, summary } = describeNotMeasured({ code: 'go-failed', facts });
  assert.ok(summary.length <= 65_535);
  assert.doesNotMatch(title, /octocat/);
  const active = summary
    .replace(/^(`{4,})text\n[^]*?\n\1$/mu, '')
    .replaceAll(/<code>.*?<\/code>/gu, '')
    .replaceAll(/`[^`\n]*`/gu, '');
  assert.doesNotMatch(active, /octocat|<img/);
});
