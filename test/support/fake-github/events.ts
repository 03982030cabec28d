import type { OutgoingEvent } from './delivery-types.ts';
import { renderHeadCommit } from './push-events.ts';
import { commitsOf, filesOf, mergeOf } from './pulls.ts';
import { nodeId, renderApp, renderTime, type Json } from './render-accounts.ts';
import { pullsOfHead, renderCheckRun, renderPullMinimal } from './render-checks.ts';
import {
  renderComment,
  renderFullPull,
  renderPull,
  renderReview,
  renderReviewComment,
} from './render-pulls.ts';
import type {
  CheckRun,
  IssueComment,
  PullRequest,
  Repository,
  Review,
  ReviewComment,
  User,
} from './state-types.ts';
import { now, pullRequestOf, type World } from './world.ts';

/** The actor, if it is not the author; `own`: the App. */
type Doing = { sender?: User; own?: boolean };

/** The full pull request, as GET /pulls/N has it. */
export async function renderWholePull(world: World, pull: PullRequest): Promise<Json> {
  const files = await filesOf(pull);
  const sum = (key: 'additions' | 'deletions'): number => files.reduce((total, file) => total + file[key], 0);
  const counts = {
    commits: (await commitsOf(pull)).length,
    additions: sum('additions'),
    deletions: sum('deletions'),
    changedFiles: files.length,
  };
  return renderFullPull(world, pull, counts, await mergeOf(pull));
}

export async function pullEvent(
  world: World,
  pull: PullRequest,
  action: string,
  options: { sender: User; extra?: Json },
): Promise<OutgoingEvent> {
  const whole = await renderWholePull(world, pull);
  return {
    event: 'pull_request',
    action,
    sender: options.sender,
    repository: pull.repository,
    overlay: { action, number: pull.number, pull_request: whole, ...options.extra },
  };
}

/** A pull request as the issue that it is, too. */
function renderIssue(world: World, pull: PullRequest): Json {
  const { repository, number } = pull;
  const url = `${world.url}/repos/${repository.fullName}/issues/${number}`;
  const rendered = renderPull(world, pull);
  const names = [
    'html_url',
    'title',
    'user',
    'state',
    'body',
    'number',
    'created_at',
    'updated_at',
    'closed_at',
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, rendered[name]])),
    url,
    repository_url: `${world.url}/repos/${repository.fullName}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    id: pull.id,
    node_id: nodeId('I', pull.id),
    labels: [],
    locked: pull.locked,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: world.comments.filter((one) => one.repository === repository && one.number === number).length,
    pull_request: {
      url: rendered['url'],
      html_url: rendered['html_url'],
      diff_url: rendered['diff_url'],
      patch_url: rendered['patch_url'],
    },
  };
}

export function commentEvent(
  world: World,
  comment: IssueComment,
  action: 'created' | 'edited' | 'deleted',
  doing: Doing & { before?: string } = {},
): OutgoingEvent {
  const pull = pullRequestOf(world, comment.repository, comment.number);
  return {
    event: 'issue_comment',
    action,
    sender: doing.sender ?? comment.user,
    repository: comment.repository,
    own: doing.own ?? false,
    overlay: {
      action,
      issue: renderIssue(world, pull),
      comment: renderComment(world, comment),
      ...(doing.before === undefined ? {} : { changes: { body: { from: doing.before } } }),
    },
  };
}

export function reviewCommentEvent(
  world: World,
  comment: ReviewComment,
  action: 'created' | 'edited' | 'deleted',
  doing: Doing = {},
): OutgoingEvent {
  return {
    event: 'pull_request_review_comment',
    action,
    sender: doing.sender ?? comment.user,
    repository: comment.pullRequest.repository,
    own: doing.own ?? false,
    overlay: {
      action,
      comment: renderReviewComment(world, comment),
      pull_request: renderPull(world, comment.pullRequest),
    },
  };
}

export function reviewEvent(world: World, review: Review): OutgoingEvent {
  const { id, node_id, user, body, commit_id, submitted_at, html_url, pull_request_url, _links } =
    renderReview(world, review);
  return {
    event: 'pull_request_review',
    action: 'submitted',
    sender: review.user,
    repository: review.pullRequest.repository,
    own: review.byApp,
    overlay: {
      action: 'submitted',
      review: {
        id,
        node_id,
        user,
        body,
        commit_id,
        submitted_at,
        html_url,
        pull_request_url,
        _links,
        state: review.state.toLowerCase(),
        author_association: 'CONTRIBUTOR',
      },
      pull_request: renderPull(world, review.pullRequest),
    },
  };
}

function renderSuite(world: World, suite: { id: number; repository: Repository; headSha: string }): Json {
  const pulls = pullsOfHead(world, suite);
  const runs = world.checkRuns.filter((run) => run.suiteId === suite.id);
  const isDone = runs.length > 0 && runs.every((run) => run.status === 'completed');
  const url = `${world.url}/repos/${suite.repository.fullName}/check-suites/${suite.id}`;
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: pulls[0]?.headRef ?? null,
    head_sha: suite.headSha,
    status: isDone ? 'completed' : 'queued',
    conclusion: isDone ? (runs.at(-1)?.conclusion ?? null) : null,
    url,
    before: null,
    after: suite.headSha,
    pull_requests: pulls.map((pull) => renderPullMinimal(world, pull)),
    app: renderApp(world),
    created_at: renderTime(now(world)),
    updated_at: renderTime(now(world)),
    check_runs_url: `${url}/check-runs`,
    latest_check_runs_count: runs.length,
  };
}

export function checkRunEvent(
  world: World,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested' | 'requested_action',
  doing: Doing & { identifier?: string } = {},
): OutgoingEvent {
  const suite = renderSuite(world, { id: run.suiteId, repository: run.repository, headSha: run.headSha });
  const { check_runs_url: _runs, latest_check_runs_count: _count, ...brief } = suite;
  return {
    event: 'check_run',
    action,
    sender: doing.sender ?? world.app.bot,
    repository: run.repository,
    own: doing.own ?? false,
    overlay: {
      action,
      check_run: { ...renderCheckRun(world, run), check_suite: brief },
      ...(doing.identifier === undefined ? {} : { requested_action: { identifier: doing.identifier } }),
    },
  };
}

export async function suiteEvent(
  world: World,
  suite: { id: number; repository: Repository; headSha: string },
  sender: User,
): Promise<OutgoingEvent> {
  const head = await renderHeadCommit(suite.repository, suite.headSha);
  return {
    event: 'check_suite',
    action: 'rerequested',
    sender,
    repository: suite.repository,
    overlay: { action: 'rerequested', check_suite: { ...renderSuite(world, suite), head_commit: head } },
  };
}

/** A repository as installations name it. */
export function renderBriefRepository(repository: Repository): Json {
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
  };
}
