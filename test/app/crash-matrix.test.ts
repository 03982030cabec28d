import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Appearance, readAppearance, untilAppearance } from '../support/appearance.ts';
import { until } from '../support/app-process.ts';
import { type Backend, backends, findCheck, type Scenario } from '../support/app-scenario.ts';
import {
  cancelling,
  commanding,
  fixing,
  kill,
  opening,
  outputOf,
  processOf,
  restart,
  type Role,
  type Step,
  superseding,
  untilIdle,
} from '../support/crash-steps.ts';
import type { Snapshot } from '../support/fake-github/index.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createScenarioPool, type ScenarioPool } from '../support/scenario-pool.ts';

/**
 * `kill -9` of a process at every step of a run: whatever was under way, the pull request ends as if undisturbed.
 *
 * Most of the time is spent waiting: for a process to start, for a lease to run out. So each database has some scenarios,
 * each with a GitHub of its own, which take one step after the other.
 */
const SCENARIOS_AT_ONCE = 2;

/** So long may it take until a step is reached. */
const PATIENCE_MS = 120_000;

/** A pull request, and the heads that it had before, oldest first. */
type Subject = { number: number; earlier: readonly string[] };
type Prepared = Subject & { go: () => void };

/** Something that happens to a pull request. */
type Act = (scenario: Scenario, branch: string, before: Prepared) => Promise<Subject>;
type Prepare = (scenario: Scenario, branch: string) => Promise<Prepared>;

type Sequence = {
  name: string;
  steps: Step[];
  prepare: Prepare;
  act: Act;
  isOver: (seen: Appearance) => boolean;
};

const go = (): void => {};
const isDone = (seen: Snapshot): boolean => findCheck(seen) !== null;
const areChecksOver = ({ checkRuns }: Appearance): boolean =>
  checkRuns.length > 0 && checkRuns.every((one) => one.startsWith('completed'));

const nothing: Prepare = () => Promise.resolve({ number: 0, earlier: [], go });

const open: Act = async (scenario, branch) => ({ number: await scenario.open(branch, 2), earlier: [] });

/** Three regressions, and an answer to the last one. */
const openAnswered: Prepare = async (scenario, branch) => {
  const number = await scenario.open(branch, 3);
  const { reviewComments } = await scenario.see(number, isDone);
  const answered = reviewComments.find(({ line }) => line === 8);
  assert.ok(answered);
  await scenario.fake.answer(scenario.repository, answered.id, { by: 'gopher', body: 'why?' });
  return { number, earlier: [], go };
};

const fix: Act = async (scenario, _branch, { number }) => {
  await scenario.push(number, 1);
  return { number, earlier: [] };
};

/** A run that goes on only after `go`. */
const openUnderWay: Prepare = async (scenario, branch) => {
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const run = (): Promise<void> => {
    held.resolve();
    return released.promise;
  };
  scenario.fake.faults.add({ match: { path: /git-upload-pack/u }, kind: { run } });
  const number = await scenario.open(branch, 1);
  await held.promise;
  return { number, earlier: [], go: released.resolve };
};

/** Goes on when the server has come to a step. */
function goOnAt(step: string, { server }: Scenario, go: () => void): Promise<void> {
  const old = new Set(server().logs);
  const reached = server().untilLog((line) => line.step === step && !old.has(line));
  // It may be killed before.
  return reached.then(go, go);
}

const supersede: Act = async (scenario, _branch, { number, go }) => {
  const { headSha } = await scenario.fake.snapshot(scenario.repository, number);
  const isKnown = goOnAt('request', scenario, go);
  await scenario.push(number, 2);
  await isKnown;
  return { number, earlier: [headSha] };
};

const cancel: Act = async (scenario, _branch, { number, go }) => {
  const isKnown = goOnAt('command', scenario, go);
  await scenario.fake.comment(scenario.repository, number, { by: 'gopher', body: '/allocgate cancel' });
  await isKnown;
  return { number, earlier: [] };
};

const openReviewed =
  (allocating: number): Prepare =>
  async (scenario, branch) => {
    const number = await scenario.open(branch, allocating);
    await scenario.see(number, isDone);
    return { number, earlier: [], go };
  };

const accept: Act = async ({ fake, repository }, _branch, { number }) => {
  const body = '/allocgate accept BenchmarkInfo/0 because we need it';
  await fake.comment(repository, number, { by: 'gopher', body });
  return { number, earlier: [] };
};

const askForHelp: Act = async (scenario, _branch, { number }) => {
  await scenario.fake.comment(scenario.repository, number, { by: 'gopher', body: '/allocgate help' });
  return { number, earlier: [] };
};

const opened: Sequence = {
  name: 'opened',
  steps: opening,
  prepare: nothing,
  act: open,
  isOver: areChecksOver,
};

const sequences: Sequence[] = [
  opened,
  { name: 'fixed in part', steps: fixing, prepare: openAnswered, act: fix, isOver: areChecksOver },
  {
    name: 'superseded',
    steps: superseding,
    prepare: openUnderWay,
    act: supersede,
    isOver: areChecksOver,
  },
  {
    name: 'cancelled',
    steps: cancelling,
    prepare: openUnderWay,
    act: cancel,
    isOver: (seen) => areChecksOver(seen) && seen.comments.some(({ reactions }) => reactions.length > 0),
  },
  {
    name: 'accepted',
    steps: commanding,
    prepare: openReviewed(1),
    act: accept,
    // The summary, the command and its answer.
    isOver: ({ comments, checkRuns }) =>
      comments.length === 3 &&
      comments.some(({ reactions }) => reactions.length > 0) &&
      checkRuns.join() === 'completed success',
  },
  {
    name: 'commanded',
    steps: commanding,
    prepare: openReviewed(0),
    act: askForHelp,
    isOver: ({ comments }) => comments.length === 2 && comments.some(({ reactions }) => reactions.length > 0),
  },
];

/** A server beside its workers is killed at all lines; what it does not send itself it cannot break off. */
const isFor = (backend: Backend, role: Role, { name, by }: Step): boolean =>
  backend === 'pglite' || by === role || (role === 'server' && name.startsWith('line'));

let count = 0;
const branchOf = (name: string): string => `${name.replaceAll(/[^a-z]+/gu, '-')}-${(count += 1)}`;

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

/** The same for all scenarios: the database makes no difference. */
const undisturbed = new Map<Sequence, Promise<Appearance>>();

function howUndisturbed(scenario: Scenario, sequence: Sequence): Promise<Appearance> {
  const known = undisturbed.get(sequence) ?? readUndisturbed(scenario, sequence);
  undisturbed.set(sequence, known);
  return known;
}

async function inTime(dead: Promise<void>, scenario: Scenario): Promise<void> {
  const late = new AbortController();
  const timer = sleep(PATIENCE_MS, null, { signal: late.signal }).then(() => {
    throw new Error(`this step was not reached:\n${outputOf(scenario)}`);
  });
  await Promise.race([dead, timer]).finally(() => late.abort());
}

/** Returns the pull request when the killed process is there again. */
async function disturb(scenario: Scenario, sequence: Sequence, step: Step, role: Role): Promise<Subject> {
  const branch = branchOf(step.name);
  const prepared = await sequence.prepare(scenario, branch);
  const { dead, disarm } = step.arm(scenario, processOf(scenario, role));
  const [subject] = await Promise.all([sequence.act(scenario, branch, prepared), inTime(dead, scenario)]);
  disarm();
  await restart(scenario, role);
  await step.afterwards?.(scenario);
  return subject;
}

type Ended = Subject & { scenario: Scenario; wanted: Appearance };

/** Three crashes would end a run. */
const STOPS = 4;

/** Stops the worker at each check in progress, so often; resolves to the processes that were stopped. */
async function stopOften(scenario: Scenario, role: Role, openPull: () => Promise<void>) {
  const stopped: { status: number | null; steps: (string | undefined)[] }[] = [];
  const { promise: isOver, resolve, reject } = Promise.withResolvers<void>();
  let isStopping = false;
  const stop = async (): Promise<void> => {
    const victim = processOf(scenario, role);
    const status = await victim.stop();
    stopped.push({ status, steps: victim.logs.map(({ step }) => step) });
    await restart(scenario, role);
    if (stopped.length === STOPS) resolve();
    isStopping = stopped.length === STOPS;
  };
  const run = (): void => {
    if (isStopping) return;
    isStopping = true;
    stop().catch(reject);
  };
  const match = { method: 'PATCH', path: /\/check-runs\/\d+$/u };
  const fault = scenario.fake.faults.add({ match, times: Infinity, kind: { run } });
  await openPull();
  await inTime(isOver, scenario);
  scenario.fake.faults.remove(fault);
  return stopped;
}

describe('kill -9 at every step', { concurrency: backends.length }, () => {
  let postgres: TestPostgres;
  /** Processes that are killed at once and started again find their programs compiled. */
  let compiled: string;
  before(async () => {
    compiled = await mkdtemp(path.join(tmpdir(), 'allocgate-compiled-'));
    postgres = await startPostgres();
  });
  after(async () => {
    await postgres.stop();
    await rm(compiled, { recursive: true, force: true });
  });

  for (const backend of backends) {
    describe(`with ${backend}`, { concurrency: 1 }, () => {
      let pool: ScenarioPool;
      const ended: Ended[] = [];
      before(() => {
        pool = createScenarioPool({ backend, cluster: postgres, env: { NODE_COMPILE_CACHE: compiled } });
      });
      after(() => pool.close());
      const roles: Role[] = backend === 'pglite' ? ['server'] : ['worker', 'server'];
      const measurer: Role = backend === 'pglite' ? 'server' : 'worker';

      describe('a pull request ends as if undisturbed', { concurrency: SCENARIOS_AT_ONCE }, () => {
        for (const sequence of sequences) {
          for (const role of roles) {
            for (const step of sequence.steps.filter((one) => isFor(backend, role, one))) {
              test(`${sequence.name}, ${role} at ${step.name}`, () =>
                pool.use(async (scenario) => {
                  const wanted = await howUndisturbed(scenario, sequence);
                  const subject = await disturb(scenario, sequence, step, role);
                  await untilAppearance(scenario, subject.number, wanted, subject.earlier);
                  // What is as it shall be may still be gone through again: the next kill is not to hit it.
                  await untilIdle(scenario);
                  ended.push({ ...subject, scenario, wanted });
                }));
            }
          }
        }

        test('three times: the check is neutral and says why', () =>
          pool.use(async (scenario) => {
            let ready = Promise.resolve();
            const run = async (): Promise<'drop'> => {
              await ready;
              await kill(processOf(scenario, measurer));
              ready = restart(scenario, measurer);
              return 'drop';
            };
            const match = { path: /git-upload-pack/u };
            const fault = scenario.fake.faults.add({ match, times: 3, kind: { run } });
            const number = await scenario.open(branchOf('crashes'), 1);
            const seen = await scenario.see(number, isDone);
            assert.equal(fault.hits, 3);
            assert.equal(findCheck(seen)?.conclusion, 'neutral');
            assert.match(findCheck(seen)?.summary ?? '', /ended its worker 3 times/u);
            assert.deepEqual([seen.comments, seen.reviewComments], [[], []]);
            await ready;
          }));

        // With PGlite its server is killed, and looks for what it missed when it starts.
        if (backend === 'postgres') {
          test('three times, of a head that was replaced: nothing is said of it', () =>
            pool.use(async (scenario) => {
              const { fake, repository } = scenario;
              let ready = Promise.resolve();
              let number = 0;
              const run = async (): Promise<'drop'> => {
                await ready;
                await kill(processOf(scenario, measurer));
                fake.autoDeliver = false;
                if (fault.hits === 3) await scenario.push(number, 0);
                fake.pendingDeliveries = [];
                fake.autoDeliver = true;
                ready = restart(scenario, measurer);
                return 'drop';
              };
              const fault = fake.faults.add({ match: { path: /git-upload-pack/u }, times: 3, kind: { run } });
              number = await scenario.open(branchOf('crashes'), 1);
              const { headSha } = fake.pullRequest(repository, number);
              await scenario.see(number, (seen) => isDone(seen) && seen.headSha !== headSha);
              const [check] = fake.checkRuns(repository, headSha);
              assert.equal(check?.conclusion, 'cancelled');
              await ready;
            }));
        }

        test('SIGTERM hands a run back, which counts as no crash, however often', () =>
          pool.use(async (scenario) => {
            const wanted = await howUndisturbed(scenario, opened);
            // Stopping takes a while: long enough to get a run again.
            const match = { method: 'GET', path: /\/pulls\?/u };
            const delay = scenario.fake.faults.add({ match, times: Infinity, kind: { delayMs: 3_000 } });
            let number = 0;
            const stopped = await stopOften(scenario, measurer, async () => {
              number = await scenario.open(branchOf('terminated'), 2);
            });
            scenario.fake.faults.remove(delay);
            await untilAppearance(scenario, number, wanted);
            for (const { status, steps } of stopped) {
              assert.equal(status, 0);
              // It does not take up what it has just handed back.
              assert.ok(!steps.slice(steps.indexOf('hand back')).includes('claim'), steps.join(' '));
            }
          }));
      });

      test('at the end all are as undisturbed, and no request was wrong', async () => {
        for (const { scenario, number, earlier, wanted } of ended) {
          assert.deepEqual(await readAppearance(scenario, number, earlier), wanted);
        }
        for (const { fake } of pool.all()) assert.deepEqual(fake.violations, []);
      });
    });
  }
});
