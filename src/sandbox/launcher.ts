import { type ChildProcess, fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { coverInherited } from './descriptors.ts';
import type { ProcessEnd, Launch, Started } from './types.ts';

/*
 * Starting a program copies the page tables of the process that starts it (fork(2)), and until the program runs, that
 * process copies each page that it writes to. In a process of some hundred megabytes this takes several times as long as
 * everything else. So a small process, the launcher, starts the programs and sends back their output.
 */

/** An order to the launcher about the program `id`. */
export type LauncherOrder = { id: number } & (
  | { kind: 'start'; launch: Launch }
  | { kind: 'write'; text: string }
  | { kind: 'kill' }
);

/** A report of the launcher about the program `id`. `ended` is the last one. */
export type LauncherReport = { id: number } & (
  | { kind: 'output'; from: 'stdout' | 'stderr'; data: Uint8Array }
  | { kind: 'ended'; ending: ProcessEnd; pipes: (Uint8Array | null)[] }
);

const FILE = fileURLToPath(new URL(`./launcher-process${path.extname(import.meta.url)}`, import.meta.url));
const FIRST_FREE = 3;

type Launcher = { child: ChildProcess; listeners: Map<number, (report: LauncherReport) => void> };

let current: Launcher | null = null;
let launched = 0;

/**
 * The descriptors of the launcher: /dev/null for the standard ones and for those that this process inherited, and a
 * channel at the first free number. Programs that the launcher starts inherit /dev/null in place of the originals.
 */
function chooseDescriptors(): ('ignore' | 'ipc' | number)[] {
  const { descriptors, nothing } = coverInherited();
  let channel = FIRST_FREE;
  while (descriptors.includes(channel)) channel += 1;
  return Array.from({ length: Math.max(channel, ...descriptors) + 1 }, (_, index) => {
    if (index === channel) return 'ipc';
    return descriptors.includes(index) ? nothing : 'ignore';
  });
}

function startLauncher(): Launcher {
  const compiled = getCompileCacheDir();
  const child = fork(FILE, [], {
    stdio: chooseDescriptors(),
    serialization: 'advanced',
    execArgv: [],
    // Node creates a folder for its version in the folder that the variable names, and returns the inner one.
    env: compiled === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(compiled) },
  });
  const launcher: Launcher = { child, listeners: new Map() };
  child.on('message', (report: LauncherReport) => launcher.listeners.get(report.id)?.(report));
  const fail = (shortMessage: string): void => {
    if (current === launcher) current = null;
    for (const [id, listener] of launcher.listeners)
      listener({ id, kind: 'ended', ending: { shortMessage }, pipes: [] });
  };
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code, signal) => fail(`The process that starts programs ended (${signal ?? code}).`));
  release(launcher);
  return launcher;
}

/** Lets this process end although the launcher runs, unless a program still runs. */
function release({ child, listeners }: Launcher): void {
  if (listeners.size > 0) return;
  child.unref();
  child.channel?.unref();
}

/** Starts a program by the launcher. It is killed when `signal` is aborted. */
export function startProcess(launch: Launch, signal: AbortSignal): Started {
  const launcher = (current ??= startLauncher());
  const { child, listeners } = launcher;
  launched += 1;
  const id = launched;
  // If the launcher has ended, its `exit` event ends the program with an error.
  const send = (order: LauncherOrder): void => void (child.connected && child.send(order, () => {}));
  const kill = (): void => send({ id, kind: 'kill' });
  const stdout = new Readable({ read: () => {} });
  const stderr = new Readable({ read: () => {} });
  let pipes: (Buffer | null)[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<ProcessEnd>();
  listeners.set(id, (report) => {
    if (report.kind === 'output') {
      (report.from === 'stdout' ? stdout : stderr).push(report.data);
      return;
    }
    listeners.delete(id);
    signal.removeEventListener('abort', kill);
    release(launcher);
    pipes = report.pipes.map((data) => data && Buffer.from(data));
    stdout.push(null);
    stderr.push(null);
    resolve(report.ending);
  });
  child.ref();
  child.channel?.ref();
  send({ id, kind: 'start', launch });
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  return {
    ended,
    stdout,
    stderr,
    readPipes: () => pipes,
    write: (text) => send({ id, kind: 'write', text }),
    kill,
  };
}
