import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { Failure } from '../../src/errors.ts';
import type { Command, ProcessLimits, Sandbox } from '../../src/sandbox/types.ts';
import { createTestSandbox, type SandboxOptions } from '../support/sandboxes.ts';

function shell(script: string, more: Partial<Command> = {}): Command {
  return {
    file: '/bin/sh',
    args: ['-c', script],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    view: { readOnly: [], writable: [], scratch: null, network: false },
    timeoutMs: 20_000,
    maxOutputBytes: 1 << 20,
    ...more,
  };
}

function isRunning(marker: string): boolean {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return all.split('\n').some((line) => line.startsWith(`sleep ${marker}`));
}

/**
 * What the operating system tells apart and a test must, too: sleeps of different tiers. Those in gVisor it does not see:
 * gvisor.long.test.ts looks for gVisor's own processes instead.
 */
const tiers = [
  { tier: 'none', mark: '1' },
  { tier: 'bubblewrap', mark: '2' },
  { tier: 'gvisor', mark: '3' },
] as const;

for (const { tier, mark } of tiers) {
  const withSandbox = async (
    work: (sandbox: Sandbox) => Promise<void>,
    options: SandboxOptions = {},
  ): Promise<void> => {
    const { sandbox, remove } = await createTestSandbox(tier, options);
    try {
      await work(sandbox);
    } finally {
      await sandbox.close();
      await remove();
    }
  };
  const limited = (limits: Partial<ProcessLimits>): SandboxOptions => ({ limits });

  test(`${tier}: a program gets the given environment and nothing else`, () =>
    withSandbox(async (sandbox) => {
      process.env['ALLOCGATE_TEST_SECRET'] = 'secret';
      const lines: string[] = [];
      const outcome = await sandbox.run(
        shell('env', { env: { PATH: '/usr/bin:/bin', A: 'b' }, onStdout: (line) => lines.push(line) }),
      );
      delete process.env['ALLOCGATE_TEST_SECRET'];
      assert.equal(outcome.exitCode, 0);
      assert.ok(lines.includes('A=b'));
      assert.ok(!lines.some((line) => line.includes('secret')));
    }));

  test(`${tier}: exit code, streams and the last lines come back`, () =>
    withSandbox(async (sandbox) => {
      const stdout: string[] = [];
      const stderr: string[] = [];
      const outcome = await sandbox.run(
        shell('echo out; printf "no newline" >&2; exit 3', {
          onStdout: (line) => stdout.push(line),
          onStderr: (line) => stderr.push(line),
        }),
      );
      assert.deepEqual({ stdout, stderr }, { stdout: ['out'], stderr: ['no newline'] });
      assert.equal(outcome.exitCode, 3);
      assert.deepEqual([...outcome.tail].sort(), ['no newline', 'out']);
    }));

  test(`${tier}: a signal that ends a program is reported`, () =>
    withSandbox(async (sandbox) => {
      const outcome = await sandbox.run(shell('kill -SEGV $$'));
      assert.deepEqual([outcome.ended, outcome.exitCode, outcome.signal], ['exited', null, 'SIGSEGV']);
    }));

  test(`${tier}: a program over its time is killed with its children, and nobody waits for them`, () =>
    withSandbox(async (sandbox) => {
      const sleep = `sleep 4711${mark}`;
      const outcome = await sandbox.run(shell(`${sleep} & setsid ${sleep} & ${sleep}`, { timeoutMs: 300 }));
      assert.equal(outcome.ended, 'timed-out');
      // Waiting for a child, which holds the output open, would take 78 minutes: more than a test file may take.
      // A child that left the session survives if only process groups contain it.
      if (tier !== 'none') assert.ok(!isRunning(`4711${mark}`), 'a child survived');
      execFileSync('sh', ['-c', `pkill -f '^${sleep}' || true`]);
    }));

  test(`${tier}: silence for longer than the idle limit ends a program; output keeps it alive`, () =>
    withSandbox(async (sandbox) => {
      const hung = await sandbox.run(shell(`echo a; sleep 4712${mark}`, { idleTimeoutMs: 300 }));
      assert.equal(hung.ended, 'timed-out');
      const alive = await sandbox.run(
        shell('for i in 1 2 3 4 5 6; do echo $i; sleep 0.25; done', { idleTimeoutMs: 1500 }),
      );
      assert.equal(alive.ended, 'exited');
    }));

  test(`${tier}: output over the limit ends a program`, () =>
    withSandbox(async (sandbox) => {
      let seen = 0;
      const outcome = await sandbox.run(
        shell('yes', { maxOutputBytes: 100_000, onStdout: (line) => (seen += line.length) }),
      );
      assert.equal(outcome.ended, 'output-limit');
      assert.ok(seen <= 100_000);
    }));

  test(`${tier}: memory over the limit is refused`, () =>
    withSandbox(
      async (sandbox) => {
        const lines: string[] = [];
        const script = 'head -c 300000000 /dev/zero | tail -c 290000000 | wc -c';
        await sandbox.run(shell(script, { onStdout: (line) => lines.push(line.trim()) }));
        assert.notEqual(lines[0], '290000000');
      },
      limited({ memoryBytes: 64 << 20 }),
    ));

  test(`${tier}: cancelling rejects with interrupted and kills what runs`, () => {
    const controller = new AbortController();
    return withSandbox(
      async (sandbox) => {
        const running = sandbox.run(shell(`sleep 4713${mark}`));
        setTimeout(() => controller.abort(), 300);
        await assert.rejects(running, (error) => error instanceof Failure && error.code === 'interrupted');
        assert.ok(!isRunning(`4713${mark}`));
        await assert.rejects(sandbox.run(shell('true')), Failure);
      },
      { signal: controller.signal },
    );
  });

  test(`${tier}: a file that the program leaves comes back, up to a limit, also from one that failed`, () =>
    withSandbox(async (sandbox) => {
      const file = `${sandbox.temp}/result`;
      const ask = (script: string, maxBytes: number): Promise<string | undefined> =>
        sandbox
          .run(shell(script, { resultFile: { path: file, maxBytes } }))
          .then(({ result }) => result?.toString());
      assert.equal(await ask(`printf abc > ${file}`, 3), 'abc');
      assert.equal(await ask(`printf abcd > ${file}`, 3), undefined);
      assert.equal(await ask('true', 3), undefined);
      assert.equal(await ask(`printf abc > ${file}; exit 1`, 3), 'abc');
      assert.equal(await ask(`ln -s /dev/zero ${file}`, 3), undefined);
    }));

  test(`${tier}: busy time counts overlapping programs once`, () =>
    withSandbox(async (sandbox) => {
      const both = await Promise.all([sandbox.run(shell('sleep 0.5')), sandbox.run(shell('sleep 0.5'))]);
      const longest = Math.max(...both.map((outcome) => outcome.durationMs));
      const sum = both.reduce((total, outcome) => total + outcome.durationMs, 0);
      assert.ok(sandbox.busyMs() >= longest * 0.99 && sandbox.busyMs() < sum * 0.75);
    }));
}

test('bubblewrap: a missing program is a failure that names it', async () => {
  const { sandbox, remove } = await createTestSandbox('bubblewrap');
  try {
    await assert.rejects(
      sandbox.run({ ...shell(''), file: '/nowhere/go', args: [] }),
      (error) => error instanceof Failure && JSON.stringify(error.reason.facts).includes('/nowhere/go'),
    );
  } finally {
    await remove();
  }
});
