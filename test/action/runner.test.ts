import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner } from '../../src/action/runner.ts';
import type { Annotation } from '../../src/report/model/pull-request.ts';

const annotation = (changes: Partial<Annotation> = {}): Annotation => ({
  path: 'log/log.go',
  start_line: 42,
  end_line: 43,
  annotation_level: 'failure',
  title: 'MA-01 fmt.Sprintf in a hot path',
  message: 'one\ntwo',
  ...changes,
});

/**
 * Reads a log as the runner does: which lines does it take for commands? Nothing between `stop-commands` and its token
 * (ActionCommandManager.cs of github.com/actions/runner).
 */
function readCommands(log: string): string[] {
  let stopped: string | null = null;
  const commands: string[] = [];
  for (const line of log.split('\n')) {
    const [, name = '', data = ''] = /^\s*::([^:\s]+)[^:]*(?:::|:)?(.*)$/u.exec(line) ?? [];
    if (name === '') continue;
    if (stopped !== null) {
      if (name === stopped) stopped = null;
      continue;
    }
    if (name === 'stop-commands') stopped = data.replace(/^:/u, '');
    else commands.push(line.trim());
  }
  return commands;
}

function record(use: (runner: ReturnType<typeof createRunner>) => void): string {
  let log = '';
  use(createRunner({}, (text) => void (log += text)));
  return log;
}

test('what benchmarks and compilers say is never a command', () => {
  const attacks = [
    '::error::no',
    '::add-mask::a',
    ' ::set-output name=verdict::pass',
    '##[error]no',
    '::x::',
  ];
  const log = record(({ log: say }) => attacks.forEach((line) => say(`Measuring\n${line}`)));
  assert.deepEqual(readCommands(log), []);
  for (const line of log.split('\n').slice(1)) assert.doesNotMatch(line, /^\s*::|##\[/u);
});

test('only annotations are commands, and silence follows them', () => {
  const log = record(({ log: say, annotate }) => {
    annotate([annotation()]);
    say('::error::no');
    annotate([annotation({ annotation_level: 'notice', title: 'a:b,c', message: '100 %' })]);
    say('::warning::no');
  });
  assert.deepEqual(readCommands(log), [
    '::error file=log/log.go,line=42,endLine=43,title=MA-01 fmt.Sprintf in a hot path::one%0Atwo',
    '::notice file=log/log.go,line=42,endLine=43,title=a%3Ab%2Cc::100 %25',
  ]);
});

test('a message cannot end its command and begin another one', () => {
  const log = record(({ annotate }) =>
    annotate([annotation({ path: 'a,line=1::x', message: 'x\r\n::set-env name=A::b' })]),
  );
  assert.equal(readCommands(log).length, 1);
  assert.ok(log.includes('file=a%2Cline=1%3A%3Ax,'));
});

test('ten annotations of each level, as many as GitHub shows', () => {
  const many = Array.from({ length: 25 }, () => annotation());
  const log = record(({ annotate }) => annotate([...many, annotation({ annotation_level: 'warning' })]));
  assert.equal(readCommands(log).length, 11);
});
