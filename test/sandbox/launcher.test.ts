import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../src/errors.ts';
import { runProcess } from '../../src/sandbox/process.ts';

const PROCESS = path.resolve(import.meta.dirname, '../../src/sandbox/process.ts');
const limits = { timeoutMs: 600_000, maxOutputBytes: 1 << 30 };
const { signal } = new AbortController();

const launch = (script: string) => ({
  file: '/bin/sh',
  args: ['-c', script],
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '' },
  pipes: [1024],
});

/** The processes whose command line contains a text. */
function findProcesses(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(text) ? [Number(name)] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

function findLauncher(): number {
  const own = findProcesses('launcher-process').filter((pid) =>
    readFileSync(`/proc/${pid}/status`, 'utf8').includes(`PPid:\t${process.pid}\n`),
  );
  assert.equal(own.length, 1);
  return own[0] ?? 0;
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(50);
}

/** Starts a process that runs a script by the launcher. */
const startOther = (script: string) =>
  spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { runProcess } from ${JSON.stringify(PROCESS)};
     await runProcess(${JSON.stringify(launch(script))}, ${JSON.stringify(limits)}, new AbortController().signal);`,
  ]);

test('all of a large output comes before the end, in order, and the pipes with it', async () => {
  const lines: string[] = [];
  const ended = await runProcess(
    launch('seq 200000; echo side >&3; exit 3'),
    { ...limits, onStdout: (line) => lines.push(line) },
    signal,
  );
  assert.equal(ended.exitCode, 3);
  assert.deepEqual(ended.pipes.map(String), ['side\n']);
  assert.ok(lines.length === 200_000 && lines.every((line, index) => line === String(index + 1)));
});

test('if the launcher is killed, what runs fails, and the next program runs', async () => {
  let isRunning = false;
  const ended = runProcess(
    launch('echo; exec sleep 5'),
    { ...limits, onStdout: () => (isRunning = true) },
    signal,
  );
  await waitUntil(() => isRunning);
  process.kill(findLauncher(), 'SIGKILL');
  await assert.rejects(ended, (error) => error instanceof Failure && error.code === 'sandbox-unavailable');
  assert.equal((await runProcess(launch('exit 0'), limits, signal)).exitCode, 0);
});

test('a process that is killed leaves neither a program nor the launcher', async () => {
  const mark = `600.${process.pid}1`;
  const other = startOther(`sleep ${mark}`);
  await waitUntil(() => findProcesses(`sleep\0${mark}`).length > 0);
  other.kill('SIGKILL');
  await waitUntil(() => findProcesses(`sleep\0${mark}`).length === 0);
});

test('the launcher does not keep a process from ending', async () => {
  const [status] = await once(startOther('exit 0'), 'exit');
  assert.equal(status, 0);
});
