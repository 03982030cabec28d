import { constants, open, rm } from 'node:fs/promises';
import { watchDisk } from './disk.ts';
import { runProcess } from './process.ts';
import { createLifetime } from './lifetime.ts';
import type { Command, Outcome, ProcessLimits, Sandbox } from './types.ts';

/**
 * Limits the memory of a program, and becomes it. dash and bash both have `ulimit -d`, in KiB. It counts writable
 * private mappings, and so not the address space that Go reserves.
 */
const LIMIT_SCRIPT = 'ulimit -d "$0" && exec "$@"';

async function readResult({ resultFile }: Command): Promise<Buffer | null> {
  if (!resultFile) return null;
  // The program could leave a link to an endless device, or a FIFO.
  const file = await open(
    resultFile.path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch(() => null);
  if (!file) {
    await rm(resultFile.path, { force: true });
    return null;
  }
  try {
    const stat = await file.stat();
    return stat.isFile() && stat.size > 0 && stat.size <= resultFile.maxBytes ? await file.readFile() : null;
  } finally {
    await file.close();
    await rm(resultFile.path);
  }
}

async function runPlain(command: Command, limits: ProcessLimits, stop: AbortSignal): Promise<Outcome> {
  const kib = String(Math.floor(limits.memoryBytes / 1024));
  const launch = {
    file: '/bin/sh',
    args: ['-c', LIMIT_SCRIPT, kib, command.file, ...command.args],
    cwd: command.cwd,
    env: command.env,
    pipes: [],
  };
  const { pipes: _, ...ended } = await runProcess(launch, command, stop, (end) => watchDisk(command, end));
  return { ...ended, wasOutOfProcesses: false, result: await readResult(command) };
}

/**
 * Creates a sandbox that runs programs directly on this machine, as this user, with a minimal environment and limits on
 * time, output, disk and the memory of each process. It protects from accidents, not from hostile code. `home` and
 * `temp`: writable folders for the programs.
 */
export function createPlainSandbox(
  { home, temp }: { home: string; temp: string },
  limits: ProcessLimits,
  signal: AbortSignal,
): Sandbox {
  return {
    ...createLifetime(signal, (command, stop) => runPlain(command, limits, stop)),
    facts: { tier: 'none', accounting: 'rlimits', uid: null },
    users: null,
    home,
    temp,
    makeWritable: async () => {},
  };
}
