import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before } from './hooks.ts';
import { type Appearance, readAppearance, untilAppearance } from './appearance.ts';
import { until } from './app-process.ts';
import { type Backend, backends, type Scenario } from './app-scenario.ts';
import { outputOf, processOf, restart, type Role, type Step, untilIdle } from './crash-steps.ts';
import { type Sequence, sequences, type RunSubject } from './crash-sequences.ts';
import { createScenarioPool, type ScenarioPool } from './scenario-pool.ts';

/**
 * `kill -9` of a process at every step of a run: whatever was under way, the pull request ends as if undisturbed.
 *
 *
 * Most of the time is spent waiting: for a process to start, for a lease to run out. So each database has some scenarios,
 * each with a GitHub of its own, which take one step after the other.
 */
const SCENARIOS_AT_ONCE = 2;

/** How long reaching a step may take. */
const PATIENCE_MS = 120_000;

/** One test: a process is killed at a step of a sequence, with one of the databases. */
export type Kill = { backend: Backend; sequence: Sequence; step: Step; role: Role };

/** A server with separate workers is killed at all log lines, but not at requests that it does not send. */
const isFor = (backend: Backend, role: Role, { name, by }: Step): boolean =>
  backend === 'pglite' || by === role || (role === 'server' && name.startsWith('line'));

let count = 0;
export const branchOf = (name: string): string => `${name.replaceAll(/[^a-z]+/gu, '-')}-${(count += 1)}`;

async function readUndisturbed(scenario: Scenario, { prepare, act, isOver }: Sequence): Promise<Appearance> {
  const branch = branchOf('undisturbed');
  const { number, earlier } = await act(scenario, branch, await prepare(scenario, branch));
  await until(
    async () => isOver(await readAppearance(scenario, number, earlier)),
    () => outputOf(scenario),
  );
  await untilIdle(scenario);
  return readAppearance(scenario, number, earlier);
}

/** Shared by all scenarios, because the database makes no difference. */
const undisturbed = new Map<Sequence, Promise<Appearance>>();

export function howUndisturbed(scenario: Scenario, sequence: Sequence): Promise<Appearance> {
  const known = undisturbed.get(sequence) ?? readUndisturbed(scenario, sequence);
  undisturbed.set(sequence, known);
  return known;
}

export async function inTime(dead: Promise<void>, scenario: Scenario): Promise<void> {
  const late = new AbortController();
  const timer = sleep(PATIENCE_MS, null, { signal: late.signal }).then(() => {
    throw new Error(`this step was not reached:\n${outputOf(scenario)}`);
  });
  await Promise.race([dead, timer]).finally(() => late.abort());
}

/** Resolves to the pull request when the killed process has been restarted. */
async function disturb(scenario: Scenario, sequence: Sequence, step: Step, role: Role): Promise<RunSubject> {
  const branch = branchOf(step.name);
  const prepared = await sequence.prepare(scenario, branch);
  const { dead, disarm } = step.arm(scenario, processOf(scenario, role));
  const [subject] = await Promise.all([sequence.act(scenario, branch, prepared), inTime(dead, scenario)]);
  disarm();
  await restart(scenario, role);
  await step.afterwards?.(scenario);
  return subject;
}

type Ended = RunSubject & { scenario: Scenario; wanted: Appearance };

/** With the embedded database the server is the worker, too. */
const rolesOf = (backend: Backend): Role[] => (backend === 'pglite' ? ['server'] : ['worker', 'server']);

/** All processes at all steps, with both databases. */
export const allKills: readonly Kill[] = backends.flatMap((backend) =>
  sequences.flatMap((sequence) =>
    rolesOf(backend).flatMap((role) =>
      sequence.steps
        .filter((step) => isFor(backend, role, step))
        .map((step) => ({ backend, sequence, step, role })),
    ),
  ),
);

const allSteps = sequences.flatMap((sequence) => sequence.steps.map((step) => ({ sequence, step })));

/** Whether `npm test` includes this kill: the steps alternate between the databases, so each step is included once. */
export function isForItsStep({ backend, sequence, step }: Kill): boolean {
  const index = allSteps.findIndex((one) => one.sequence === sequence && one.step === step);
  return backends[index % backends.length] === backend;
}

/** Other tests in which processes are killed, in the same scenarios. */
export type MoreTests = (backend: Backend, use: ScenarioPool['use']) => void;

/** Creates a test for each kill. The tests of both databases run at the same time. */
export function testKills(kills: readonly Kill[], testMore: MoreTests): void {
  describe('kill -9 at every step', { concurrency: backends.length }, () => {
    for (const backend of backends) {
      describe(`with ${backend}`, { concurrency: 1 }, () =>
        testWith(
          backend,
          kills.filter((kill) => kill.backend === backend),
          testMore,
        ),
      );
    }
  });
}

function testWith(backend: Backend, kills: readonly Kill[], testMore: MoreTests): void {
  let pool: ScenarioPool;
  const ended: Ended[] = [];
  const use: ScenarioPool['use'] = (work) => pool.use(work);
  before(() => {
    pool = createScenarioPool({ backend });
  });
  after(() => pool.close());

  describe('a pull request ends as if undisturbed', { concurrency: SCENARIOS_AT_ONCE }, () => {
    for (const { sequence, step, role } of kills) {
      test(`${sequence.name}, ${role} at ${step.name}`, () =>
        use(async (scenario) => {
          const wanted = await howUndisturbed(scenario, sequence);
          const subject = await disturb(scenario, sequence, step, role);
          await untilAppearance(scenario, subject.number, wanted, subject.earlier);
          // Although the result is right, work may be in progress, which the next kill must not hit.
          await untilIdle(scenario);
          ended.push({ ...subject, scenario, wanted });
        }));
    }
    testMore(backend, use);
  });

  test('at the end all are as undisturbed, and no request was wrong', async () => {
    for (const { scenario, number, earlier, wanted } of ended) {
      assert.deepEqual(await readAppearance(scenario, number, earlier), wanted);
    }
    for (const { fake } of pool.all()) assert.deepEqual(fake.violations, []);
  });
}
