import { execa } from 'execa';
import { Failure } from '../errors.ts';
import { coverInherited } from './descriptors.ts';
import { createLineSplitter } from './lines.ts';
import type { Command, Outcome } from './types.ts';

/** How a program is actually started: the same command, with wrappers around it. */
export type Launch = {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** For each pipe from descriptor 3 on, the maximum number of bytes. A pipe with more yields null. */
  pipes: readonly number[];
  /** `pipe`: the program will get input later. */
  stdin?: 'pipe';
};

export type Ended = Omit<Outcome, 'result' | 'wasOutOfProcesses'> & { pipes: (Buffer | null)[] };

const TAIL_LINES = 20;
const FIRST_FREE = 3;
/**
 * A process that left its parent's group may keep the pipes open. We wait for it this long after the parent has ended.
 */
const GRACE_MS = 2000;

/** Collects the data of a pipe, up to a limit. */
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

/** The descriptors from 3 on: this many pipes, and /dev/null in place of the inherited descriptors. */
function chooseDescriptors(pipes: number): Descriptor[] {
  const { descriptors, nothing } = coverInherited();
  const count = Math.max(pipes, ...descriptors.map((descriptor) => descriptor - FIRST_FREE + 1));
  return Array.from({ length: count }, (_, index): Descriptor => {
    if (index < pipes) return 'pipe';
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- execa takes any, and its types those up to 9
    return descriptors.includes(index + FIRST_FREE) ? (nothing as 9) : 'ignore';
  });
}

/** A running program. Its output waits until it is supervised. */
export type Started = {
  /** How it ended, as the system reports it. */
  ended: Promise<{
    exitCode?: number | undefined;
    signal?: string | undefined;
    shortMessage?: string | undefined;
  }>;
  stdout: NodeJS.ReadableStream | null;
  stderr: NodeJS.ReadableStream | null;
  /** The data of the pipes so far. */
  readPipes: () => (Buffer | null)[];
  /** Writes the whole standard input; only with `Launch.stdin`. */
  write: (text: string) => void;
  /** Kills the program and everything that it started. */
  kill: () => void;
};

/** Starts a program. It is killed when `signal` is aborted. */
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
  // A program that has ended does not read its input.
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
 * Supervises a program until it ends: limits time and output, passes on lines, and kills everything that it started.
 * `watch` gets a function that ends the program, and returns a function that stops watching. Throws `interrupted` when
 * `signal` is aborted, `sandbox-unavailable` if the program could not be started.
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

/** Starts and supervises a program. */
export async function runProcess(
  launch: Launch,
  command: Omit<Parameters<typeof superviseProcess>[1], 'file'>,
  signal: AbortSignal,
  watch?: Parameters<typeof superviseProcess>[3],
): Promise<Ended> {
  return superviseProcess(startProcess(launch, signal), { ...command, file: launch.file }, signal, watch);
}
