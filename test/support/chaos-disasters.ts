import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from './app-process.ts';
import type { Scenario } from './app-scenario.ts';
import type { Random } from './random.ts';

/** When a process stood still, in ms of `Date.now()`. */
export type Pause = { from: number; to: number };

export type Disasters = {
  kills: number;
  pauses: Pause[];
  /** Resolves when everything runs again. */
  stop: () => Promise<void>;
};

async function killServer({ server, restartServer }: Scenario): Promise<void> {
  server().kill('SIGKILL');
  await server().ended;
  await restartServer();
}

async function killWorker({ workers, startWorker }: Scenario, worker: AppProcess): Promise<void> {
  worker.kill('SIGKILL');
  await worker.ended;
  workers.splice(workers.indexOf(worker), 1);
  await startWorker();
}

/** For longer than its lease: another takes its run, and it wakes up in the middle of it. */
async function pause(worker: AppProcess, ms: number): Promise<Pause> {
  const from = Date.now();
  worker.kill('SIGSTOP');
  await sleep(ms);
  worker.kill('SIGCONT');
  return { from, to: Date.now() };
}

/** One thing after the other happens to the App's processes until it is stopped. */
export function startDisasters(scenario: Scenario, random: Random): Disasters {
  const stopping = new AbortController();
  const disasters: Disasters = { kills: 0, pauses: [], stop: () => Promise.resolve() };
  const strike = async (): Promise<void> => {
    const worker = scenario.workers.length > 0 ? random.pick(scenario.workers) : null;
    if (worker !== null && random.chance(0.4)) {
      disasters.pauses.push(await pause(worker, 2_500 + random.integer(1_000)));
      return;
    }
    disasters.kills += 1;
    await (worker !== null && random.chance(0.6) ? killWorker(scenario, worker) : killServer(scenario));
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(1_500 + random.integer(3_000), undefined, { signal: stopping.signal }).catch(() => {});
      if (!stopping.signal.aborted) await strike();
    }
  };
  const running = run();
  // Whoever stops it hears of what went wrong.
  running.catch(() => {});
  disasters.stop = () => {
    stopping.abort();
    return running;
  };
  return disasters;
}
