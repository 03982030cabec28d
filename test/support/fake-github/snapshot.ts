import type { CheckRun, PullRequest, Reaction, ReviewComment } from './state-types.ts';
import type { SeenCheck, SeenComment, SeenReviewComment, Snapshot } from './types.ts';
import type { World } from './world.ts';

function seeCheck(run: CheckRun): SeenCheck {
  return {
    id: run.id,
    name: run.name,
    status: run.status,
    conclusion: run.conclusion,
    ...run.output,
    annotations: run.annotations.length,
    actions: run.actions.map((action) => action.label),
    externalId: run.externalId,
  };
}

function seeComment(comment: {
  id: number;
  user: { login: string };
  body: string;
  reactions: readonly Reaction[];
}): SeenComment {
  return {
    id: comment.id,
    by: comment.user.login,
    body: comment.body,
    reactions: comment.reactions.map((one) => ({ by: one.user.login, content: one.content })),
  };
}

function seeReviewComment(comment: ReviewComment): SeenReviewComment {
  return {
    ...seeComment(comment),
    path: comment.path,
    line: comment.line,
    startLine: comment.startLine,
    side: comment.side,
    outdated: comment.subject === 'line' && comment.line === null,
    inReplyTo: comment.inReplyTo,
  };
}

/** The runs that a commit's page shows: of those of one App and name the newest. */
export function newestRuns(runs: readonly CheckRun[]): CheckRun[] {
  const isNewest = (run: CheckRun, at: number): boolean =>
    !runs.slice(at + 1).some((one) => one.name === run.name && one.appId === run.appId);
  return runs.filter((run, at) => isNewest(run, at));
}

/** What a person sees on a pull request's page. */
export function takeSnapshot(world: World, pull: PullRequest): Snapshot {
  const { repository } = pull;
  const runs = world.checkRuns.filter((one) => one.repository === repository && one.headSha === pull.headSha);
  const reviews = world.reviews.filter((one) => one.pullRequest === pull && one.state !== 'PENDING');
  const seen = new Set(reviews.map((one) => one.id));
  return {
    state: pull.state,
    headSha: pull.headSha,
    checks: newestRuns(runs).map((run) => seeCheck(run)),
    comments: world.comments
      .filter((one) => one.repository === repository && one.number === pull.number)
      .map((one) => seeComment(one)),
    reviewComments: world.reviewComments
      .filter((one) => one.pullRequest === pull && seen.has(one.reviewId))
      .map((one) => seeReviewComment(one)),
    reviews: reviews.map((one) => ({
      id: one.id,
      by: one.user.login,
      state: one.state,
      body: one.body,
      commit: one.commit,
    })),
  };
}
