import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilAppearance } from './appearance.ts';
import { findCheck, isDone, type Scenario } from './app-scenario.ts';
import { branchOf, howUndisturbed, inTime } from './crash-kills.ts';
import { opened } from './crash-sequences.ts';
import { kill, processOf, restart, type Role } from './crash-steps.ts';
import type { ScenarioPool } from './scenario-pool.ts';

/** More than the three crashes that end a run. */
const STOPS = 4;

/** Stops the worker this often, each time when the check is in progress. Resolves to the stopped processes. */
async function stopOften(scenario: Scenario, role: Role, openPull: () => Promise<void>) {
  const stopped: { status: number | null; steps: (string | undefined)[] }[] = [];
  const { promise: isOver, resolve, reject } = Promise.withResolvers<void>();
  let isStopping = false;
  const stop = async (): Promise<void> => {
    const victim = processOf(scenario, role);
    const before = victim.logs.length;
    const status = await victim.stop();
    stopped.push({ status, steps: victim.logs.slice(before).map(({ step }) => step) });
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

/** A run that crashes its worker repeatedly is given up. */
export function testThreeCrashes(use: ScenarioPool['use'], measurer: Role): void {
  test('three times: the check is neutral and says why', () =>
    use(async (scenario) => {
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
      assert.match(findCheck(seen)?.summary ?? '', /worker crashed 3 times/u);
      assert.deepEqual([seen.comments, seen.reviewComments], [[], []]);
      await ready;
    }));
}

/** Only for PostgreSQL: with PGlite the server is killed, and searches for missed events when it starts. */
export function testThreeCrashesOfOldHead(use: ScenarioPool['use'], measurer: Role): void {
  test('three times, of a head that was replaced: nothing is said of it', () =>
    use(async (scenario) => {
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

/** Stopping a worker does not count as a crash. */
export function testHandingBack(use: ScenarioPool['use'], measurer: Role): void {
  test('SIGTERM hands a run back, which counts as no crash, however often', () =>
    use(async (scenario) => {
      const wanted = await howUndisturbed(scenario, opened);
      // Stopping takes long enough to get a run again.
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
        // It does not claim the run that it has just handed back.
        assert.ok(!steps.slice(steps.indexOf('hand back')).includes('claim'), steps.join(' '));
      }
    }));
}
