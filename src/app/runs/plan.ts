import { withoutFailing } from '../../config/gate.ts';
import { readQueuedNumber } from '../../github/merge-queue.ts';
import { describePartial } from '../../report/pull-request/check.ts';
import { planReview } from '../../report/data/report.ts';
import { planPullRequest, rerun } from '../../report/pull-request/plan.ts';
import type { PullRequestPlan } from '../../report/model/pull-request.ts';
import type { Run, RunSubject, Store } from '../../store/types.ts';

/** A merge group's is the one that it adds to its base. */
function numberOf(subject: RunSubject): number | null {
  if (subject.kind === 'pull-request') return subject.number;
  if (subject.kind === 'baseline') return null;
  return readQueuedNumber(subject.headRef);
}

/** Some benchmarks alone gate nothing, and are told on their check: the comments are about the whole. */
function planPartial(plan: PullRequestPlan, bench: string): PullRequestPlan {
  const output = describePartial(bench, plan.check);
  return {
    ...plan,
    check: { ...output, conclusion: 'neutral', annotations: [], actions: [rerun] },
    comments: [],
  };
}

/** What is to be written of what was measured, with all that is accepted for its pull request by now. */
export async function planRun(
  { store, run }: { store: Pick<Store, 'listAcceptances'>; run: Run },
  { review, config }: NonNullable<Run['measured']>,
): Promise<PullRequestPlan> {
  const number = numberOf(run.subject);
  const acceptances = number === null ? [] : await store.listAcceptances(run.repositoryId, number);
  const { headSha, bench } = run;
  if (bench === null) return planPullRequest(planReview(review, config, acceptances), headSha);
  const informing = { ...config, gate: withoutFailing(config.gate) };
  return planPartial(planPullRequest(planReview(review, informing, acceptances), headSha), bench);
}
