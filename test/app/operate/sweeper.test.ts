import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { pino } from 'pino';
import { askForMissed, findMissed, isDue } from '../../../src/app/intake/redeliveries.ts';
import { openApp, realParts, startServer } from '../../../src/app/operate/start.ts';
import { catchUp, startSweeper } from '../../../src/app/operate/sweeper.ts';
import type { App } from '../../../src/app/types.ts';
import type { DeliveryAttempt } from '../../../src/github/hook-deliveries.ts';
import { after, before } from '../../support/hooks.ts';
import { until } from '../../support/app-process.ts';
import { addDatabase } from '../../support/pglite-template.ts';
import { findPort } from '../../support/ports.ts';
import { writeLog } from '../../support/app-scenario.ts';
import {
  createFakeGitHub,
  type FakeGitHub,
  type PullRequest,
  type Repository,
} from '../../support/fake-github/index.ts';

const never = new AbortController().signal;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ago = (ms: number): Date => new Date(Date.now() - ms);

type Environment = Parameters<typeof startServer>[1];

function buildEnvironment({ url, app }: FakeGitHub): Environment {
  return {
    appId: app.id,
    privateKey: app.privateKey,
    webhookSecret: app.webhookSecret,
    webhookProxyUrl: null,
    apiUrl: `${url}/api/v3`,
    gitUrl: url,
  };
}

async function addRepository(fake: FakeGitHub, owner: string): Promise<Repository> {
  const files = { 'go.mod': 'module example.com/m\n', 'log/log.go': writeLog(0) };
  const repository = await fake.addRepository({ owner, name: 'log', files });
  fake.setPermission(repository, 'gopher', 'write');
  return repository;
}

async function openPull(fake: FakeGitHub, repository: Repository, branch: string): Promise<PullRequest> {
  const head = { branch, contents: { change: { 'log/log.go': writeLog(1) } } };
  return fake.openPullRequest(repository, { author: 'gopher', head });
}

describe('deliveries that were not acknowledged', () => {
  const at = ago(HOUR_MS);
  const attempt = (changes: Partial<DeliveryAttempt>): DeliveryAttempt => ({
    id: 1,
    guid: 'one',
    at,
    isRedelivery: false,
    isAcknowledged: false,
    ...changes,
  });

  test('are missed until one attempt is, and asked for by the last one, the oldest first', () => {
    const [later, latest] = [ago(30 * MINUTE_MS), ago(20 * MINUTE_MS)];
    const attempts = [
      attempt({ id: 5, guid: 'acknowledged', at: latest, isRedelivery: true, isAcknowledged: true }),
      attempt({ id: 4, guid: 'twice', at: latest, isRedelivery: true }),
      attempt({ id: 3, guid: 'once', at: later }),
      attempt({ id: 2, guid: 'acknowledged' }),
      attempt({ id: 1, guid: 'twice' }),
    ];
    assert.deepEqual(findMissed(attempts), [
      { attemptId: 4, attempts: 2, firstAt: at, lastAt: latest },
      { attemptId: 3, attempts: 1, firstAt: later, lastAt: later },
    ]);
  });

  test('are given up when only redeliveries are young enough to be listed', () => {
    assert.deepEqual(findMissed([attempt({ isRedelivery: true })]), []);
  });

  test('are asked for at once, and then less and less often', () => {
    const missed = { attemptId: 1, firstAt: at, lastAt: at };
    const pauses = [1, 2, 3, 4, 5].map((attempts) => {
      const minutes = Array.from({ length: 60 }, (_, minute) => minute);
      return minutes.find((minute) =>
        isDue({ ...missed, attempts }, new Date(at.getTime() + minute * MINUTE_MS), 4 * MINUTE_MS),
      );
    });
    assert.deepEqual(pauses, [0, 2, 4, 8, 16]);
  });
});

describe('the sweeper', () => {
  let fake: FakeGitHub;
  let app: App;
  let dir: string;
  const logs: Record<string, unknown>[] = [];
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'allocgate-sweeper-'));
    await addDatabase(dir);
    fake = await createFakeGitHub();
    for (const login of ['gopher', 'stranger']) fake.addUser(login);
    const log = pino({}, { write: (line: string) => void logs.push(JSON.parse(line)) });
    const timing = { ...realParts.timing, graceMs: 0, sweepMs: 20, redeliverySpacingMs: 0 };
    const pace = { writeSpacingMs: 0, retryDelayMs: 0 };
    app = await openApp(buildEnvironment(fake), { dataDir: dir }, log, { ...realParts, pace, timing });
  });
  beforeEach(async () => {
    for (const list of [fake.deliveries, fake.requests, logs]) list.splice(0);
    await app.store.markDeliveriesSeen(new Date(0));
  });
  afterEach(() => {
    fake.faults.clear();
    assert.deepEqual(fake.violations.splice(0), []);
  });
  after(async () => {
    await app.store.close();
    await fake.close();
    await rm(dir, { recursive: true });
  });

  /** Sent so long ago, and answered so; null: not. Nothing takes webhooks here, so nothing sent again is answered. */
  async function send(ageMs: number, status: number | null): Promise<void> {
    const [attempt] = (await fake.deliver('ping', { zen: 'be quick' })).attempts;
    assert.ok(attempt);
    Object.assign(attempt, { at: ago(ageMs), status });
  }
  const countAttempts = async (): Promise<number[]> => {
    await fake.settled();
    return fake.deliveries.map(({ attempts }) => attempts.length);
  };
  const countPages = (): number =>
    fake.requests.filter(({ path }) => path.startsWith('/app/hook/deliveries?')).length;

  test('what was refused, or not answered, in the last three days is asked for once', async () => {
    await send(4 * DAY_MS, 503);
    await send(2 * DAY_MS, 503);
    await send(DAY_MS, 202);
    await send(HOUR_MS, null);
    await askForMissed(app, never);
    assert.deepEqual(await countAttempts(), [1, 2, 1, 2]);
    assert.partialDeepStrictEqual(logs, [{ step: 'redeliver', missed: 2, asked: 2, refused: 0 }]);
    await askForMissed(app, never);
    assert.deepEqual(await countAttempts(), [1, 2, 1, 2]);
  });

  test('what is still missing is remembered, however much comes after it, and asked for again', async () => {
    await send(2 * DAY_MS, 503);
    for (let count = 0; count < 120; count += 1) await send(DAY_MS, 202);
    await askForMissed(app, never);
    assert.equal(countPages(), 2);
    const [missed] = fake.deliveries;
    await fake.settled();
    assert.equal(missed?.attempts.length, 2);
    Object.assign(missed.attempts[1] ?? {}, { at: ago(HOUR_MS) });
    await askForMissed(app, never);
    await fake.settled();
    assert.equal(missed.attempts.length, 3);
    assert.equal(countPages(), 4);
    // It is accepted now: the next round is the last one that looks back this far.
    Object.assign(missed.attempts[2] ?? {}, { status: 202 });
    await askForMissed(app, never);
    await askForMissed(app, never);
    assert.equal(countPages(), 7);
    assert.equal(missed.attempts.length, 3);
  });

  test('one that GitHub does not send again keeps none of the others', async () => {
    for (const age of [3, 2, 1]) await send(age * HOUR_MS, 503);
    const kind = { status: 422, body: { message: 'Validation Failed' } };
    fake.faults.add({ match: { path: /\/attempts$/u }, kind, skip: 1 });
    await askForMissed(app, never);
    assert.deepEqual(await countAttempts(), [2, 1, 2]);
    assert.partialDeepStrictEqual(logs.at(-1), { step: 'redeliver', missed: 3, asked: 2, refused: 1 });
  });

  test('an App without a webhook of its own: one line says so', async () => {
    const kind = { status: 404, body: { message: 'Not Found' } };
    fake.faults.add({ match: { path: /^\/app\/hook\//u }, kind, times: Infinity });
    const sweeper = startSweeper(app);
    await until(
      () => logs.find(({ step }) => step === 'redeliver'),
      () => JSON.stringify(logs),
    );
    await sweeper.stop();
    assert.equal(logs.length, 1, JSON.stringify(logs));
    assert.equal(countPages(), 1);
  });

  test('ends soon when it is stopped', async () => {
    for (const age of [3, 2, 1]) await send(age * HOUR_MS, 503);
    const stopping = new AbortController();
    const timing = { ...app.timing, redeliverySpacingMs: HOUR_MS };
    const asking = askForMissed({ ...app, timing }, stopping.signal);
    await until(
      () => fake.deliveries[0]?.attempts.length === 2,
      () => 'nothing was asked for',
    );
    stopping.abort();
    await asking;
    assert.deepEqual(await countAttempts(), [2, 1, 1]);
  });

  test('what was said and queued while the App was down is carried out when it is back', async () => {
    const { repository, numbers } = await install('back', 1);
    const [number = 0] = numbers;
    const port = await findPort();
    fake.webhookUrl = `http://127.0.0.1:${port}/api/github/webhooks`;
    const { id } = await fake.comment(repository, number, { by: 'gopher', body: '/allocgate help' });
    const { headSha } = await fake.mergeGroup(repository, number);
    const missed = fake.deliveries.filter(
      ({ event }) => event === 'issue_comment' || event === 'merge_group',
    );
    const readStatuses = () => missed.map(({ attempts }) => attempts.map(({ status }) => status));
    assert.deepEqual(readStatuses(), [[null], [null]]);
    const server = await startServer(app, buildEnvironment(fake), { host: '127.0.0.1', port });
    try {
      await until(
        async () => {
          const { comments } = await fake.snapshot(repository, number);
          const isAnswered = comments.some(({ body }) => body.includes(`reply:${id}-1`));
          return isAnswered && (await app.store.findRunByHead(repository.id, headSha)) !== null;
        },
        () => JSON.stringify(logs),
      );
    } finally {
      await server.stop();
      fake.webhookUrl = null;
    }
    await fake.settled();
    assert.deepEqual(readStatuses(), [
      [null, 202],
      [null, 202],
    ]);
  });

  /** A separate repository with pull requests that were not reviewed; the last one was changed last. */
  async function install(
    owner: string,
    pulls: number,
  ): Promise<{ installation: number; repository: Repository; numbers: number[]; heads: string[] }> {
    const repository = await addRepository(fake, owner);
    const { id } = await fake.install(owner);
    const opened: PullRequest[] = [];
    for (let count = 0; count < pulls; count += 1) {
      opened.push(await openPull(fake, repository, `change-${count}`));
    }
    const heads = opened.map(({ headSha }) => headSha);
    return { installation: id, repository, numbers: opened.map(({ number }) => number), heads };
  }
  /** Which of a repository's heads have a run. */
  const findRuns = ({ id }: Repository, heads: string[]): Promise<boolean[]> =>
    Promise.all(heads.map(async (sha) => (await app.store.findRunByHead(id, sha)) !== null));
  const readCaughtUp = async ({ id }: Repository): Promise<number> => {
    const repositories = await app.store.listRepositories();
    return repositories.find((one) => one.id === id)?.caughtUpAt.getTime() ?? NaN;
  };

  test('an installation that gives no token keeps none of the others', async () => {
    const { installation } = await install('refused', 1);
    const { repository, heads } = await install('given', 1);
    const kind = { status: 422, body: { message: 'The permissions requested are not granted' } };
    const path = new RegExp(`/installations/${installation}/access_tokens$`, 'u');
    const refusal = fake.faults.add({ match: { path }, kind, times: Infinity });
    await catchUp(app, never);
    assert.ok(refusal.hits > 0);
    assert.deepEqual(await findRuns(repository, heads), [true]);
    const failed = logs.find(({ step }) => step === 'catch up');
    assert.partialDeepStrictEqual(failed, { step: 'catch up', installation });
  });

  test('a pull request that fails keeps none of the others, and is checked again', async () => {
    const { installation, repository, heads } = await install('failing', 3);
    const { id, owner, name } = repository;
    await app.store.saveRepositories([
      { id, installationId: installation, owner: owner.login, name, defaultBranch: 'main' },
    ]);
    const before = await readCaughtUp(repository);
    // The one in the middle.
    const path = /^\/repos\/failing\/log\/pulls\/2$/u;
    const kind = { status: 403, body: { message: 'Resource not accessible by integration' } };
    const refusal = fake.faults.add({ match: { path }, kind, times: Infinity });
    await catchUp(app, never);
    assert.deepEqual(await findRuns(repository, heads), [true, false, true]);
    assert.equal(await readCaughtUp(repository), before);
    assert.partialDeepStrictEqual(
      logs.filter(({ step }) => step === 'catch up'),
      [{ repository: id, number: 2 }],
    );
    fake.faults.remove(refusal);
    await catchUp(app, never);
    assert.deepEqual(await findRuns(repository, heads), [true, true, true]);
    assert.ok((await readCaughtUp(repository)) > before);
  });

  test('the sweep does not wait for it, and stopping ends it at the next pull request', async () => {
    const { repository, heads } = await install('slow', 2);
    const arrived = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const run = (): Promise<void> => {
      arrived.resolve();
      return answered.promise;
    };
    fake.faults.add({ match: { path: /^\/repos\/slow\/log\/pulls\/\d+$/u }, kind: { run } });
    const taken = new Set<string>();
    // Runs that nobody claims would be enqueued again, before those of a lower priority.
    const stopTaking = await app.store.workRuns(async (runId) => {
      await app.store.claimRun(runId, 'worker', HOUR_MS);
      taken.add(runId);
    });
    const sweeper = startSweeper(app);
    try {
      await arrived.promise;
      // Its process has ended.
      const { run: left } = await app.store.requestRun({
        repositoryId: repository.id,
        subject: { kind: 'baseline' },
        headSha: 'a'.repeat(40),
        baseRef: null,
        bench: null,
        again: null,
      });
      await until(
        () => taken.has(left.id),
        () => JSON.stringify(logs),
      );
    } finally {
      const stopped = sweeper.stop();
      answered.resolve();
      await stopped;
      await stopTaking();
    }
    assert.deepEqual(await findRuns(repository, heads), [false, true]);
  });
});
