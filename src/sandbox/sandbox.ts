import { execa } from 'execa';
import { Failure } from '../errors.ts';
import { createLineSplitter } from './lines.ts';

/** One program of, or about, the reviewed repository. Nothing of the caller's environment reaches it but `env`. */
export type Command = {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Milliseconds for the whole run. */
  timeoutMs: number;
  /** Milliseconds without a line of output after which it counts as hung; 0: no such limit. */
  idleTimeoutMs?: number;
  /** Bytes of standard output and error together. */
  maxOutputBytes: number;
  /** Bytes of writable private memory (RLIMIT_DATA); null: unlimited, for the Go tool itself. */
  memoryBytes: number | null;
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
};

export type Outcome = {
  ended: 'exited' | 'timed-out' | 'output-limit';
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  durationMs: number;
  /** The last lines of both streams, for error messages. */
  tail: string[];
};

/** Where programs of a reviewed repository run. Every such process goes through `run`. */
export type Sandbox = {
  /** Name for reports: `none` is plain execution. */
  tier: 'none';
  /** Resolves however the program ends; rejects with `interrupted` when the review is cancelled. */
  run: (command: Command) => Promise<Outcome>;
  /** Milliseconds in which at least one program ran. */
  busyMs: () => number;
  /** Ends what still runs, and resolves when it has ended: its directories can be removed. Nothing runs afterwards. */
  close: () => Promise<void>;
};

const TAIL_LINES = 20;
/** dash and bash both know `ulimit -d`, in KiB; it counts writable private mappings, which Go's reservations are not. */
const LIMIT_SCRIPT = 'ulimit -d "$0" && exec "$@"';

function withMemoryLimit(command: Command): { file: string; args: readonly string[] } {
  if (command.memoryBytes === null) return command;
  const kib = String(Math.floor(command.memoryBytes / 1024));
  return { file: '/bin/sh', args: ['-c', LIMIT_SCRIPT, kib, command.file, ...command.args] };
}

/** Counts the time in which at least one of several overlapping tasks runs. */
function createBusyClock(): { start: () => void; stop: () => void; busyMs: () => number } {
  let running = 0;
  let since = 0;
  let total = 0;
  return {
    start: () => {
      if (running === 0) since = performance.now();
      running += 1;
    },
    stop: () => {
      running -= 1;
      if (running === 0) total += performance.now() - since;
    },
    busyMs: () => total + (running > 0 ? performance.now() - since : 0),
  };
}

/**
 * Runs programs directly on this machine: a scrubbed environment, and limits on time, output and memory.
 * It protects from accidents, not from hostile code. `signal` ends everything that runs.
 */
export function createPlainSandbox(signal: AbortSignal): Sandbox {
  const clock = createBusyClock();
  const closing = new AbortController();
  const stop = AbortSignal.any([signal, closing.signal]);
  const running = new Set<Promise<Outcome>>();
  const run = async (command: Command): Promise<Outcome> => {
    if (stop.aborted) throw new Failure('interrupted');
    clock.start();
    const outcome = runLimited(command, stop);
    running.add(outcome);
    try {
      return await outcome;
    } finally {
      running.delete(outcome);
      clock.stop();
    }
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.allSettled(running);
  };
  return { tier: 'none', run, busyMs: clock.busyMs, close };
}

async function runLimited(command: Command, signal: AbortSignal): Promise<Outcome> {
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

  const { file, args } = withMemoryLimit(command);
  const child = execa(file, args, {
    cwd: command.cwd,
    env: command.env,
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    cancelSignal: AbortSignal.any([signal, stop.signal]),
    killSignal: 'SIGKILL',
    killDescendants: true,
  });
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
    from.on('data', (chunk: Buffer) => {
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
      throw new Failure('sandbox-unavailable', { command: command.file, detail: result.shortMessage ?? '' });
    }
    return {
      ended,
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      durationMs: performance.now() - started,
      tail,
    };
  } finally {
    clearTimeout(deadline);
    if (idle) clearTimeout(idle);
  }
}
