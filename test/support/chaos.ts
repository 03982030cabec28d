import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from './app-process.ts';
import { type Backend, createScenario, queryDatabase, type Scenario } from './app-scenario.ts';
import { killServer, startDisasters, type Disasters } from './chaos-disasters.ts';
import { act, type Chaos, type ChaosPull, isOwn, openPull, untilReviewed } from './chaos-events.ts';
import { findOvertaken, findUncancelled } from './chaos-claims.ts';
import {
  findCheckFaults,
  findFaults,
  findGroupFaults,
  findStaleWrites,
  listGivenUp,
  listTold,
  listUntaken,
  tellStory,
} from './chaos-expectations.ts';
import { addFault, addLongLimit, disturb } from './chaos-faults.ts';
import { createRandom, type Random } from './random.ts';

const ACTS_PER_PULL = 3;
const TEAMS = 6;
/** The number of crashes after which a run is given up. */
const CRASHES = 3;
/** From this number of pull requests on, the test is long enough for a pause of a minute. */
const MANY = 100;
/** The hourly limit of requests to GitHub. */
const HOURLY = 1_000_000;

async function createChaos(backend: Backend): Promise<Chaos> {
  const scenario = await createScenario({ backend, isDatabaseDisturbed: true });
  const { fake, repository, installation } = scenario;
  if (backend === 'postgres') await scenario.startWorker();
  const fork = await fake.forkRepository(repository, 'stranger');
  // This test does the work of hours in minutes.
  fake.setRateLimit(installation, { limit: HOURLY, remaining: HOURLY });
  fake.autoDeliver = false;
  return { scenario, fork, pulls: [], groups: [], lost: [], revokedAt: 0 };
}

/** GitHub sends the pending deliveries without waiting for answers. */
function sendSome({ scenario: { fake }, lost }: Chaos, random: Random): Promise<void> {
  return fake.sendPending((pending) => {
    const sent = disturb(pending, random);
    lost.push(...pending.filter((one) => !sent.includes(one)));
    return sent;
  });
}

/** A random generator whose choices do not depend on others. */
const fork = (random: Random): Random => createRandom(random.integer(2 ** 24));

/** A team with its own pull requests, one action after the other. */
async function rageAlone(chaos: Chaos, random: Random, names: string[]): Promise<void> {
  const own: ChaosPull[] = [];
  for (let left = names.length * (1 + ACTS_PER_PULL); left > 0; left -= 1) {
    const isDue = own.length === 0 || left <= names.length || random.chance(1 / (1 + ACTS_PER_PULL));
    const name = isDue ? names.shift() : undefined;
    if (name !== undefined) {
      own.push(await openPull(chaos, name, random));
    } else {
      const pull = random.pick(own);
      if (random.chance(0.6)) await untilReviewed(chaos.scenario, pull);
      await act(chaos, pull, random);
    }
    if (random.chance(0.5)) addFault(chaos, random);
    await sleep(random.integer(200));
  }
}

/** Runs all teams at the same time. Resolves when the last action is done and all deliveries are sent. */
async function rage(chaos: Chaos, random: Random, count: number): Promise<void> {
  const { pulls } = chaos;
  const teams = Array.from({ length: TEAMS }, (_, team) => {
    const names = Array.from({ length: Math.ceil((count - team) / TEAMS) }, (_, index) => `${team}-${index}`);
    return rageAlone(chaos, fork(random), names);
  });
  const sending: Promise<void>[] = [];
  const over = Promise.all(teams).then(() => true);
  let isLongLimitDue = count >= MANY;
  while (!(await Promise.race([over, sleep(random.integer(200), false)]))) {
    sending.push(sendSome(chaos, random));
    if (isLongLimitDue && pulls.length > count / 2) {
      addLongLimit(chaos);
      isLongLimitDue = false;
    }
  }
  await Promise.all(sending);
}

/** The number of deliveries and runs that wait or are in progress. */
async function readDepth({ server }: Scenario): Promise<number> {
  const text = await (await fetch(`${server().url}/metrics`)).text();
  const unfinished = /^allocgate_(?:queue_depth\{.*|runs\{state="(?:queued|running)".*)\} (\d+)/gmu;
  return [...text.matchAll(unfinished)].reduce((sum, [, count]) => sum + Number(count), 0);
}

const processesOf = ({ server, workers }: Scenario): AppProcess[] => [server(), ...workers];

/**
 * If the number of faults does not fall for this long, the test fails. It is longer than the longest pause that GitHub
 * requests here, and than the longest one before a delivery that failed often is tried again.
 */
const PATIENCE_MS = 150_000;

/** The deliveries and runs that are not finished, as the database has them; PGlite has no second connection for it. */
async function describeUnfinished(scenario: Scenario): Promise<string[]> {
  if (scenario.env['DATABASE_URL'] === undefined) return [];
  const { rows } = await queryDatabase(
    scenario,
    `select 'delivery' as kind, id, event as what, attempt, due_at as until from allocgate.deliveries
      where finished_at is null
    union all select 'run', id::text, state || ' ' || subject_key, attempt, lease_until from allocgate.runs
      where state in ('queued', 'running')`,
  );
  return rows.map((row) => JSON.stringify(row));
}

/** Waits until there are no faults and nothing is in progress. Throws with the faults if their number does not fall. */
async function untilWhole(chaos: Chaos, find: () => Promise<string[]>): Promise<void> {
  const { scenario } = chaos;
  let least = Infinity;
  let at = Date.now();
  for (;;) {
    const wrong = await find();
    const depth = await readDepth(scenario);
    const left = wrong.length + depth;
    if (left === 0) return;
    if (left < least) [least, at] = [left, Date.now()];
    if (Date.now() - at > PATIENCE_MS) {
      const first = chaos.pulls.find(({ number }) => wrong[0]?.startsWith(`#${number}:`));
      const story = first ? tellStory(chaos, first) : [];
      const output = processesOf(scenario).map((one) => one.output());
      const unfinished = [
        `${depth} unfinished at ${new Date().toISOString()}`,
        ...(await describeUnfinished(scenario)),
      ];
      throw new Error([...unfinished, ...wrong, ...story, ...(depth > 0 ? output : [])].join('\n'));
    }
    await sleep(500);
  }
}

/** Presses "Re-run" for runs that were given up, as a person does. Returns their number. */
async function restartGivenUp(chaos: Chaos): Promise<number> {
  const { fake, repository } = chaos.scenario;
  const given = listGivenUp(chaos);
  for (const { id } of given) await fake.rerequestCheck(repository, id, { by: 'gopher' });
  return given.length;
}

/** `told`: pull requests whose last change the App was told of. `givenUp`: runs that ended their workers too often. */
type Settled = { told: number; givenUp: number };

/**
 * After the faults: deliveries that were sent must arrive and have their effect, also if the App did not accept them at
 * first. The rest is found when a server starts and searches for missed events, because GitHub does not send those.
 */
async function settle(chaos: Chaos): Promise<Settled> {
  const { scenario, pulls, lost } = chaos;
  const { fake } = scenario;
  fake.faults.clear();
  await Promise.all(pulls.map(({ turn }) => turn));
  lost.push(...fake.pendingDeliveries);
  fake.pendingDeliveries = [];
  await fake.settled();
  fake.autoDeliver = true;
  const wrongOf = async (some: readonly ChaosPull[]): Promise<string[]> => [
    ...(await findFaults(chaos, some)),
    ...findCheckFaults(chaos),
    ...findGroupFaults(chaos),
  ];
  // Later deliveries would be in progress when everything must be idle.
  await untilWhole(chaos, () => Promise.resolve(listUntaken(chaos)));
  const told = listTold(chaos);
  const givenUp = await restartGivenUp(chaos);
  await untilWhole(chaos, () => wrongOf(told));
  await killServer(scenario);
  await untilWhole(chaos, () => wrongOf(pulls));
  // A duplicate write would arrive now.
  await sleep(1_000);
  assert.deepEqual(await wrongOf(pulls), []);
  return { told: told.length, givenUp };
}

/** Only killed processes may have ended. */
async function assertAlive(scenario: Scenario): Promise<void> {
  for (const one of processesOf(scenario)) {
    const exit = await Promise.race([one.ended, sleep(10, 'alive')]);
    assert.equal(exit, 'alive', one.output());
  }
}

function countActs({ pulls }: Chaos): string {
  const names = pulls.flatMap(({ story }) => story.map((line) => line.split(' ')[1] ?? ''));
  const counts = Map.groupBy(names, (name) => name);
  return [...counts].map(([name, { length }]) => `${name} ${length}x`).join(', ');
}

/** The number of positive answers by command. */
async function countAnswers({ scenario: { fake, repository }, pulls }: Chaos): Promise<string> {
  const seen = await Promise.all(pulls.map(({ number }) => fake.snapshot(repository, number)));
  const replies = seen
    .flatMap(({ comments }) => comments.filter(isOwn).map(({ body }) => body))
    .filter((body) => body.startsWith('<!-- allocgate:reply:'));
  return ['Accepted by', 'is withdrawn', 'may run', 'is measured']
    .map((text) => `${replies.filter((body) => body.includes(text)).length}x "${text}"`)
    .join(', ');
}

function describeRun(
  { scenario, pulls, groups, lost }: Chaos,
  { counts }: Disasters,
  { told, givenUp }: Settled,
): string[] {
  const { requests, deliveries } = scenario.fake;
  const faulty = requests.filter((one) => one.faulty).length;
  const late = deliveries.filter(({ attempts }) => attempts[0]?.status !== 202).length;
  return [
    `${pulls.length} pull requests (${pulls.filter(({ isForeign }) => isForeign).length} of strangers), the last change of ${told} acknowledged; ${groups.length} merge groups`,
    `${requests.length} requests, ${faulty} with faults`,
    `${deliveries.length + lost.length} deliveries, ${lost.length} never sent, ${late} taken only when sent again`,
    [...counts].map(([name, count]) => `${name} ${count}x`).join(', ') + `; ${givenUp} runs given up`,
  ];
}

/**
 * Performs random events, faults and disasters, then waits until everything is idle. Each pull request must then look
 * as if there had been no disturbance.
 */
export async function runChaos(
  t: TestContext,
  { backend, seed, pulls }: { backend: Backend; seed: number; pulls: number },
): Promise<void> {
  const chaos = await createChaos(backend);
  const { scenario } = chaos;
  try {
    const random = createRandom(seed);
    const disasters = startDisasters(scenario, fork(random));
    const began = Date.now();
    await rage(chaos, random, pulls);
    await disasters.stop();
    const raged = Date.now();
    await assertAlive(scenario);
    const settled = await settle(chaos);
    for (const line of describeRun(chaos, disasters, settled)) t.diagnostic(line);
    t.diagnostic(countActs(chaos));
    t.diagnostic(await countAnswers(chaos));
    t.diagnostic(`${raged - began} ms of chaos, ${Date.now() - raged} ms to settle`);
    await assertAlive(scenario);
    const struck = [...disasters.counts.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(
      settled.givenUp * CRASHES <= struck,
      `${settled.givenUp} runs given up after ${struck} disasters`,
    );
    assert.deepEqual(findStaleWrites(chaos, disasters.pauses), []);
    assert.deepEqual(findOvertaken(scenario.fake.requests), []);
    assert.deepEqual(scenario.fake.violations, []);
    for (const one of processesOf(scenario)) one.kill('SIGKILL');
    await Promise.all(processesOf(scenario).map((one) => one.ended));
    assert.deepEqual(await findUncancelled(scenario), []);
  } finally {
    await scenario.close();
  }
}
