import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureReason } from '../../../src/errors.ts';
import { describeConfigProblem } from '../../../src/report/words/config.ts';
import { describeFailure } from '../../../src/report/words/failures.ts';
import { describeFailureOnGitHub } from '../../../src/report/words/github-failures.ts';
import { failureExamples } from '../../support/failure-data.ts';
import { assertGolden } from '../../support/golden.ts';

test('each failure in a terminal: the message, the hint, the lines of the program', () => {
  const texts = failureExamples.map((failure) => {
    const { message, hint, lines } = describeFailure(failure);
    return [`# ${failure.code}`, message, ...lines.map((line) => `  ${line}`), hint, ''].join('\n');
  });
  assertGolden('failures.txt', texts.join('\n'));
});

test('each failure on a pull request', () => {
  const texts = failureExamples.map((failure) => {
    const { title, message, hint, lines } = describeFailureOnGitHub(failure);
    return [`# ${failure.code}: ${title}`, message, ...lines.map((line) => `  ${line}`), hint, ''].join('\n');
  });
  assertGolden('failures.md', [...new Set(texts)].join('\n'));
});

test('every failure but an interrupt says what to do', () => {
  for (const failure of failureExamples) {
    const { message, hint } = describeFailure(failure);
    assert.match(message, /^\S.{10,}\.$/u, failure.code);
    assert.doesNotMatch(`${message} ${hint}`, /undefined|null|\[object|[^.]\.\.[^.]|: \./u, failure.code);
    assert.equal(hint === '', failure.code === 'interrupted', failure.code);
  }
});

// What a stranger calls a branch, a file or a value of the configuration, when a review ends early.
const hostile = '\n::error file=a.go,line=1::owned ##[error]x\u001B[2J\u202E@octocat';
const hidden = /[\p{Cc}\p{Cf}]/u;
const command = /^\s*::|##\[/u;

/** The same value with every string in it replaced. */
function poison(failure: FailureReason): FailureReason {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only texts change
  return JSON.parse(JSON.stringify(failure), (key, one: unknown) =>
    typeof one === 'string' &&
    !['kind', 'reason', 'problem', 'ended', 'code', 'why', 'limit', 'option', 'broken'].includes(key)
      ? hostile
      : one,
  ) as FailureReason;
}

test('what a failure quotes stays on its line and is not a command', () => {
  for (const failure of failureExamples.map(poison)) {
    const { message, hint, lines } = describeFailure(failure);
    for (const text of [message, hint, ...lines]) {
      assert.doesNotMatch(text, hidden, failure.code);
      assert.doesNotMatch(text, command, failure.code);
    }
  }
});

test('a value of the configuration is quoted clean and short', () => {
  const problem = { path: `a\n${hostile}`, line: 1, column: 1, key: 'gate' };
  const found = hostile + 'x'.repeat(60_000);
  const line = describeConfigProblem({
    ...problem,
    kind: 'not-allowed',
    allowed: ['fail'],
    found,
    type: 'text',
    suggestion: null,
  });
  const { lines } = describeFailure({ code: 'bad-config', facts: { path: 'p', problems: [line] } });
  assert.match(lines[0] ?? '', /owned/u);
  assert.doesNotMatch(lines[0] ?? '', hidden);
  assert.doesNotMatch(lines[0] ?? '', /##\[/u);
  assert.ok((lines[0] ?? '').length < 510);
});
