import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { pino } from 'pino';
import { endCancelledChecks } from '../../../src/app/runs/checks.ts';
import { dropRuns, ensureReview } from '../../../src/app/runs/pull-requests.ts';
import { performRun } from '../../../src/app/runs/run.ts';
import type { App, Engine } from '../../../src/app/types.ts';
import { Failure } from '../../../src/errors.ts';
import type { Run, RunSubject } from '../../../src/store/types.ts';
import { requestRun } from '../../store/support.ts';
import { after, before } from '../../support/hooks.ts';
import { writeLog } from '../../support/app-scenario.ts';
import type { FakeGitHub, NewFault, Repository, SeenCheck } from '../../support/fake-github/index.ts';
import { createInProcessApp, type InProcessApp } from '../../support/in-process-app.ts';
import { buildConfig, buildReview } from '../../support/review-data.ts';

/** How a run ends whose writing, telling or waiting fails. */

const never = new AbortController().signal;
const HOUR_MS = 60 * 60_000;
const MAX_TRIES = 10;

const later = (): Date => new Date(Date.now() + HOUR_MS);

const review = { method: 'POST', path: /\/reviews$/u };
const summary = { method: 'POST', path: /\/issues\/\d+\/comments$/u };
const check = { method: 'PATCH', path: /\/check-runs\/\d+$/u };
const anyCheck = { path: /\/check-runs(?:\/\d+)?$/u };
const refused = (status: number, message = 'Validation Failed') => ({ status, body: { message } });

/** `buildReview` has a regression, which gates. */
const measured = { review: buildReview(), config: buildConfig() };

const ok = (): Promise<void> => Promise.resolve();
const measures: Engine = {
  fetchCommits: ok,
  reviewCommits: () => Promise.resolve({ result: measured.review, config: measured.config }),
  proveCommits: ({ known }) => Promise.resolve(known),
  warmCaches: ok,
  measureCommits: () => Promise.reject(new Error('no history is asked for')),
};
const cannotFetch: Engine = {
  ...measures,
  fetchCommits: () =>
    Promise.reject(new Failure('fetch-failed', { url: '', problem: 'network', limit: '', detail: [] })),
};

describe('the end of a run', () => {
  let inProcess: InProcessApp;
  let fake: FakeGitHub;
  let repository: Repository;
  let app: App;
  before(async () => {
    inProcess = await createInProcessApp();
    ({ fake, repository, app } = inProcess);
  });
  afterEach(() => {
    fake.faults.clear();
    assert.deepEqual(fake.violations.splice(0), []);
  });
  after(() => inProcess.close());

  const always = (fault: NewFault): void => void fake.faults.add({ times: Infinity, ...fault });

  async function request(branch: string, group = false): Promise<Run> {
    const { number, headSha } = await inProcess.open(branch);
    const headRef = `refs/heads/gh-readonly-queue/main/pr-${number}-${headSha}`;
    const subject: RunSubject = group
      ? { kind: 'merge-group', headRef, baseSha: headSha }
      : { kind: 'pull-request', number };
    return requestRun(app.store, repository.id, headSha, subject);
  }

  async function claim(run: Run) {
    const claimed = await app.store.claimRun(run.id, 'earlier', HOUR_MS);
    assert.ok(claimed);
    return claimed;
  }

  async function measure(run: Run, result: NonNullable<Run['measured']> = measured): Promise<void> {
    const claimed = await claim(run);
    await app.store.saveMeasured(claimed, result);
    await app.store.releaseClaim(claimed, later());
  }

  /** All tries but the last one. */
  async function useUp(run: Run): Promise<void> {
    for (let tries = 1; tries < MAX_TRIES; tries += 1) await app.store.retryClaim(await claim(run), later());
  }

  async function crash(run: Run, times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) await app.store.extendClaim(await claim(run), 0);
  }

  /** Performs a run once. Resolves to its outcome, its check, and the logged errors and warnings. */
  async function perform({ id, headSha }: Run, engine: Engine = app.engine) {
    const logged: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void logged.push(line) });
    await performRun({ ...app, engine, log }, id, 'lives', never);
    const run = await app.store.findRun(id);
    assert.ok(run);
    const [seen] = fake.checkRuns(repository, headSha);
    return { run, check: seen, logged };
  }

  async function seeCheck({ id, subject }: Run): Promise<SeenCheck> {
    assert.ok(subject.kind === 'pull-request');
    const { checks } = await fake.snapshot(repository, subject.number);
    const seen = checks.find(({ externalId }) => externalId === id);
    assert.ok(seen);
    return seen;
  }

  test('a comment that is refused keeps no measured regression from turning the check red', async () => {
    always({ match: summary, kind: refused(422) });
    const run = await request('refused');
    const ended = await perform(run, measures);
    assert.partialDeepStrictEqual(ended.run, { state: 'done', outcome: 'fail' });
    const seen = await seeCheck(run);
    assert.partialDeepStrictEqual(seen, { conclusion: 'failure', actions: ['Re-run', 'Accept'] });
    assert.ok(seen.annotations > 0);
    assert.match(
      seen.summary ?? '',
      /^GitHub refused a part of this review \(status 422\), so comments .* may be missing.*Re-run[^]*log\.Info/u,
    );
  });

  test('annotations that are refused keep no check from ending', async () => {
    // The first sets the check to "in progress"; then the review's end, and that of its failure.
    fake.faults.add({ match: check, skip: 1, times: 2, kind: refused(422) });
    const run = await request('annotated');
    const ended = await perform(run, measures);
    assert.partialDeepStrictEqual(ended.run, { state: 'done', outcome: 'fail' });
    assert.partialDeepStrictEqual(await seeCheck(run), { conclusion: 'failure', annotations: 0 });
  });

  test('GitHub that takes no review in all of the tries keeps none from turning it red, either', async () => {
    always({ match: review, kind: 'before-502' });
    const run = await request('unavailable');
    await measure(run);
    await useUp(run);
    const ended = await perform(run);
    assert.partialDeepStrictEqual(ended.run, { outcome: 'fail', retries: 0 });
    const seen = await seeCheck(run);
    assert.equal(seen.conclusion, 'failure');
    assert.match(seen.summary ?? '', /^GitHub failed repeatedly to accept the complete review/u);
  });

  test('the tries begin anew where a run was measured', async () => {
    always({ match: review, kind: 'before-502' });
    const run = await request('progress');
    await useUp(run);
    const { run: now } = await perform(run, measures);
    assert.partialDeepStrictEqual(now, { state: 'queued', outcome: null, retries: 1 });
  });

  test('what was measured and cannot be made into a plan is reported', async () => {
    const run = await request('unplannable');
    // As an earlier version may have left it.
    const findings: (typeof measured)['review']['findings'] = JSON.parse('[null]');
    await measure(run, { ...measured, review: buildReview({ findings }) });
    const ended = await perform(run);
    assert.equal(ended.run.outcome, 'error');
    assert.equal((await seeCheck(run)).conclusion, 'neutral');
  });

  test('what was handed back for other reasons has all of its tries left, each after a longer time', async () => {
    const run = await request('handed-back');
    for (let times = 0; times < 2 * MAX_TRIES; times += 1) {
      await app.store.releaseClaim(await claim(run), later());
    }
    for (const retries of [1, 2, 3]) {
      const begun = Date.now();
      const { run: now, logged } = await perform(run, cannotFetch);
      assert.partialDeepStrictEqual(now, { state: 'queued', outcome: null, retries });
      const until = /"step":"retry","until":"([^"]+)"/u.exec(logged.join('\n'))?.[1] ?? '';
      assert.equal(Math.floor((Date.parse(until) - begun) / app.timing.retryMs), retries);
    }
  });

  test('what could not be measured in all of the tries is reported', async () => {
    const run = await request('unmeasured');
    await useUp(run);
    const ended = await perform(run, cannotFetch);
    assert.equal(ended.run.outcome, 'error');
    assert.equal((await seeCheck(run)).conclusion, 'neutral');
  });

  test('the check of a merge group says what was measured, and nothing of comments', async () => {
    const run = await request('group', true);
    await measure(run);
    await useUp(run);
    // All that are sent in one go; a run that was measured does not set its check to "in progress" again.
    always({ match: check, kind: 'before-502', times: 4 });
    const ended = await perform(run);
    assert.equal(ended.run.outcome, 'fail');
    assert.equal(ended.check?.conclusion, 'failure');
    assert.deepEqual(
      ended.check.actions.map(({ identifier }) => identifier.replace(/:\d+$/u, '')),
      ['rerun'],
    );
    assert.doesNotMatch(ended.check.output.summary ?? '', /missing or out of date/u);
  });

  for (const [branch, message, advice] of [
    ['not-allowed', 'You may not write here.', /could not be completed/u],
    ['not-permitted', 'Resource not accessible by integration', /lacks a permission.*allocgate doctor/u],
  ] as const) {
    test(`a run ends whose check may not be written: ${message}`, async () => {
      const run = await request(branch);
      always({ match: anyCheck, kind: refused(403, message) });
      const ended = await perform(run, measures);
      assert.partialDeepStrictEqual(ended.run, { state: 'done', outcome: 'error', crashes: 0 });
      const errors = ended.logged.filter((line) => line.includes('"step":"untold"'));
      assert.equal(errors.length, 1);
      assert.match(errors[0] ?? '', advice);
      assert.ok(errors[0]?.includes(message));
    });
  }

  test('a run that is given up ends, too, where its check may not be written', async () => {
    const run = await request('given-up');
    await crash(run, 3);
    always({ match: anyCheck, kind: refused(422) });
    const ended = await perform(run);
    assert.partialDeepStrictEqual(ended.run, { state: 'done', outcome: 'crashed' });
  });

  for (const status of [403, 404, 410, 422]) {
    test(`a cancelled check that GitHub refuses to end with ${status} is left as it is`, async () => {
      const run = await request(`cancelled-${status}`);
      await app.store.saveCheckRun(run.id, 1);
      const cancelled = await app.store.cancelRuns(repository.id, run.subject, 'cancelled');
      always({ match: check, kind: refused(status) });
      await endCancelledChecks(app, cancelled);
      assert.deepEqual(await app.store.listOpenChecks(), []);
    });
  }

  test('a cancelled check that could not be ended for now stays to be ended', async () => {
    const run = await request('cancelled-later');
    await app.store.saveCheckRun(run.id, 1);
    const cancelled = await app.store.cancelRuns(repository.id, run.subject, 'cancelled');
    always({ match: check, kind: refused(401, 'Bad credentials') });
    await assert.rejects(endCancelledChecks(app, cancelled));
    assert.partialDeepStrictEqual(await app.store.listOpenChecks(), [{ id: run.id }]);
    await app.store.markCheckEnded(run.id);
  });

  const look = (number: number, again: string | null = null): Promise<Run | null> =>
    ensureReview(
      app,
      inProcess.stored,
      number,
      again === null ? undefined : { again, isAsked: true, bench: null },
    );

  const push = (number: number, allocating: number): Promise<string> =>
    fake.pushHead(repository, number, { change: { 'log/log.go': writeLog(allocating) } });

  test('a push to a draft ends the run of the head before, which somebody asked for', async () => {
    const { number } = await inProcess.open('draft', { draft: true });
    assert.equal(await look(number), null);
    const run = await look(number, 'asked');
    assert.ok(run);
    const held = await claim(run);
    assert.equal(await look(number), null);
    assert.ok(await app.store.extendClaim(held, HOUR_MS));
    await push(number, 2);
    assert.equal(await look(number), null);
    assert.equal(await app.store.extendClaim(held, HOUR_MS), false);
    assert.partialDeepStrictEqual(await app.store.findRun(run.id), { outcome: 'superseded' });
    const [seen] = fake.checkRuns(repository, run.headSha);
    assert.equal(seen?.conclusion, 'cancelled');
    assert.match(seen.output.summary ?? '', /newer commit/u);
  });

  test('a look that is late leaves the run of a still newer head of a draft alone', async () => {
    const { number } = await inProcess.open('late-look', { draft: true });
    let asked: Run | null = null;
    const run = async (): Promise<void> => {
      await push(number, 2);
      asked = await look(number, 'asked later');
    };
    // The policy for drafts is read after the head.
    fake.faults.add({ match: { path: /\/contents\//u }, kind: { run } });
    assert.equal(await look(number), null);
    assert.partialDeepStrictEqual(await app.store.listRuns(repository.id, number), [{ state: 'queued' }]);
    assert.ok(asked);
  });

  test('a mirror that another worker discarded is fetched again, and a git that fails each time ends the run', async () => {
    const broken = new Failure('git-failed', { command: 'rev-parse', ended: 128, detail: ['fatal'] });
    let left = 1;
    const once: Engine = {
      ...measures,
      reviewCommits: (given) => (left-- > 0 ? Promise.reject(broken) : measures.reviewCommits(given)),
    };
    const run = await request('discarded');
    assert.partialDeepStrictEqual((await perform(run, once)).run, { state: 'queued', retries: 1 });
    assert.partialDeepStrictEqual((await perform(run, once)).run, { state: 'done', outcome: 'fail' });
    const failing: Engine = { ...measures, reviewCommits: () => Promise.reject(broken) };
    const other = await request('broken');
    const states = [];
    for (let tries = 0; tries < 3; tries += 1) states.push((await perform(other, failing)).run.state);
    assert.deepEqual(states, ['queued', 'queued', 'done']);
  });

  /** The engine during whose measurement something happens. */
  const whileMeasuring = (happen: () => unknown): Engine => ({
    ...measures,
    reviewCommits: async (given) => {
      await happen();
      return measures.reviewCommits(given);
    },
  });

  for (const [why, title, happen] of [
    [
      'closed',
      'Cancelled: the pull request is closed',
      (number: number) => fake.closePullRequest(repository, number),
    ],
    [
      'gone',
      'Cancelled: GitHub gave no access',
      (number: number) =>
        fake.faults.add({
          match: { method: 'GET', path: new RegExp(`/pulls/${number}$`, 'u') },
          kind: refused(404, 'Not Found'),
        }),
    ],
  ] as const) {
    test(`the check of a cancelled run tells the reason: ${why}`, async () => {
      const run = await request(`reason-${why}`);
      const { subject } = run;
      assert.ok(subject.kind === 'pull-request');
      const ended = await perform(
        run,
        whileMeasuring(() => happen(subject.number)),
      );
      assert.partialDeepStrictEqual(ended.run, { state: 'cancelled', outcome: why });
      assert.partialDeepStrictEqual(ended.check, { conclusion: 'cancelled', output: { title } });
      assert.ok((await app.store.listGone(repository.id)).includes(subject.number));
    });
  }

  test('the check of a merge group that ended does not speak of a closed pull request', async () => {
    const run = await request('dissolved', true);
    const ended = await perform(
      run,
      whileMeasuring(() => dropRuns(app, inProcess.stored, run.subject, 'closed')),
    );
    assert.partialDeepStrictEqual(ended.run, { state: 'cancelled', outcome: 'closed' });
    assert.equal(ended.check?.output.title, 'Cancelled: the merge group ended');
  });

  test('a run ends as gone where its repository was archived', async () => {
    const run = await request('read-only');
    always({ match: anyCheck, kind: refused(403, 'Repository was archived so is read-only.') });
    const ended = await perform(run, measures);
    assert.partialDeepStrictEqual(ended.run, { state: 'cancelled', outcome: 'gone', crashes: 0 });
    assert.ok(run.subject.kind === 'pull-request');
    assert.ok((await app.store.listGone(repository.id)).includes(run.subject.number));
  });
});
