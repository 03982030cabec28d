import { withoutFailing } from '../../config/gate.ts';
import { readQueuedNumber } from '../../github/merge-queue.ts';
import { describePartial } from '../../report/pull-request/check.ts';
import { planReview } from '../../report/data/report.ts';
import { planPullRequest, rerun } from '../../report/pull-request/plan.ts';
import type { PullRequestPlan } from '../../report/model/pull-request.ts';
import type { Review } from '../../report/model/review.ts';
import type { Store } from '../../store/store.ts';
import type { Run, RunSubject, StoredRepository } from '../../store/types.ts';

/** The number of the pull request whose acceptances apply: for a merge group, of the one that it adds; null: none. */
function acceptingNumberOf(subject: RunSubject): number | null {
  if (subject.kind === 'pull-request') return subject.number;
  return subject.kind === 'merge-group' ? readQueuedNumber(subject.headRef) : null;
}

/**
 * The plan for a review of selected benchmarks. It never gates, and only its check is written, because the comments are
 * about all benchmarks.
 */
function planPartial(plan: PullRequestPlan, bench: string): PullRequestPlan {
  const output = describePartial(bench, plan.check);
  return {
    ...plan,
    check: { ...output, conclusion: 'neutral', annotations: [], actions: [rerun] },
    comments: [],
    updates: [],
  };
}

/** Lets the findings link to the exercise pages of this App, if it serves pages. */
function linkExercises(review: Review, publicUrl: URL | null): Review {
  if (publicUrl === null) return review;
  const findings = review.findings.map((finding) => {
    const url = `${publicUrl.origin}/exercises/${finding.exercise.id}`;
    return { ...finding, exercise: { ...finding.exercise, url } };
  });
  return { ...review, findings };
}

/**
 * The data for a plan. `publicUrl`: of this App's pages. `gitUrl`: the address of GitHub, for links to lines of code.
 */
export type PlanWork = {
  store: Pick<Store, 'listAcceptances'>;
  run: Run;
  repository: Pick<StoredRepository, 'owner' | 'name'>;
  publicUrl: URL | null;
  gitUrl: string;
};

/** Plans the writes for a measured run, with the current acceptances of its pull request. */
export async function planRun(
  { store, run, repository, publicUrl, gitUrl }: PlanWork,
  { review: measured, config }: NonNullable<Run['measured']>,
): Promise<PullRequestPlan> {
  const number = acceptingNumberOf(run.subject);
  const review = linkExercises(measured, publicUrl);
  const acceptances = number === null ? [] : await store.listAcceptances(run.repositoryId, number);
  const { headSha, bench } = run;
  const options = { repositoryUrl: `${gitUrl}/${repository.owner}/${repository.name}` };
  if (bench === null) return planPullRequest(planReview(review, config, acceptances), headSha, options);
  const informing = { ...config, gate: withoutFailing(config.gate) };
  return planPartial(planPullRequest(planReview(review, informing, acceptances), headSha, options), bench);
}
