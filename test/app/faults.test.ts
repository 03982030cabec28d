import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openStore } from '../../src/store/open.ts';
import { after, before } from '../support/hooks.ts';
import { type Appearance, readUndisturbed, untilAppearance } from '../support/appearance.ts';
import { type AppProcess, fromNow, until } from '../support/app-process.ts';
import {
  createScenario,
  findCheck,
  lastWorker,
  openUnsent,
  queryDatabase,
  type Scenario,
} from '../support/app-scenario.ts';
import type { FaultMatch } from '../support/fake-github/fault-types.ts';
import type { Snapshot } from '../support/fake-github/index.ts';

/** Faults between GitHub, the App and its database: each pull request ends like an undisturbed one. */

const writes = {
  queued: { method: 'POST', path: /\/check-runs$/u },
  check: { method: 'PATCH', path: /\/check-runs\/\d+$/u },
  review: { method: 'POST', path: /\/reviews$/u },
  comment: { method: 'POST', path: /\/pulls\/\d+\/comments$/u },
  summary: { method: 'POST', path: /\/issues\/\d+\/comments$/u },
} satisfies Record<string, FaultMatch>;

const isDone = (seen: Snapshot): boolean => findCheck(seen) !== null;

describe('GitHub and the way to it', () => {
  let scenario: Scenario;
  let wanted: Appearance;
  before(async () => {
    scenario = await createScenario({ backend: 'pglite' });
    wanted = await readUndisturbed(scenario);
  });
  afterEach(() => {
    scenario.fake.faults.clear();
    assert.deepEqual(scenario.fake.violations.splice(0), []);
  });
  after(() => scenario.close());

  test('one delivery 50 times at once makes one review', async () => {
    const { number, delivery } = await openUnsent(scenario, 'duplicates');
    const statuses = await scenario.fake.send(delivery, 50);
    assert.deepEqual(new Set(statuses), new Set([202]));
    await untilAppearance(scenario, number, wanted);
  });

  test('deliveries in the wrong order, and again much later: the head counts, not what they say', async () => {
    const { number, delivery } = await openUnsent(scenario, 'reordered');
    scenario.fake.autoDeliver = false;
    await scenario.push(number, 3);
    await scenario.push(number, 2);
    scenario.fake.autoDeliver = true;
    await scenario.fake.sendPending((pending) => [...pending.toReversed(), delivery]);
    await untilAppearance(scenario, number, wanted);
    await scenario.fake.send(delivery);
    await untilAppearance(scenario, number, wanted);
  });

  test('deliveries that never came: the App looks for them when it starts', async () => {
    const { number } = await openUnsent(scenario, 'lost');
    scenario.server().kill();
    await scenario.server().ended;
    await scenario.restartServer();
    await untilAppearance(scenario, number, wanted);
  });

  const kinds = ['before-502', 'after-502', 'reset-before', 'reset-after'] as const;
  for (const kind of kinds) {
    test(`${kind} at every write: each is there once`, async () => {
      const { fake } = scenario;
      const faults = [writes.queued, writes.check, writes.review, writes.summary].map((match) =>
        fake.faults.add({ match, kind }),
      );
      const number = await scenario.open(`unclear-${kind}`, 2);
      await untilAppearance(scenario, number, wanted);
      assert.deepEqual(
        faults.map(({ hits }) => hits),
        [1, 1, 1, 1],
      );
    });
  }

  test('GitHub away for all of a run’s tries: it continues when GitHub is back', async () => {
    const fault = scenario.fake.faults.add({ match: writes.review, kind: 'before-502', times: 5 });
    const number = await scenario.open('away', 2);
    await untilAppearance(scenario, number, wanted);
    assert.equal(fault.hits, 5);
  });

  test('a secondary limit with Retry-After: nothing is sent until then', async () => {
    const { fake } = scenario;
    const limited = { status: 429, headers: { 'retry-after': '1' }, body: { message: 'slow down' } };
    for (const match of [writes.queued, writes.review]) fake.faults.add({ match, kind: limited });
    const number = await scenario.open('limited', 2);
    await untilAppearance(scenario, number, wanted);
  });

  test('tokens that end in the middle of a run are replaced, those of git too', async () => {
    const { fake } = scenario;
    for (const match of [{ path: /info\/refs/u }, writes.review]) {
      fake.faults.add({ match, kind: { run: fake.revokeTokens } });
    }
    const number = await scenario.open('revoked', 2);
    await untilAppearance(scenario, number, wanted);
  });

  test('an acceptance that comes while another one is being written counts, too', async () => {
    const { fake, repository } = scenario;
    const number = await scenario.open('accepted', 2);
    await scenario.see(number, isDone);
    const accept = (index: number) =>
      fake.comment(repository, number, {
        by: 'gopher',
        body: `/allocgate accept BenchmarkInfo/${index} because we need it`,
      });
    const run = async (): Promise<void> => {
      const { id } = await accept(1);
      await scenario.see(number, ({ comments }) =>
        comments.some(({ body }) => body.includes(`reply:${id}-1`)),
      );
    };
    // The check stays as it is until the review is written again.
    fake.faults.add({ match: writes.check, kind: { run } });
    await accept(0);
    const seen = await scenario.see(number, (now) => findCheck(now)?.conclusion === 'success');
    assert.match(findCheck(seen)?.summary ?? '', /BenchmarkInfo\/1.*accepted by `gopher`/u);
  });

  test('a command that was carried out and could not be answered is answered by what it did', async () => {
    const { fake, repository } = scenario;
    const number = await scenario.open('withdrawn', 1);
    await scenario.see(number, isDone);
    const say = async (body: string): Promise<{ reply: string; reactions: string[] }> => {
      const { id } = await fake.comment(repository, number, { by: 'gopher', body });
      const isReply = (one: { body: string }): boolean => one.body.includes(`reply:${id}-1`);
      const { comments } = await scenario.see(number, (seen) => seen.comments.some(isReply));
      const reactions = comments.find((one) => one.id === id)?.reactions ?? [];
      return {
        reply: comments.find(isReply)?.body ?? '',
        reactions: reactions.map(({ content }) => content),
      };
    };
    await say('/allocgate accept BenchmarkInfo/0 because we need it');
    // Longer than anybody waits for within one go.
    const kind = { status: 429, headers: { 'retry-after': '3' }, body: { message: 'slow down' } };
    const fault = fake.faults.add({ match: { path: /\/reactions$/u }, kind });
    const { reply, reactions } = await say('/allocgate withdraw BenchmarkInfo/0');
    assert.equal(fault.hits, 1);
    assert.match(reply, /BenchmarkInfo\/0.* is withdrawn/u);
    assert.deepEqual(reactions, ['+1']);
  });

  test('one comment of several that GitHub refuses is reported in the summary', async () => {
    const { fake } = scenario;
    const kind = { status: 422, body: { message: 'Validation Failed' } };
    fake.faults.add({ match: writes.review, kind });
    fake.faults.add({ match: writes.comment, kind, skip: 1 });
    const number = await scenario.open('refused', 3);
    const seen = await scenario.see(number, isDone);
    assert.equal(findCheck(seen)?.conclusion, 'failure');
    assert.deepEqual(new Set(seen.reviewComments.map(({ line }) => line)), new Set([6, 8]));
    assert.equal(seen.comments.length, 1);
    assert.match(seen.comments[0]?.body ?? '', /log\/log\.go.*7/u);
  });
});

describe('several processes and their database', () => {
  let scenario: Scenario;
  let wanted: Appearance;
  let databaseUrl: string;
  before(async () => {
    scenario = await createScenario({ backend: 'postgres', isDatabaseDisturbed: true });
    databaseUrl = scenario.env['DATABASE_URL'] ?? '';
    wanted = await readUndisturbed(scenario);
  });
  afterEach(() => {
    scenario.fake.faults.clear();
    assert.deepEqual(scenario.fake.violations.splice(0), []);
  });
  after(() => scenario.close());

  const worker = (): AppProcess => lastWorker(scenario);

  test('a database that is restarted in the middle of a run', async () => {
    const { postgres } = scenario;
    assert.ok(postgres);
    let restarted = Promise.resolve();
    // The answer arrives while the database is unavailable.
    const run = (): Promise<void> =>
      new Promise((resolve) => {
        restarted = postgres.restart(async () => {
          resolve();
          await sleep(300);
        });
      });
    scenario.fake.faults.add({ match: writes.review, kind: { run } });
    const number = await scenario.open('restarted', 2);
    await untilAppearance(scenario, number, wanted);
    await restarted;
  });

  test('a connection that the database ends in the middle of a query', async () => {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const run = async (): Promise<void> => {
      await client.query('begin');
      await client.query('lock table allocgate.writes in access exclusive mode');
    };
    scenario.fake.faults.add({ match: writes.check, kind: { run } });
    const number = await scenario.open('cut-off', 2);
    await until(
      async () => {
        const { rowCount } = await queryDatabase(
          scenario,
          `select pg_terminate_backend(pid) from pg_stat_activity
          where wait_event_type = 'Lock' and query like '%allocgate.writes%' and datname = current_database()`,
        );
        return rowCount !== null && rowCount > 0;
      },
      () => worker().output(),
    );
    await client.query('rollback');
    await client.end();
    await untilAppearance(scenario, number, wanted);
  });

  test('no database: 503, and the App asks for what was not stored when it can store it', async () => {
    const { number, delivery } = await openUnsent(scenario, 'unstored');
    await scenario.postgres?.restart(async () => {
      assert.deepEqual(await scenario.fake.send(delivery, 3), [503, 503, 503]);
    });
    await untilAppearance(scenario, number, wanted);
    assert.ok(delivery.attempts.some(({ status }) => status === 202));
  });

  test('a queued check that GitHub makes slowly is waited for, and not made twice', async () => {
    const claimed = fromNow(worker(), 'claim');
    // Until the sweeper has given the run to a worker, which would have made a check by then.
    const run = async (): Promise<void> => {
      await claimed;
      await sleep(1000);
    };
    const slow = scenario.fake.faults.add({ match: writes.queued, kind: { run } });
    const number = await scenario.open('slowly-queued', 2);
    await untilAppearance(scenario, number, wanted);
    assert.equal(slow.hits, 1);
  });

  test('a limit that does not say how long holds over restarts', async () => {
    const { fake } = scenario;
    const refusal = { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } };
    fake.faults.add({ match: writes.review, kind: refusal });
    const handedBack = fromNow(worker(), 'hand back');
    const number = await scenario.open('paused', 2);
    await handedBack;
    for (const one of [scenario.server(), worker()]) {
      one.kill();
      await one.ended;
    }
    const asked = fake.requests.length;
    await scenario.restartServer();
    await scenario.startWorker();
    // What it looks for at its start, it looks for in vain.
    await scenario.server().untilLog(({ step }) => step === 'catch up');
    const sent = fake.requests.slice(asked).filter(({ path }) => path.startsWith('/repos/'));
    assert.deepEqual(sent, []);
    await queryDatabase(scenario, `update allocgate.pauses set until = clock_timestamp()`);
    await queryDatabase(
      scenario,
      `update allocgate_queue.job set start_after = now() where state < 'active'`,
    );
    await untilAppearance(scenario, number, wanted);
  });

  test('a worker shows what it did', async () => {
    const number = await scenario.open('shown', 2);
    await untilAppearance(scenario, number, wanted);
    const { url } = await worker().untilLog(({ step }) => step === 'status');
    const ask = (path: string): Promise<Response> => fetch(`${url}${path}`);
    assert.deepEqual(
      await Promise.all(['/healthz', '/readyz', '/other'].map(async (path) => (await ask(path)).status)),
      [200, 200, 404],
    );
    const shows = async (): Promise<boolean> =>
      /^allocgate_run_duration_seconds_count\{kind="pull-request",outcome="fail"\} [1-9]/mu.test(
        await (await ask('/metrics')).text(),
      );
    await until(shows, () => worker().output());
  });

  test('a job that two workers get is done by one', async () => {
    const first = worker();
    const second = await scenario.startWorker();
    const store = await openStore({ databaseUrl });
    try {
      const { number } = await new Promise<{ number: number }>((resolve) => {
        const opened = scenario.open('contested', 2);
        const run = async (): Promise<void> => {
          const pull = await opened;
          const unfinished = (await store.listRuns(scenario.repository.id, pull)).at(-1);
          assert.ok(unfinished);
          await store.enqueueRun(unfinished.id);
          resolve({ number: pull });
        };
        scenario.fake.faults.add({ match: { path: /git-upload-pack/u }, kind: { run } });
      });
      await untilAppearance(scenario, number, wanted);
      const claims = [first, second].flatMap(({ logs }) =>
        logs.filter(
          ({ step, subject }) => step === 'claim' && JSON.stringify(subject).endsWith(`:${number}}`),
        ),
      );
      assert.equal(claims.length, 1);
    } finally {
      await store.close();
    }
    second.kill();
    await second.ended;
    scenario.workers.splice(scenario.workers.indexOf(second), 1);
  });
});
