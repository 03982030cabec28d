import { isDeepStrictEqual } from 'node:util';
import { type PullRequestFacts, readPullRequest } from '../../github/pull-requests.ts';
import type { Review } from '../../report/model/review.ts';
import { loadSettings } from '../../review/settings.ts';
import type { Run, RunOutcome, RunSubject } from '../../store/types.ts';
import { experimentBudgetMs, hasExperiments } from '../../trials/prove.ts';
import { nameOf, type Work } from '../types.ts';
import { giveUp, hasCrashed } from './endings.ts';
import { findForkRefusal } from './forks.ts';
import { watchForReviews } from './give-way.ts';
import { fetchInto } from './measure-run.ts';

/**
 * Creates the run of experiments that follows a review, after its result is written and if there is something to
 * test.
 */
export async function requestExperiments(
  { store, claim, run }: Pick<Work, 'store' | 'claim' | 'run'>,
  { review, config }: NonNullable<Run['measured']>,
): Promise<void> {
  if (run.bench !== null || !hasExperiments(review)) return;
  const { settings } = await loadSettings();
  if (experimentBudgetMs(config, settings) > 0) await store.requestExperiments(claim);
}

/**
 * Tests the causes and fixes of a review, and adds the results to the review, whose own run writes them. This run
 * writes nothing to GitHub, so a failure leaves what was written before.
 */
export async function performExperiments(
  work: Work,
  { number, runId }: Extract<RunSubject, { kind: 'experiments' }>,
): Promise<RunOutcome> {
  if (hasCrashed(work)) return giveUp(work);
  const measured = (await work.store.findRun(runId))?.measured ?? null;
  if (measured === null) return 'gone';
  const facts = await readPullRequest(work.github, { ...nameOf(work.repository), number });
  const end = findEnd(work, facts);
  if (end !== null || facts === null) return end ?? 'gone';
  if ((await findForkRefusal(work, facts)) !== null) return 'cancelled';
  const review = await tryOut(work, facts, measured);
  if (isDeepStrictEqual(review.findings, measured.review.findings)) return 'pass';
  // Writing about a pull request that was closed or pushed to in the meantime would cancel its check.
  const now = await readPullRequest(work.github, { ...nameOf(work.repository), number });
  const isSaved =
    findEnd(work, now) === null &&
    (await work.store.saveExperiments(work.claim, { review, config: measured.config }));
  return isSaved ? 'pass' : 'superseded';
}

/** The outcome of the run if the pull request is no longer in the reviewed state; null: it is. */
function findEnd({ run }: Pick<Work, 'run'>, facts: PullRequestFacts | null): RunOutcome | null {
  if (facts === null || facts.state === 'closed') return 'gone';
  return facts.head.sha === run.headSha ? null : 'superseded';
}

async function tryOut(
  work: Work,
  { number, base }: PullRequestFacts,
  { review: known, config }: NonNullable<Run['measured']>,
): Promise<Review> {
  const { run, repository, heartbeat, engine, log, store, timing } = work;
  log.info({ step: 'fetch', base: known.base.sha });
  const mirror = await fetchInto(work, [base.sha, run.headSha, `refs/pull/${number}/head`]);
  log.info({ step: 'try' });
  const way = watchForReviews(store, 'experiments', timing.yieldMs);
  const trying = engine.proveCommits({
    ...mirror,
    headSha: run.headSha,
    known,
    config,
    isTrustedBase: base.ref === repository.defaultBranch,
    signal: AbortSignal.any([heartbeat.signal, way.signal]),
    onProgress: (progress) => log.debug({ step: progress.phase, progress }),
  });
  try {
    const review = await trying.catch((error: unknown) => {
      way.signal.throwIfAborted();
      throw error;
    });
    // An interrupted experiment proves nothing.
    heartbeat.signal.throwIfAborted();
    way.signal.throwIfAborted();
    const tried = review.findings.filter(
      (one) => one.experiment ?? one.suggestion ?? one.tested ?? one.ownBenchmark,
    ).length;
    log.info({ step: 'tried', findings: tried });
    return review;
  } finally {
    way.stop();
  }
}
