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

/**
 * Starts a program and sees it to its end: limits on time and output, lines as they come, everything that it started
 * killed with it. `watch` is told a way to end it and returns what stops the watching.
 * Throws `interrupted` when `signal` is aborted, `sandbox-unavailable` when it cannot be started.
 */
export async function runProcess(
  launch: Launch,
  command: Pick<Command, 'timeoutMs' | 'idleTimeoutMs' | 'maxOutputBytes' | 'onStdout' | 'onStderr'>,
  signal: AbortSignal,
  watch: (end: (why: Outcome['ended']) => void) => () => void = () => () => {},
): Promise<Ended> {
  const started = performance.now();
  const stop = new AbortController();
  const tail: string[] = [];
  let ended: Outcome['ended'] = 'exited';
  let bytes = 0;
  const end = (why: Outcome['ended']): void => {
    if (ended === 'exited') ended = why;
    stop.abort();
  };
  const deadline = setTimeout(() => end('timed-out'), command.timeoutMs);
  const idleMs = command.idleTimeoutMs ?? 0;
  const idle = idleMs > 0 ? setTimeout(() => end('timed-out'), idleMs) : null;

  const child = execa(launch.file, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    extendEnv: false,
    stdio: ['ignore', 'pipe', 'pipe', ...chooseDescriptors(launch.pipes.length)],
    buffer: false,
    reject: false,
    cancelSignal: AbortSignal.any([signal, stop.signal]),
    killSignal: 'SIGKILL',
    killDescendants: true,
  });
  child.nodeChildProcess.once('exit', () => {
    setTimeout(() => child.nodeChildProcess.stdio.forEach((stream) => stream?.destroy()), GRACE_MS).unref();
  });
  const unwatch = watch(end);
  const pipes = launch.pipes.map((most, index) =>
    collectPipe(child.readable({ from: `fd${index + FIRST_FREE}` }), most),
  );
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
    const result = await child;
    for (const { to } of streams) to.end();
    if (signal.aborted) throw new Failure('interrupted');
    if (result.exitCode === undefined && result.signal === undefined && ended === 'exited') {
      throw new Failure('sandbox-unavailable', { command: launch.file, detail: result.shortMessage ?? '' });
    }
    return {
      ended,
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      durationMs: performance.now() - started,
      tail,
      pipes: pipes.map((read) => read()),
    };
  } finally {
    unwatch();
    clearTimeout(deadline);
    if (idle) clearTimeout(idle);
  }
}
