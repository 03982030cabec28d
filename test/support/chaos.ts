import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from './app-process.ts';
import { type Backend, createScenario, type Scenario } from './app-scenario.ts';
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
/** A run that ends so many workers is given up. */
const CRASHES = 3;
/** So many pull requests take long enough for a minute's silence in between. */
const MANY = 100;
/** Requests to GitHub. */
const HOURLY = 1_000_000;

async function createChaos(backend: Backend): Promise<Chaos> {
  const scenario = await createScenario({ backend, isDatabaseDisturbed: true });
  const { fake, repository, installation } = scenario;
  if (backend === 'postgres') await scenario.startWorker();
  const fork = await fake.forkRepository(repository, 'stranger');
  // What takes hours is done in minutes here.
  fake.setRateLimit(installation, { limit: HOURLY, remaining: HOURLY });
  fake.autoDeliver = false;
  return { scenario, fork, pulls: [], groups: [], lost: [], revokedAt: 0 };
}

/** GitHub sends what is pending, and waits for no answer. */
function sendSome({ scenario: { fake }, lost }: Chaos, random: Random): Promise<void> {
  return fake.sendPending((pending) => {
    const sent = disturb(pending, random);
    lost.push(...pending.filter((one) => !sent.includes(one)));
    return sent;
  });
}

/** Choices of its own, whoever chooses in between. */
const fork = (random: Random): Random => createRandom(random.integer(2 ** 24));

/** One team with pull requests of its own, one thing after the other. */
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

/** Everything happens at once; resolves when the last act was done, and everything sent that is. */
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

/** Deliveries and runs that wait or are under way. */
async function readDepth({ server }: Scenario): Promise<number> {
  const text = await (await fetch(`${server().url}/metrics`)).text();
  const unfinished = /^allocgate_(?:queue_depth\{.*|runs\{state="(?:queued|running)".*)\} (\d+)/gmu;
  return [...text.matchAll(unfinished)].reduce((sum, [, count]) => sum + Number(count), 0);
}

const processesOf = ({ server, workers }: Scenario): AppProcess[] => [server(), ...workers];

/** When nothing gets less for so long, it hangs: longer than the longest pause that GitHub asks for here. */
const PATIENCE_MS = 100_000;

/** Waits until nothing is wrong and nothing under way; throws with what is, when that does not get less. */
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
      throw new Error([`${depth} unfinished`, ...wrong, ...story, ...(depth > 0 ? output : [])].join('\n'));
    }
    await sleep(500);
  }
}

/** Who ends its worker so often is given up; a person then presses "Re-run". Returns how many there were. */
async function restartGivenUp(chaos: Chaos): Promise<number> {
  const { fake, repository } = chaos.scenario;
  const given = listGivenUp(chaos);
  for (const { id } of given) await fake.rerequestCheck(repository, id, { by: 'gopher' });
  return given.length;
}

/** `told`: pull requests whose last change the App was told of. `givenUp`: runs that ended their workers too often. */
type Settled = { told: number; givenUp: number };

/**
 * The faults are over. What was sent must arrive and become right by itself, also what the App did not take at first; the
 * rest when a server starts and looks for what it missed, since deliveries that were not sent never are.
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
  // What arrived later would be under way when everything must be quiet.
  await untilWhole(chaos, () => Promise.resolve(listUntaken(chaos)));
  const told = listTold(chaos);
  const givenUp = await restartGivenUp(chaos);
  await untilWhole(chaos, () => wrongOf(told));
  await killServer(scenario);
  await untilWhole(chaos, () => wrongOf(pulls));
  // What was written once more would come now.
  await sleep(1_000);
  assert.deepEqual(await wrongOf(pulls), []);
  return { told: told.length, givenUp };
}

/** Nobody died but those who were killed. */
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

/** How often the App said yes to what. */
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

/** Whatever can happen happens, by chance; then it is quiet, and each pull request looks as if nothing had gone wrong. */
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
