import { LostClaim } from '../../github/errors.ts';
import { readPullRequest, type PullRequestFacts } from '../../github/pull-requests.ts';
import { executePlan } from '../../github/execute.ts';
import {
  describeForkRefused,
  describeForkWaiting,
  describeProgressOutput,
} from '../../report/pull-request/check.ts';
import { outcomes } from '../../report/model/verdicts.ts';
import { appLogs } from '../../report/words/server.ts';
import type { RunOutcome, RunSubject, StoredRepository } from '../../store/types.ts';
import { concludeCheck, openCheck } from './checks.ts';
import { inheritAcceptances } from './inheritance.ts';
import { performExperiments, requestExperiments } from './experiments.ts';
import { findForkRefusal } from './forks.ts';
import { readClocks } from './elapsed-time.ts';
import { startHeartbeat } from './heartbeat.ts';
import { giveUp, hasCrashed, settle } from './endings.ts';
import { measureHistoryRun } from './history.ts';
import { measureBaseline, measureRun } from './measure-run.ts';
import { planRun } from './plan.ts';
import { isHeadShared } from './shared-heads.ts';
import { type App, createJournal, nameOf, type Work } from '../types.ts';

/**
 * Performs one run: claims it, measures, and writes the result. In the end, the run is finished, handed back, or claimed
 * by another process. `owner`: a name of this worker. Throws only if the database is unavailable; the queue then tries
 * again.
 */
export async function performRun(
  app: App,
  runId: string,
  owner: string,
  shutdown: AbortSignal,
): Promise<void> {
  const asked = readClocks();
  const claim = await app.store.claimRun(runId, owner, app.timing.leaseMs);
  if (claim === null) return;
  const repository = await app.store.findRepository(claim.run.repositoryId);
  if (repository === null) {
    await app.store.finishRun(claim, 'gone');
    return;
  }
  const log = app.log.child({ run: runId, attempt: claim.attempt });
  log.info({ step: 'claim', repository: repository.id, head: claim.run.headSha, subject: claim.run.subject });
  const heartbeat = startHeartbeat(app.store, claim, shutdown, { ...app.timing, asked });
  const started = performance.now();
  try {
    // Requests wait for their turn after the claim was checked, and this process may have been paused in the meantime. So
    // each is checked again when it is sent.
    const requireHeld = (): void => {
      if (!heartbeat.isHeld()) throw new LostClaim();
    };
    const github = await app.gitHub.forInstallation(repository.installationId, requireHeld);
    const work: Work = { ...app, log, claim, run: claim.run, repository, github, heartbeat };
    const outcome = await settle(work, () => advance(work));
    const seconds = (performance.now() - started) / 1000;
    const { kind } = claim.run.subject;
    if (outcome !== null) app.metrics.observeRun({ kind, outcome }, seconds);
    log.info({ step: 'end', outcome: outcome ?? 'handed on', seconds });
  } finally {
    heartbeat.stop();
  }
}

async function advance(work: Work): Promise<RunOutcome> {
  const { subject } = work.run;
  // These two read the pull request before they give up, because nothing may be written about an outdated head.
  if (subject.kind === 'pull-request') return reviewPullRequest(work, subject.number);
  if (subject.kind === 'experiments') return performExperiments(work, subject);
  if (hasCrashed(work)) return giveUp(work);
  if (subject.kind === 'merge-group') return reviewMergeGroup(work, subject);
  await (subject.kind === 'baseline' ? measureBaseline(work) : measureHistoryRun(work));
  return 'pass';
}

/** Completes the check of a fork's commit that may not run. Resolves to the run's outcome; null: the commit may run. */
async function refuseFork(work: Work, facts: PullRequestFacts): Promise<RunOutcome | null> {
  const refusal = work.run.measured === null ? await findForkRefusal(work, facts) : null;
  if (refusal === null) return null;
  if (refusal === 'never') {
    await concludeCheck(work, 'neutral', describeForkRefused());
    return 'neutral';
  }
  await concludeCheck(work, 'action_required', describeForkWaiting());
  return 'action-required';
}

/**
 * Stores and returns the repository with its current name. GitHub's API redirects from an old name, but its git server
 * does not.
 */
async function followRename(
  { repository, store }: Pick<Work, 'repository' | 'store'>,
  { owner, repo: name }: PullRequestFacts,
): Promise<StoredRepository> {
  if (repository.owner === owner && repository.name === name) return repository;
  const renamed = { ...repository, owner, name };
  await store.saveRepositories([renamed]);
  return renamed;
}

/**
 * Sets the check to "in progress", and adds its ID to the work. If the run is only written again, its check stays as it
 * is until then.
 */
async function withOpenCheck(work: Work): Promise<Work> {
  if (work.run.measured !== null && work.run.checkRunId !== null) return work;
  const checkRunId = await openCheck(work, describeProgressOutput(null));
  return { ...work, run: { ...work.run, checkRunId } };
}

async function reviewPullRequest(given: Work, number: number): Promise<RunOutcome> {
  const { github, run } = given;
  const facts = await readPullRequest(github, { ...nameOf(given.repository), number });
  if (facts === null) return 'gone';
  if (facts.state === 'closed') return 'closed';
  const renamed = { ...given, repository: await followRename(given, facts) };
  if (facts.head.sha !== run.headSha) return 'superseded';
  if (hasCrashed(renamed)) return giveUp(renamed);
  const refusal = await refuseFork(renamed, facts);
  if (refusal !== null) return refusal;
  return measureAndWrite(await withOpenCheck(renamed), facts);
}

/** Measures a pull request, unless it was measured before, and writes the result. */
async function measureAndWrite(work: Work, facts: PullRequestFacts): Promise<RunOutcome> {
  const { github, repository, run, store, heartbeat } = work;
  const { number } = facts;
  const refs = [`refs/pull/${number}/head`];
  const measured =
    run.measured ??
    (await measureRun(work, {
      baseSha: facts.base.sha,
      refs,
      isTrustedBase: facts.base.ref === repository.defaultBranch,
      pullRequest: facts.isFork ? undefined : number,
    }));
  let plan = await planRun(work, measured);
  if (run.bench === null && plan.check.conclusion === 'failure') {
    if (await inheritAcceptances(work, facts, measured.review)) plan = await planRun(work, measured);
  }
  if (run.bench !== null) {
    await concludeCheck(work, plan.check.conclusion, plan.check);
    return outcomes[plan.check.conclusion];
  }
  const written = await executePlan({
    github,
    target: { ...nameOf(repository), number },
    writer: await work.gitHub.writer(),
    runId: run.id,
    plan,
    leavesCheck: await isHeadShared(store, run),
    generation: String(work.claim.attempt),
    journal: createJournal(store, work.claim),
    signal: heartbeat.signal,
  });
  if (written.forbidden !== null) {
    work.log.error({ step: 'forbidden', answer: written.forbidden }, appLogs.mayNotComment);
  }
  work.log.info({ step: 'write', ...written, conclusion: plan.check.conclusion });
  await requestExperiments(work, measured);
  return outcomes[plan.check.conclusion];
}

/** Reviews the commit of a merge group, which gets only a check. The acceptances of its pull request apply. */
async function reviewMergeGroup(
  given: Work,
  { baseSha }: Extract<RunSubject, { kind: 'merge-group' }>,
): Promise<RunOutcome> {
  const { run } = given;
  const work = await withOpenCheck(given);
  const measured = run.measured ?? (await measureRun(work, { baseSha, refs: [], isTrustedBase: false }));
  const { check } = await planRun(work, measured);
  await concludeCheck(work, check.conclusion, check, { annotations: check.annotations });
  return outcomes[check.conclusion];
}
