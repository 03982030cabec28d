import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeConfigProblem } from '../../../src/report/words/config.ts';
import { describeFailure } from '../../../src/report/words/failures.ts';

// What a stranger calls a branch, a file or a value of the configuration, when a review ends early.

const hostile = '\n::error file=a.go,line=1::owned ##[error]x\u001B[2J\u202E@octocat';
const hidden = /[\p{Cc}\p{Cf}]/u;
const command = /^\s*::|##\[/u;

void test('what a failure quotes stays on its line and is no command', () => {
  const revision = { revision: hostile, similar: [hostile, 'main'], shallow: 0, detail: [hostile] };
  const branches = { branches: [hostile] };
  const output = { command: 'go list', ended: 'exited', exitCode: 1, output: [hostile, hostile.trim()] };
  for (const failure of [
    { code: 'unknown-revision', facts: revision },
    { code: 'no-default-branch', facts: branches },
    { code: 'go-failed', facts: output },
  ] as const) {
    const { message, hint, lines } = describeFailure(failure);
    for (const text of [message, hint, ...lines]) {
      assert.doesNotMatch(text, hidden);
      assert.doesNotMatch(text, command);
    }
  }
  assert.equal(describeFailure({ code: 'go-failed', facts: output }).lines.length, 2);
});

void test('a value of the configuration is quoted whole, clean and short', () => {
  const problem = { path: `a\n${hostile}`, line: 1, column: 1, key: 'gate' };
  const found = hostile + 'x'.repeat(60_000);
  const line = describeConfigProblem({
    ...problem,
    kind: 'not-allowed',
    allowed: ['fail'],
    found,
    suggestion: null,
  });
  const { lines } = describeFailure({ code: 'bad-config', facts: { path: 'p', problems: [line] } });
  assert.match(lines[0] ?? '', /owned/u);
  assert.doesNotMatch(lines[0] ?? '', hidden);
  assert.doesNotMatch(lines[0] ?? '', /##\[/u);
  assert.ok((lines[0] ?? '').length < 510);
});
