import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/app-process.ts';
import { createScenario, findCheck, type Scenario } from '../support/app-scenario.ts';

const PULLS = 20;
/** How long the stub waits instead of measuring. The rest of the time is work that shares the cores. */
const MEASURE_MS = 1500;

async function countDone({ fake, repository }: Scenario, numbers: readonly number[]): Promise<number> {
  const seen = await Promise.all(numbers.map((number) => fake.snapshot(repository, number)));
  return seen.filter((one) => findCheck(one) !== null).length;
}

/** Seconds from when the workers may begin until the last check is complete. */
async function timeBacklog(workers: number): Promise<number> {
  const scenario = await createScenario({
    backend: 'postgres',
    env: { STUB_MEASURE_MS: String(MEASURE_MS), LOG_LEVEL: 'info' },
  });
  try {
    while (scenario.workers.length < workers) await scenario.startWorker();
    await sleep(1_000);
    for (const worker of scenario.workers) worker.kill('SIGSTOP');
    const numbers: number[] = [];
    while (numbers.length < PULLS) numbers.push(await scenario.open(`change-${numbers.length}`, 1));
    const isQueued = async (): Promise<boolean> => {
      const seen = numbers.map((number) => scenario.fake.snapshot(scenario.repository, number));
      return (await Promise.all(seen)).every(({ checks }) => checks.length === 1);
    };
    await until(isQueued, () => scenario.server().output());
    const started = performance.now();
    for (const worker of scenario.workers) worker.kill('SIGCONT');
    await until(
      async () => (await countDone(scenario, numbers)) === PULLS,
      () => scenario.server().output(),
    );
    return (performance.now() - started) / 1000;
  } finally {
    await scenario.close();
  }
}

/** A backlog with one worker and with two, on PostgreSQL. */
export async function measureBacklog(): Promise<void> {
  console.log(`${PULLS} pull requests, each "measured" for ${MEASURE_MS} ms in which no core is used:`);
  const [one, two] = [await timeBacklog(1), await timeBacklog(2)];
  console.log(
    `  one worker ${one.toFixed(1)} s, two workers ${two.toFixed(1)} s, ratio ${(two / one).toFixed(2)}`,
  );
}
