import { finished } from 'node:stream/promises';
import { startChild } from './child.ts';
import type { LauncherOrder, LauncherReport } from './launcher.ts';
import type { Launch, Started } from './types.ts';

/** The launcher: starts programs for its parent. See launcher.ts. */

const running = new Map<number, Started>();

/** `done` is called once it has been handed over, or never can be. */
const tell = (report: LauncherReport, done: () => void = () => {}): void => {
  if (process.connected) process.send?.(report, undefined, undefined, done);
  else done();
};

/** The most pieces of a stream that are under way, so that a program cannot write faster than the parent reads. */
const MOST_UNDER_WAY = 16;

/** Passes on a stream until it ends. */
async function passOn(
  id: number,
  from: 'stdout' | 'stderr',
  stream: NodeJS.ReadableStream | null,
): Promise<void> {
  if (!stream) return;
  let underWay = 0;
  stream.on('data', (data: Buffer) => {
    underWay += 1;
    if (underWay === MOST_UNDER_WAY) stream.pause();
    tell({ id, kind: 'output', from, data }, () => {
      underWay -= 1;
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
  tell({ id, kind: 'ended', ending: { exitCode, signal, shortMessage }, pipes: child.readPipes() });
}

async function startSafely(id: number, launch: Launch): Promise<void> {
  try {
    await start(id, launch);
  } catch (error) {
    tell({ id, kind: 'ended', ending: { shortMessage: String(error) }, pipes: [] });
  }
  running.delete(id);
}

process.on('message', (order: LauncherOrder) => {
  if (order.kind === 'start') void startSafely(order.id, order.launch);
  else if (order.kind === 'write') running.get(order.id)?.write(order.text);
  else running.get(order.id)?.kill();
});

// Without its parent it kills what runs, and ends.
process.once('disconnect', () => {
  for (const child of running.values()) child.kill();
  void Promise.allSettled([...running.values()].map(({ ended }) => ended)).then(() => process.exit());
});

// Ctrl-C reaches the whole process group, and the parent decides what becomes of the programs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
