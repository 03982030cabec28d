import { finished } from 'node:stream/promises';
import { startChild } from './child.ts';
import type { LauncherOrder, LauncherReport } from './launcher.ts';
import type { Launch, Started } from './types.ts';

/** The program of the launcher, which starts programs for its parent: see launcher.ts. */

const running = new Map<number, Started>();

/** Sends a report to the parent. `done` is called when it was sent, or cannot be sent. */
const send = (report: LauncherReport, done: () => void = () => {}): void => {
  if (process.connected) process.send?.(report, undefined, undefined, done);
  else done();
};

/**
 * The maximum number of pieces of a stream that wait to be sent, so that a program's output does not fill the memory.
 */
const MAX_UNSENT = 16;

/** Sends a stream to the parent, piece by piece, until it ends. */
async function passOn(
  id: number,
  from: 'stdout' | 'stderr',
  stream: NodeJS.ReadableStream | null,
): Promise<void> {
  if (!stream) return;
  let unsent = 0;
  stream.on('data', (data: Buffer) => {
    unsent += 1;
    if (unsent === MAX_UNSENT) stream.pause();
    send({ id, kind: 'output', from, data }, () => {
      unsent -= 1;
      stream.resume();
    });
  });
  await finished(stream).catch(() => {});
}

async function start(id: number, launch: Launch): Promise<void> {
  const child = startChild(launch);
  running.set(id, child);
  const [{ exitCode, signal, shortMessage }] = await Promise.all([
    child.ended,
    passOn(id, 'stdout', child.stdout),
    passOn(id, 'stderr', child.stderr),
  ]);
  send({ id, kind: 'ended', ending: { exitCode, signal, shortMessage }, pipes: child.readPipes() });
}

async function startSafely(id: number, launch: Launch): Promise<void> {
  try {
    await start(id, launch);
  } catch (error) {
    send({ id, kind: 'ended', ending: { shortMessage: String(error) }, pipes: [] });
  }
  running.delete(id);
}

process.on('message', (order: LauncherOrder) => {
  if (order.kind === 'start') void startSafely(order.id, order.launch);
  else if (order.kind === 'write') running.get(order.id)?.write(order.text);
  else running.get(order.id)?.kill();
});

// If the parent ends for any reason, its programs must end as well.
process.once('disconnect', () => {
  for (const child of running.values()) child.kill();
  void Promise.allSettled([...running.values()].map(({ ended }) => ended)).then(() => process.exit());
});

// Ctrl-C sends a signal to the whole process group. It is ignored here, because the parent decides when programs end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
