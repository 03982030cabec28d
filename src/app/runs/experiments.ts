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
 * Creates the run of experiments that follows a review, if there is something to test. Call it after the result of the
 * review is written.
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
 * Tests the causes and fixes of a review, and stores the results with the review, whose own run then writes them. This
 * run itself writes nothing to GitHub, so if it fails, the comments stay as they are.
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
  // Saving makes the review's run write again. If the pull request was closed or pushed to in the meantime, that would
  // cancel its check.
  const now = await readPullRequest(work.github, { ...nameOf(work.repository), number });
  const isSaved =
    findEnd(work, now) === null &&
    (await work.store.saveExperiments(work.claim, { review, config: measured.config }));
  return isSaved ? 'pass' : 'superseded';
}

/** The outcome of the run if the pull request was closed or pushed to; null: it still has the reviewed head. */
function findEnd({ run }: Pick<Work, 'run'>, facts: PullRequestFacts | null): RunOutcome | null {
  if (facts === null) return 'gone';
  if (facts.state === 'closed') return 'closed';
  return facts.head.sha === run.headSha ? null : 'superseded';
}

/** Runs the experiments. Throws `GaveWay` if a more urgent run waits. */
async function tryOut(
  work: Work,
  { number, base, isFork }: PullRequestFacts,
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
    pullRequest: isFork ? undefined : number,
    isTrustedBase: base.ref === repository.defaultBranch,
    signal: AbortSignal.any([heartbeat.signal, way.signal]),
    onProgress: (progress) => log.debug({ step: progress.phase, progress }),
  });
  try {
    const review = await trying.catch((error: unknown) => {
      way.signal.throwIfAborted();
      throw error;
    });
    // The results of interrupted experiments must not be used.
    heartbeat.signal.throwIfAborted();
    way.signal.throwIfAborted();
    const tried = review.findings.filter(
      (one) => one.experiment ?? one.suggestion ?? one.tested ?? one.quietTests ?? one.ownBenchmark,
    ).length;
    log.info({ step: 'tried', findings: tried });
    return review;
  } finally {
    way.stop();
  }
}
