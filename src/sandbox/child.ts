import { spawn } from 'node:child_process';
import type { ProcessEnd, Launch, Started } from './types.ts';

const FIRST_PIPE = 3;
/**
 * The milliseconds after a program's end until its pipes are closed. A process that it started and that left its process
 * group can keep them open for longer.
 */
const GRACE_MS = 2000;

/** Collects the data of a pipe. The returned function gives the data so far; null: more than `maxBytes`. */
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

/**
 * Starts a program as a child of this process, in a process group of its own, so that `kill` reaches everything that it
 * starts. This file is for the launcher, which must stay small: execa would make it half as large again.
 */
export function startChild(launch: Launch): Started {
  const child = spawn(launch.file, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    stdio: [launch.stdin ?? 'ignore', 'pipe', 'pipe', ...launch.pipes.map(() => 'pipe' as const)],
    detached: true,
  });
  const { promise: ended, resolve } = Promise.withResolvers<ProcessEnd>();
  child.once('error', ({ message }) => resolve({ shortMessage: message }));
  child.once('close', (exitCode, signal) =>
    resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
  );
  child.once('exit', () => {
    setTimeout(() => child.stdio.forEach((stream) => stream?.destroy()), GRACE_MS).unref();
  });
  // A program that has ended does not read its input.
  child.stdin?.on('error', () => {});
  const pipes = launch.pipes.map((most, index) => {
    const stream = child.stdio[index + FIRST_PIPE];
    return stream && 'read' in stream ? collectPipe(stream, most) : () => null;
  });
  return {
    ended,
    stdout: child.stdout,
    stderr: child.stderr,
    readPipes: () => pipes.map((read) => read()),
    write: (text) => child.stdin?.end(text),
    kill: () => {
      // A program that could not be started has no process group.
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All processes of the group have ended.
      }
    },
  };
}
