import { nodeId, renderApp, renderRepository, renderTime, renderUser, type Json } from './render-accounts.ts';
import type {
  IssueComment,
  PullRequest,
  Reaction,
  Repository,
  Review,
  ReviewComment,
  User,
} from './state-types.ts';
import type { World } from './world.ts';

function linkTo(href: string): Json {
  return { href };
}

function associate(repository: Repository, user: User): string {
  if (user === repository.owner) return 'OWNER';
  return repository.roles.has(user.login.toLowerCase()) ? 'COLLABORATOR' : 'NONE';
}

function renderEnd(world: World, repository: Repository | null, ref: string, sha: string): Json {
  return {
    label: `${repository?.owner.login ?? 'unknown repository'}:${ref}`,
    ref,
    sha,
    user: repository && renderUser(world, repository.owner),
    repo: repository && renderRepository(world, repository),
  };
}

/** A pull request as it stands in lists and webhooks. */
export function renderPull(world: World, pull: PullRequest): Json {
  const { number, repository } = pull;
  const api = `${world.url}/repos/${repository.fullName}`;
  const html = `${world.url}/${repository.fullName}/pull/${number}`;
  const closed = pull.closedAt && renderTime(pull.closedAt);
  return {
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    url: `${api}/pulls/${number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: `${api}/issues/${number}`,
    commits_url: `${api}/pulls/${number}/commits`,
    review_comments_url: `${api}/pulls/${number}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${number}/comments`,
    statuses_url: `${api}/statuses/${pull.headSha}`,
    number,
    state: pull.state,
    locked: pull.locked,
    title: pull.title,
    user: renderUser(world, pull.author),
    body: pull.body,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: renderTime(pull.createdAt),
    updated_at: renderTime(pull.updatedAt),
    closed_at: closed,
    merged_at: pull.merged ? closed : null,
    merge_commit_sha: pull.mergeSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: renderEnd(world, pull.headRepository, pull.headRef, pull.headSha),
    base: renderEnd(world, repository, pull.baseRef, pull.baseSha),
    _links: {
      self: linkTo(`${api}/pulls/${number}`),
      html: linkTo(html),
      issue: linkTo(`${api}/issues/${number}`),
      comments: linkTo(`${api}/issues/${number}/comments`),
      review_comments: linkTo(`${api}/pulls/${number}/comments`),
      review_comment: linkTo(`${api}/pulls/comments{/number}`),
      commits: linkTo(`${api}/pulls/${number}/commits`),
      statuses: linkTo(`${api}/statuses/${pull.headSha}`),
    },
    author_association: associate(repository, pull.author),
    auto_merge: null,
    draft: pull.draft,
  };
}

/** Sums of a pull request's diff. */
export type PullCounts = { commits: number; additions: number; deletions: number; changedFiles: number };

/** A pull request as GET /repos/OWNER/NAME/pulls/N has it. */
export function renderFullPull(
  world: World,
  pull: PullRequest,
  counts: PullCounts,
  merge: string | null,
): Json {
  return {
    ...renderPull(world, pull),
    merge_commit_sha: pull.mergeSha ?? merge,
    merged: pull.merged,
    mergeable: pull.state === 'open' ? merge !== null : null,
    rebaseable: pull.state === 'open' ? merge !== null : null,
    mergeable_state: merge === null ? 'dirty' : 'clean',
    merged_by: null,
    comments: world.comments.filter((one) => isOf(one.repository, one.number, pull)).length,
    review_comments: world.reviewComments.filter((one) => one.pullRequest === pull).length,
    maintainer_can_modify: false,
    commits: counts.commits,
    additions: counts.additions,
    deletions: counts.deletions,
    changed_files: counts.changedFiles,
  };
}

function isOf(repository: Repository, number: number, pull: PullRequest): boolean {
  return repository === pull.repository && number === pull.number;
}

function countReactions(url: string, reactions: readonly Reaction[]): Json {
  const contents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];
  const count = (content: string): number => reactions.filter((one) => one.content === content).length;
  return {
    url,
    total_count: reactions.length,
    ...Object.fromEntries(contents.map((content) => [content, count(content)])),
  };
}

export function renderReaction(world: World, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: renderUser(world, reaction.user),
    content: reaction.content,
    created_at: renderTime(reaction.createdAt),
  };
}

export function renderComment(world: World, comment: IssueComment): Json {
  const { repository, number, id } = comment;
  const url = `${world.url}/repos/${repository.fullName}/issues/comments/${id}`;
  return {
    url,
    html_url: `${world.url}/${repository.fullName}/pull/${number}#issuecomment-${id}`,
    issue_url: `${world.url}/repos/${repository.fullName}/issues/${number}`,
    id,
    node_id: nodeId('IC', id),
    user: renderUser(world, comment.user),
    created_at: renderTime(comment.createdAt),
    updated_at: renderTime(comment.updatedAt),
    body: comment.body,
    author_association: associate(repository, comment.user),
    reactions: countReactions(`${url}/reactions`, comment.reactions),
    performed_via_github_app: comment.byApp ? renderApp(world) : null,
  };
}

export function renderReview(world: World, review: Review): Json {
  const { repository, number } = review.pullRequest;
  const pull = `${world.url}/repos/${repository.fullName}/pulls/${number}`;
  const html = `${world.url}/${repository.fullName}/pull/${number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: renderUser(world, review.user),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: associate(repository, review.user),
    _links: { html: linkTo(html), pull_request: linkTo(pull) },
    ...(review.submittedAt === null ? {} : { submitted_at: renderTime(review.submittedAt) }),
    commit_id: review.commit,
  };
}

/** An inline comment. On a file, GitHub gives line numbers as null. */
export function renderReviewComment(world: World, comment: ReviewComment): Json {
  const { id, pullRequest, subject } = comment;
  const { repository, number } = pullRequest;
  const url = `${world.url}/repos/${repository.fullName}/pulls/comments/${id}`;
  const pull = `${world.url}/repos/${repository.fullName}/pulls/${number}`;
  const html = `${world.url}/${repository.fullName}/pull/${number}#discussion_r${id}`;
  return {
    url,
    pull_request_review_id: comment.reviewId,
    id,
    node_id: nodeId('PRRC', id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    commit_id: comment.commit,
    original_commit_id: comment.originalCommit,
    user: renderUser(world, comment.user),
    body: comment.body,
    created_at: renderTime(comment.createdAt),
    updated_at: renderTime(comment.updatedAt),
    html_url: html,
    pull_request_url: pull,
    author_association: associate(repository, comment.user),
    _links: { self: linkTo(url), html: linkTo(html), pull_request: linkTo(pull) },
    reactions: countReactions(`${url}/reactions`, comment.reactions),
    start_line: comment.startLine,
    original_start_line: comment.originalStartLine,
    start_side: comment.startSide,
    line: comment.line,
    original_line: comment.originalLine,
    side: comment.side,
    position: subject === 'file' || comment.line !== null ? 1 : null,
    original_position: 1,
    subject_type: subject,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
  };
}
