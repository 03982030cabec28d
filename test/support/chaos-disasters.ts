import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { AppProcess } from './app-process.ts';
import type { Scenario } from './app-scenario.ts';
import type { Random } from './random.ts';

/** When something was paused, in ms of `Date.now()`: everything in progress then is late. */
export type Pause = { from: number; to: number };

export type Disasters = {
  /** The number of disasters of each kind. */
  counts: Map<string, number>;
  pauses: Pause[];
  /** Ends the disasters. Resolves when everything runs again. */
  stop: () => Promise<void>;
};

type Disaster = { name: string; strike: (scenario: Scenario, random: Random) => Promise<void> };

export async function killServer({ server, restartServer }: Scenario): Promise<void> {
  server().kill('SIGKILL');
  await server().ended;
  await restartServer();
}

async function killWorker({ workers, startWorker }: Scenario, random: Random): Promise<void> {
  const worker = random.pick(workers);
  worker.kill('SIGKILL');
  await worker.ended;
  workers.splice(workers.indexOf(worker), 1);
  await startWorker();
}

/** Longer than a lease, and longer than a write can take. */
const stallMs = (random: Random): number => 2_500 + random.integer(1_000);

/** Another worker takes its run, and the stopped one wakes up in the middle of it. */
async function stopFor(one: AppProcess, ms: number): Promise<void> {
  one.kill('SIGSTOP');
  await sleep(ms);
  one.kill('SIGCONT');
}

/** Whether a worker performs a run, according to its log. */
function isBusy({ logs }: AppProcess): boolean {
  return logs.findLast(({ step }) => step === 'claim' || step === 'end')?.step === 'claim';
}

/** Stops a worker between reading the existing comments and writing, so that another one writes in the meantime. */
async function stopWhileLooking({ fake, workers }: Scenario, random: Random): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<AppProcess | null>();
  const run = (): void => {
    const busy = workers.filter(isBusy);
    const worker = busy.length > 0 ? random.pick(busy) : null;
    worker?.kill('SIGSTOP');
    resolve(worker);
  };
  const path = /\/pulls\/\d+\/comments\?/u;
  const fault = fake.faults.add({ match: { method: 'GET', path }, kind: { run } });
  const worker = await Promise.race([promise, sleep(2_000, null)]);
  fake.faults.remove(fault);
  if (worker === null) return;
  // Until its lease has expired, and another worker has noticed and written.
  await sleep(2 * stallMs(random));
  worker.kill('SIGCONT');
}

/** No process can claim, prolong or end a run. */
async function stallDatabase({ env }: Scenario, random: Random): Promise<void> {
  const client = new Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  await client.query('begin');
  await client.query('lock table allocgate.runs in access exclusive mode');
  await sleep(stallMs(random));
  await client.query('rollback');
  await client.end();
}

const ofServer: readonly Disaster[] = [
  { name: 'server killed', strike: killServer },
  { name: 'server stopped', strike: ({ server }, random) => stopFor(server(), stallMs(random)) },
];

const ofSeveral: readonly Disaster[] = [
  { name: 'worker killed', strike: killWorker },
  { name: 'worker killed', strike: killWorker },
  {
    name: 'worker stopped',
    strike: ({ workers }, random) => stopFor(random.pick(workers), stallMs(random)),
  },
  { name: 'worker stopped while it looks', strike: stopWhileLooking },
  { name: 'worker stopped while it looks', strike: stopWhileLooking },
  { name: 'database stalled', strike: stallDatabase },
  {
    name: 'database restarted',
    strike: async ({ postgres }, random) => postgres?.restart(() => sleep(random.integer(1_000))),
  },
];

/** Disturbs the App's processes and its database, one disaster after the other, until it is stopped. */
export function startDisasters(scenario: Scenario, random: Random): Disasters {
  const stopping = new AbortController();
  const disasters: Disasters = { counts: new Map(), pauses: [], stop: () => Promise.resolve() };
  const all = scenario.postgres === null ? ofServer : [...ofServer, ...ofSeveral];
  // The first one is sure to be there in a short run, too: only it shows whether claims are looked at.
  let next = all.find(({ strike }) => strike === stopWhileLooking) ?? random.pick(all);
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(2_000 + random.integer(4_000), undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      const { name, strike } = next;
      next = random.pick(all);
      const from = Date.now();
      await strike(scenario, random);
      // A killed process writes nothing late.
      if (!name.endsWith('killed')) disasters.pauses.push({ from, to: Date.now() });
      disasters.counts.set(name, (disasters.counts.get(name) ?? 0) + 1);
    }
  };
  const running = run();
  // `stop` reports the error.
  running.catch(() => {});
  disasters.stop = () => {
    stopping.abort();
    return running;
  };
  return disasters;
}
