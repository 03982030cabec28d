import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { createLineSplitter } from '../../src/sandbox/lines.ts';
import { type Command, createPlainSandbox } from '../../src/sandbox/sandbox.ts';

function shell(script: string, more: Partial<Command> = {}): Command {
  return {
    file: '/bin/sh',
    args: ['-c', script],
    cwd: tmpdir(),
    env: { PATH: '/usr/bin:/bin' },
    timeoutMs: 20_000,
    maxOutputBytes: 1 << 20,
    memoryBytes: null,
    ...more,
  };
}

function isRunning(marker: string): boolean {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return all.split('\n').some((line) => line.startsWith(`sleep ${marker}`));
}

test('a program gets the given environment and nothing else', async () => {
  process.env['ALLOCGATE_TEST_SECRET'] = 'secret';
  const lines: string[] = [];
  const sandbox = createPlainSandbox(new AbortController().signal);
  const outcome = await sandbox.run(
    shell('env', { env: { PATH: '/usr/bin:/bin', A: 'b' }, onStdout: (line) => lines.push(line) }),
  );
  delete process.env['ALLOCGATE_TEST_SECRET'];
  assert.equal(outcome.exitCode, 0);
  assert.ok(lines.includes('A=b'));
  assert.ok(!lines.some((line) => line.includes('secret')));
});

test('exit code, streams and the last lines come back', async () => {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const sandbox = createPlainSandbox(new AbortController().signal);
  const outcome = await sandbox.run(
    shell('echo out; printf "no newline" >&2; exit 3', {
      onStdout: (line) => stdout.push(line),
      onStderr: (line) => stderr.push(line),
    }),
  );
  assert.deepEqual({ stdout, stderr }, { stdout: ['out'], stderr: ['no newline'] });
  assert.equal(outcome.exitCode, 3);
  assert.deepEqual([...outcome.tail].sort(), ['no newline', 'out']);
});

test('a program over its time is killed with its children, promptly', async () => {
  const sandbox = createPlainSandbox(new AbortController().signal);
  const outcome = await sandbox.run(shell('sleep 4711 & sleep 4711', { timeoutMs: 300 }));
  assert.equal(outcome.ended, 'timed-out');
  assert.ok(!isRunning('4711'), 'a child survived');
});

test('silence for longer than the idle limit ends a program; output keeps it alive', async () => {
  const sandbox = createPlainSandbox(new AbortController().signal);
  const hung = await sandbox.run(shell('echo a; sleep 4712', { idleTimeoutMs: 300 }));
  assert.equal(hung.ended, 'timed-out');
  const alive = await sandbox.run(
    shell('for i in 1 2 3 4 5 6; do echo $i; sleep 0.25; done', { idleTimeoutMs: 1000 }),
  );
  assert.equal(alive.ended, 'exited');
});

test('output over the limit ends a program', async () => {
  const sandbox = createPlainSandbox(new AbortController().signal);
  let seen = 0;
  const outcome = await sandbox.run(
    shell('yes', { maxOutputBytes: 100_000, onStdout: (l) => (seen += l.length) }),
  );
  assert.equal(outcome.ended, 'output-limit');
  assert.ok(seen <= 100_000);
});

test('memory over the limit is refused by the kernel', async () => {
  const sandbox = createPlainSandbox(new AbortController().signal);
  const grab = shell('head -c 300000000 /dev/zero | tail -c 290000000 | wc -c', {
    memoryBytes: 64 << 20,
  });
  const lines: string[] = [];
  await sandbox.run({ ...grab, onStdout: (line) => lines.push(line.trim()) });
  assert.notEqual(lines[0], '290000000');
});

test('cancelling rejects with interrupted and kills what runs', async () => {
  const controller = new AbortController();
  const sandbox = createPlainSandbox(controller.signal);
  const running = sandbox.run(shell('sleep 4713'));
  setTimeout(() => controller.abort(), 200);
  await assert.rejects(running, (error) => error instanceof Failure && error.code === 'interrupted');
  assert.ok(!isRunning('4713'));
  await assert.rejects(sandbox.run(shell('true')), Failure);
});

test('a missing program is a failure that names it', async () => {
  const sandbox = createPlainSandbox(new AbortController().signal);
  await assert.rejects(
    sandbox.run({ ...shell(''), file: '/nowhere/go', args: [] }),
    (error) => error instanceof Failure && error.facts['command'] === '/nowhere/go',
  );
});

test('busy time counts overlapping programs once', async () => {
  const sandbox = createPlainSandbox(new AbortController().signal);
  const both = await Promise.all([sandbox.run(shell('sleep 0.5')), sandbox.run(shell('sleep 0.5'))]);
  const longest = Math.max(...both.map((outcome) => outcome.durationMs));
  const sum = both.reduce((total, outcome) => total + outcome.durationMs, 0);
  assert.ok(sandbox.busyMs() >= longest && sandbox.busyMs() < sum * 0.75);
});

test('lines are split over chunks, long ones cut, bad UTF-8 replaced', () => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), 5);
  const bytes = Buffer.from('aé\r\n1234567890\n\xff', 'latin1');
  splitter.write(Buffer.from('a\u00e9', 'utf8').subarray(0, 2));
  splitter.write(Buffer.from('a\u00e9', 'utf8').subarray(2));
  splitter.write(bytes.subarray(2));
  splitter.end();
  assert.deepEqual(lines, ['a\u00e9', '12345', '\ufffd']);
});
