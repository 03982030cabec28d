import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { findStubApp } from './app-bundle.ts';
import type { FakeGitHub } from './fake-github/index.ts';
import { QUICK_PGLITE } from './pglite-template.ts';
import { findPort } from './ports.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const logSchema = z.looseObject({ step: z.string().optional(), url: z.string().optional() });
export type LogLine = z.output<typeof logSchema>;

export type AppProcess = {
  pid: number;
  /** Its address; empty for a worker. */
  url: string;
  logs: LogLine[];
  /** Its whole output, for failure messages. */
  output: () => string;
  /** Resolves to the first line that fits, earlier lines included. Rejects if the process ends first. */
  untilLog: (fits: (line: LogLine) => boolean) => Promise<LogLine>;
  kill: (signal?: NodeJS.Signals) => void;
  /** SIGTERM; resolves to the exit status. */
  stop: () => Promise<number | null>;
  ended: Promise<number | null>;
};

export type AppProcessOptions = {
  fake: FakeGitHub;
  role?: 'serve' | 'worker';
  /** `stub`: nothing is measured (see stub-app.ts). */
  engine?: 'real' | 'stub';
  /** `DATABASE_URL` or `ALLOCGATE_DATA`, and other variables. */
  env: Record<string, string>;
  /** Ends a process that is not ready yet. */
  signal?: AbortSignal;
};

/** The environment that a process of the App needs to use a fake GitHub. */
export function appEnvironment({ url, app }: FakeGitHub): Record<string, string> {
  return {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: app.webhookSecret,
    GHE_HOST: new URL(url).host,
    GHE_PROTOCOL: 'http',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'debug',
  };
}

/** Starts the App in a separate process, as a user does, and waits until it is ready. */
export async function startAppProcess({
  fake,
  role = 'serve',
  engine = 'real',
  env,
  signal,
}: AppProcessOptions): Promise<AppProcess> {
  const program = engine === 'stub' ? [QUICK_PGLITE, findStubApp()] : [MAIN];
  const child = spawn(process.execPath, [...program, role], {
    env: { ...process.env, ...appEnvironment(fake), PORT: String(await findPort()), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logs: LogLine[] = [];
  const text: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      text.push(line);
      const parsed = line.startsWith('{') ? logSchema.safeParse(JSON.parse(line)) : null;
      if (parsed?.success) logs.push(parsed.data);
      for (const wake of waiting) wake();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  let isEnded = false;
  child.once('exit', () => {
    isEnded = true;
    for (const wake of waiting) wake();
  });
  const output = (): string => text.slice(-60).join('\n');
  const untilLog = (fits: (line: LogLine) => boolean): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = logs.find(fits);
        if (found === undefined && !isEnded) return;
        waiting.delete(look);
        if (found === undefined) reject(new Error(`the App ended:\n${output()}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): void => void child.kill(signal);
  const giveUp = (): void => kill('SIGTERM');
  signal?.addEventListener('abort', giveUp);
  const ready = await untilLog(({ step }) => step === (role === 'worker' ? 'worker' : 'serve'));
  signal?.removeEventListener('abort', giveUp);
  return {
    pid: child.pid ?? 0,
    url: ready.url ?? '',
    logs,
    output,
    untilLog,
    kill,
    stop: () => {
      kill('SIGTERM');
      return ended;
    },
    ended,
  };
}

/** The first line of a step that a process prints from now on. */
export function fromNow(one: AppProcess, step: string): Promise<unknown> {
  const old = new Set(one.logs);
  return one.untilLog((line) => line.step === step && !old.has(line));
}

/** Asks until there is an answer. Throws with `describe` if there is none within some minutes. */
export async function until<T>(
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  describe: () => string | Promise<string>,
  minutes = 2,
): Promise<T> {
  const deadline = Date.now() + minutes * 60_000;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    await sleep(50);
  }
  throw new Error(`waited in vain:\n${await describe()}`);
}
