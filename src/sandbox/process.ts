import { execa } from 'execa';
import { Failure } from '../errors.ts';
import { coverInherited } from './descriptors.ts';
import { createLineSplitter } from './lines.ts';
import type { Command, Outcome } from './types.ts';

/** How a program is really started: the same command with whatever lies around it. */
export type Launch = {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** For each pipe from descriptor 3 on the bytes that are kept; one that brings more yields null. */
  pipes: readonly number[];
  /** `pipe`: something to read is to come. */
  stdin?: 'pipe';
};

export type Ended = Omit<Outcome, 'result' | 'wasOutOfProcesses'> & { pipes: (Buffer | null)[] };

const TAIL_LINES = 20;
const FIRST_FREE = 3;
/** A process that left the group of its parent may hold its pipes: so long after the parent nobody waits for it. */
const GRACE_MS = 2000;

/** Keeps what a pipe brings, up to a limit. */
function collectPipe(stream: NodeJS.ReadableStream, maxBytes: number): () => Buffer | null {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  });
  return () => (bytes <= maxBytes ? Buffer.concat(chunks) : null);
}

type Descriptor = 'pipe' | 'ignore' | 9;

/** From descriptor 3 on: so many pipes, and nothing behind what we inherited. */
function chooseDescriptors(pipes: number): Descriptor[] {
  const { descriptors, nothing } = coverInherited();
  const count = Math.max(pipes, ...descriptors.map((descriptor) => descriptor - FIRST_FREE + 1));
  return Array.from({ length: count }, (_, index): Descriptor => {
    if (index < pipes) return 'pipe';
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- execa takes any, and its types those up to 9
    return descriptors.includes(index + FIRST_FREE) ? (nothing as 9) : 'ignore';
  });
}

/** A program that runs. What it prints waits until somebody sees it to its end. */
export type Started = {
  /** How it ended, as the system tells. */
  ended: Promise<{
    exitCode?: number | undefined;
    signal?: string | undefined;
    shortMessage?: string | undefined;
  }>;
  stdout: NodeJS.ReadableStream | null;
  stderr: NodeJS.ReadableStream | null;
  /** What came through the pipes so far. */
  readPipes: () => (Buffer | null)[];
  /** Gives it all that it will ever read; only with `Launch.stdin`. */
  write: (text: string) => void;
  /** Kills it with everything that it started. */
  kill: () => void;
};

/** Starts a program, which ends at the latest when `signal` is aborted. */
export function startProcess(launch: Launch, signal: AbortSignal): Started {
  const stop = new AbortController();
  const child = execa(launch.file, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    extendEnv: false,
    stdio: [launch.stdin ?? 'ignore', 'pipe', 'pipe', ...chooseDescriptors(launch.pipes.length)],
    buffer: false,
    reject: false,
    cancelSignal: AbortSignal.any([signal, stop.signal]),
    killSignal: 'SIGKILL',
    killDescendants: true,
  });
  child.nodeChildProcess.once('exit', () => {
    setTimeout(() => child.nodeChildProcess.stdio.forEach((stream) => stream?.destroy()), GRACE_MS).unref();
  });
  // One that is gone already reads nothing more.
  child.stdin?.on('error', () => {});
  const pipes = launch.pipes.map((most, index) =>
    collectPipe(child.readable({ from: `fd${index + FIRST_FREE}` }), most),
  );
  return {
    ended: child,
    stdout: child.stdout,
    stderr: child.stderr,
    readPipes: () => pipes.map((read) => read()),
    write: (text) => child.stdin?.end(text),
    kill: () => stop.abort(),
  };
}

/**
 * Sees a program to its end: limits on time and output, lines as they come, everything that it started killed with it.
 * `watch` is told a way to end it and returns what stops the watching.
 * Throws `interrupted` when `signal` is aborted, `sandbox-unavailable` when it could not be started.
 */
export async function superviseProcess(
  child: Started,
  command: Pick<
    Command,
    'file' | 'timeoutMs' | 'idleTimeoutMs' | 'maxOutputBytes' | 'onStdout' | 'onStderr' | 'until'
  >,
  signal: AbortSignal,
  watch: (end: (why: Outcome['ended']) => void) => () => void = () => () => {},
): Promise<Ended> {
  const started = performance.now();
  const tail: string[] = [];
  let ended: Outcome['ended'] = 'exited';
  let bytes = 0;
  const end = (why: Outcome['ended']): void => {
    if (ended === 'exited') ended = why;
    child.kill();
  };
  const deadline = setTimeout(() => end('timed-out'), command.timeoutMs);
  const idleMs = command.idleTimeoutMs ?? 0;
  const idle = idleMs > 0 ? setTimeout(() => end('timed-out'), idleMs) : null;
  const unwatch = watch(end);
  const endEarly = (): void => end('timed-out');
  command.until?.addEventListener('abort', endEarly);
  if (command.until?.aborted) endEarly();
  const collect = (onLine: ((line: string) => void) | undefined) =>
    createLineSplitter((line) => {
      idle?.refresh();
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine?.(line);
    });
  const streams = [
    { from: child.stdout, to: collect(command.onStdout) },
    { from: child.stderr, to: collect(command.onStderr) },
  ];
  for (const { from, to } of streams) {
    from?.on('data', (chunk: Buffer) => {
      if (ended !== 'exited') return;
      bytes += chunk.length;
      if (bytes > command.maxOutputBytes) end('output-limit');
      else to.write(chunk);
    });
  }
  try {
    const result = await child.ended;
    for (const { to } of streams) to.end();
    if (signal.aborted) throw new Failure('interrupted');
    if (result.exitCode === undefined && result.signal === undefined && ended === 'exited') {
      throw new Failure('sandbox-unavailable', {
        kind: 'not-started',
        program: command.file,
        detail: result.shortMessage ?? '',
      });
    }
    return {
      ended,
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      durationMs: performance.now() - started,
      tail,
      pipes: child.readPipes(),
    };
  } finally {
    unwatch();
    command.until?.removeEventListener('abort', endEarly);
    clearTimeout(deadline);
    if (idle) clearTimeout(idle);
  }
}

/** Starts a program and sees it to its end: both of the above. */
export async function runProcess(
  launch: Launch,
  command: Omit<Parameters<typeof superviseProcess>[1], 'file'>,
  signal: AbortSignal,
  watch?: Parameters<typeof superviseProcess>[3],
): Promise<Ended> {
  return superviseProcess(startProcess(launch, signal), { ...command, file: launch.file }, signal, watch);
}
