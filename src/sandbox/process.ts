import { finished } from 'node:stream/promises';
import { Failure } from '../errors.ts';
import { startProcess } from './launcher.ts';
import { createLineSplitter } from './lines.ts';
import type { Command, Launch, Outcome, Started } from './types.ts';

/** How a program ended, without the facts that only a sandbox knows. `pipes`: the data of `Launch.pipes`. */
export type Ended = Omit<Outcome, 'result' | 'wasOutOfProcesses'> & { pipes: (Buffer | null)[] };

const TAIL_LINES = 20;

/**
 * Supervises a program until it ends: limits time and output, and passes on its lines. If a limit is exceeded, the
 * program and everything that it started are killed. `watch` gets a function that ends the program, and returns a
 * function that stops watching. Throws `interrupted` if `signal` is aborted, and `sandbox-unavailable` if the program
 * could not be started.
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
    const [result] = await Promise.all([
      child.ended,
      // The streams can still have data when the program has ended.
      ...streams.map(({ from }) => from && finished(from).catch(() => {})),
    ]);
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
