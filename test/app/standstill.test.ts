import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { type Appearance, readUndisturbed, untilAppearance } from '../support/appearance.ts';
import { type AppProcess, fromNow, until } from '../support/app-process.ts';
import {
  createScenario,
  lastWorker,
  openUnsent,
  queryDatabase,
  type Scenario,
} from '../support/app-scenario.ts';
import type { FaultMatch } from '../support/fake-github/fault-types.ts';

/** The database and workers that freeze without ending, and continue when nobody waits for them. */

const writes = {
  check: { method: 'PATCH', path: /\/check-runs\/\d+$/u },
  review: { method: 'POST', path: /\/reviews$/u },
} satisfies Record<string, FaultMatch>;

/** Resolves when a request comes that matches; it is answered then. */
function untilRequest({ fake }: Scenario, match: FaultMatch, act: () => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    const run = (): void => {
      act();
      resolve();
    };
    fake.faults.add({ match, kind: { run } });
  });
}

describe('a process that stands still', () => {
  let scenario: Scenario;
  let wanted: Appearance;
  before(async () => {
    scenario = await createScenario({ backend: 'postgres', isDatabaseDisturbed: true });
    wanted = await readUndisturbed(scenario);
  });
  afterEach(() => {
    scenario.fake.faults.clear();
    assert.deepEqual(scenario.fake.violations.splice(0), []);
  });
  after(() => scenario.close());

  const worker = (): AppProcess => lastWorker(scenario);

  test('a database that stands still: not ready, 503 and no other answer; then all continues by itself', async () => {
    const { fake, postgres } = scenario;
    assert.ok(postgres);
    const unstored = await openUnsent(scenario, 'unstored-for-now');
    const ask = (path: string): Promise<number> =>
      fetch(`${scenario.server().url}${path}`).then(({ status }) => status);
    const meanwhile = async (): Promise<void> => {
      const sent = fake.send(unstored.delivery, 3);
      assert.equal(
        await Promise.race([ask('/readyz'), sent]),
        503,
        'it says so before deliveries are given up',
      );
      assert.equal(await ask('/healthz'), 200);
      assert.deepEqual(await sent, [503, 503, 503]);
    };
    const over = Promise.withResolvers<void>();
    // The answer to a write arrives when it can no longer be recorded.
    const run = (): Promise<void> =>
      new Promise((resolve) => {
        const frozen = (): Promise<void> => {
          resolve();
          return meanwhile();
        };
        postgres.freeze(frozen).then(over.resolve, over.reject);
      });
    fake.faults.add({ match: writes.review, kind: { run } });
    const number = await scenario.open('frozen', 2);
    await over.promise;
    await untilAppearance(scenario, number, wanted);
    await until(
      async () => (await fake.send(unstored.delivery))[0] === 202,
      () => scenario.server().output(),
    );
    await untilAppearance(scenario, unstored.number, wanted);
    assert.equal(await ask('/readyz'), 200);
  });

  test('a worker that stands still for longer than its lease loses the run, and writes nothing when it continues', async () => {
    const stopped = worker();
    const reached = untilRequest(scenario, writes.check, () => stopped.kill('SIGSTOP'));
    const number = await scenario.open('stopped', 2);
    await reached;
    await scenario.startWorker();
    await untilAppearance(scenario, number, wanted);
    const asked = scenario.fake.requests.length;
    const lost = fromNow(stopped, 'lost');
    const over = fromNow(stopped, 'end');
    stopped.kill('SIGCONT');
    await lost;
    await over;
    const written = scenario.fake.requests
      .slice(asked)
      .filter(({ method, path }) => method !== 'GET' && path.startsWith('/repos/'));
    assert.deepEqual(written, []);
    await untilAppearance(scenario, number, wanted);
  });

  test('a worker that stands still between the question whether it may write and the write no longer sends anything', async () => {
    const { env, fake, workers } = scenario;
    for (const one of workers.splice(0)) {
      one.kill();
      await one.ended;
    }
    env['STUB_SPACING_MS'] = '4000';
    const stopped = await scenario.startWorker();
    delete env['STUB_SPACING_MS'];
    const number = await scenario.open('stopped-in-between', 2);
    const isAbout = `key = 'review' and answered_at is null and run_id = (
      select id from allocgate.runs where subject_key = 'pull-request:${number}' order by sequence desc limit 1)`;
    await until(
      async () =>
        (await queryDatabase(scenario, `select 1 from allocgate.writes where ${isAbout}`)).rowCount === 1,
      () => stopped.output(),
    );
    stopped.kill('SIGSTOP');
    assert.deepEqual((await fake.snapshot(scenario.repository, number)).reviews, []);
    await scenario.startWorker();
    await untilAppearance(scenario, number, wanted);
    const asked = fake.requests.length;
    const over = fromNow(stopped, 'end');
    stopped.kill('SIGCONT');
    await over;
    const written = fake.requests
      .slice(asked)
      .filter(({ method, path }) => method !== 'GET' && path.startsWith('/repos/'));
    assert.deepEqual(written, []);
    await untilAppearance(scenario, number, wanted);
  });
});
