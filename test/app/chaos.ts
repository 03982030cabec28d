import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/app-process.ts';
import { type Backend, createScenario, type Scenario } from '../support/app-scenario.ts';
import { act, addFault, type ChaosPull, disturb, openPull } from '../support/chaos-events.ts';
import { type Disasters, type Pause, startDisasters } from '../support/chaos-disasters.ts';
import type { LoggedRequest, Snapshot } from '../support/fake-github/index.ts';
import { createRandom, type Random } from '../support/random.ts';

/**
 * Whatever can happen happens, by chance: people, GitHub, the network, the machines. Then it is quiet, and each pull
 * request must look as if nothing had ever gone wrong. CHAOS_SEED: the same choices again, though not the same moments.
 * CHAOS_PULLS: how many pull requests.
 */
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
const PULLS = Number(process.env['CHAOS_PULLS'] ?? 20);
const ACTS_PER_PULL = 3;

/** A write that was under way when its head was replaced arrives all the same; none is begun afterwards. */
const UNDER_WAY_MS = 2_000;

const isOwn = ({ by }: { by: string }): boolean => by === 'allocgate[bot]';
const isSummary = ({ body }: { body: string }): boolean => body.includes('<!-- allocgate:summary -->');

/** `writeLog` puts what allocates on the lines from 6 on. */
function expectLines(pull: ChaosPull): number[] {
  return Array.from({ length: pull.allocating }, (_, index) => 6 + index);
}

/** What is wrong with an open pull request; empty when nothing is. */
function findFaults(pull: ChaosPull, seen: Snapshot): string[] {
  const wanted = pull.allocating > 0 ? 'failure' : 'success';
  const checks = seen.checks.map(({ status, conclusion }) => `${status} ${conclusion}`);
  const lines = seen.reviewComments.filter(isOwn).map(({ path, line }) => `${path}:${line}`);
  const summaries = seen.comments.filter((one) => isOwn(one) && isSummary(one)).length;
  return [
    checks.join() === `completed ${wanted}` ? '' : `checks ${checks.join()} instead of ${wanted}`,
    lines.toSorted().join() ===
    expectLines(pull)
      .map((line) => `log/log.go:${line}`)
      .join()
      ? ''
      : `comments on ${lines.join()} instead of ${expectLines(pull).join()}`,
    summaries > 1 || (pull.allocating > 0 && summaries === 0) ? `${summaries} summaries` : '',
  ].filter((text) => text !== '');
}

/** Everything happens at once; resolves when the last act was done. */
async function rage(scenario: Scenario, random: Random): Promise<ChaosPull[]> {
  const { fake } = scenario;
  const pulls: ChaosPull[] = [];
  for (let step = 0; step < PULLS * (1 + ACTS_PER_PULL); step += 1) {
    if (pulls.length === 0 || (pulls.length < PULLS && random.chance(1 / (1 + ACTS_PER_PULL)))) {
      pulls.push(await openPull(scenario, `change-${pulls.length}`, random));
    } else {
      await act(scenario, random.pick(pulls), random);
    }
    if (random.chance(0.5)) addFault(scenario, random);
    if (random.chance(0.4)) await fake.sendPending((pending) => disturb(pending, random));
    await sleep(random.integer(100));
  }
  return pulls;
}

/** Checks of any commit that nobody will ever end. */
function findOpenChecks({ fake, repository }: Scenario, pulls: readonly ChaosPull[]): string[] {
  return pulls.flatMap(({ number, heads }) =>
    heads
      .flatMap(({ sha }) => fake.checkRuns(repository, sha))
      .filter(({ status }) => status !== 'completed')
      .map(({ headSha, status }) => `#${number}: the check of ${headSha} is ${status}`),
  );
}

/** Nothing waits, and nothing is under way. */
async function isIdle(scenario: Scenario): Promise<boolean> {
  const text = await (await fetch(`${scenario.server().url}/metrics`)).text();
  const busy = /^allocgate_(?:queue_depth\{.*|runs\{state="(?:queued|running)".*)\} [1-9]/mu;
  return !busy.test(text);
}

/** The faults are over. Deliveries that were not sent never are: a server that starts looks for itself. */
async function settle(scenario: Scenario, pulls: readonly ChaosPull[]): Promise<void> {
  const { fake, repository, server, restartServer, workers } = scenario;
  fake.faults.clear();
  fake.pendingDeliveries = [];
  server().kill('SIGKILL');
  await server().ended;
  await restartServer();
  const wrong = async (): Promise<string[]> => {
    const open = pulls.filter(({ isOpen }) => isOpen);
    const found = open.map(async (pull) =>
      findFaults(pull, await fake.snapshot(repository, pull.number)).map(
        (text) => `#${pull.number}: ${text}`,
      ),
    );
    return [...(await Promise.all(found)).flat(), ...findOpenChecks(scenario, pulls)];
  };
  const output = (): string => [server(), ...workers].map((one) => one.output()).join('\n');
  await until(
    async () => (await wrong()).length === 0 && (await isIdle(scenario)),
    async () => [...(await wrong()), ...(pulls.length < 20 ? [output()] : [])].join('\n'),
  );
  // What was written once more would come now.
  await sleep(1_000);
  assert.deepEqual(await wrong(), []);
}

function overlap(pauses: readonly Pause[], from: number, to: number): number {
  return pauses.reduce(
    (sum, pause) => sum + Math.max(0, Math.min(to, pause.to) - Math.max(from, pause.from)),
    0,
  );
}

function commitOf({ body }: LoggedRequest): string | null {
  if (typeof body !== 'object' || body === null || !('commit_id' in body)) return null;
  return typeof body.commit_id === 'string' ? body.commit_id : null;
}

/** Comments that were put on a commit long after another had become the head. */
function findStaleWrites(
  scenario: Scenario,
  pulls: readonly ChaosPull[],
  pauses: readonly Pause[],
): string[] {
  const replacedAt = new Map(
    pulls.flatMap(({ heads }) =>
      heads.slice(0, -1).map(({ sha }, index) => [sha, heads[index + 1]?.at ?? Infinity]),
    ),
  );
  return scenario.fake.requests.flatMap((request) => {
    const commit = commitOf(request);
    const since = (commit === null ? null : replacedAt.get(commit)) ?? Infinity;
    const late = request.at - since - overlap(pauses, since, request.at);
    return late > UNDER_WAY_MS ? [`${request.method} ${request.path} of ${commit}, ${late} ms late`] : [];
  });
}

/** Replies to commands, each under a marker of its own. */
function findTwins({ comments }: Snapshot): string[] {
  const markers = comments.filter(isOwn).map(({ body }) => body.split('\n')[0] ?? '');
  return markers.filter((marker, index) => markers.indexOf(marker) !== index);
}

async function assertWhole(
  scenario: Scenario,
  pulls: readonly ChaosPull[],
  pauses: readonly Pause[],
): Promise<void> {
  const { fake, repository } = scenario;
  for (const { number, heads } of pulls) {
    const seen = await fake.snapshot(repository, number);
    assert.deepEqual(findTwins(seen), [], `#${number} is told twice`);
    const checks = heads.flatMap(({ sha }) => fake.checkRuns(repository, sha));
    const ids = checks.map(({ externalId }) => externalId);
    assert.equal(new Set(ids).size, ids.length, `#${number} has two checks of one run`);
  }
  assert.deepEqual(findStaleWrites(scenario, pulls, pauses), []);
  assert.deepEqual(fake.violations, []);
}

function describeRun(scenario: Scenario, pulls: readonly ChaosPull[], disasters: Disasters): string {
  const { requests, deliveries } = scenario.fake;
  const attempts = deliveries.flatMap((delivery) => delivery.attempts);
  const red = pulls.filter(({ isOpen, allocating }) => isOpen && allocating > 0).length;
  return [
    `${pulls.length} pull requests (${red} open and red)`,
    `${requests.length} requests, ${requests.filter(({ faulty }) => faulty).length} with faults`,
    `${attempts.length} deliveries, ${attempts.filter(({ status }) => status === null).length} unanswered`,
    `${disasters.kills} kills, ${disasters.pauses.length} pauses`,
  ].join('; ');
}

for (const backend of ['postgres', 'pglite'] satisfies Backend[]) {
  test(`chaos with ${backend}, CHAOS_SEED=${SEED}`, { timeout: 900_000 }, async (t) => {
    const random = createRandom(SEED);
    const scenario = await createScenario({ backend });
    try {
      if (backend === 'postgres') await scenario.startWorker();
      scenario.fake.autoDeliver = false;
      const disasters = startDisasters(scenario, createRandom(SEED + 1));
      const began = Date.now();
      const pulls = await rage(scenario, random);
      await disasters.stop();
      const raged = Date.now();
      await settle(scenario, pulls);
      t.diagnostic(describeRun(scenario, pulls, disasters));
      t.diagnostic(`${raged - began} ms of chaos, ${Date.now() - raged} ms to settle`);
      await assertWhole(scenario, pulls, disasters.pauses);
    } finally {
      await scenario.close();
    }
  });
}
