import { mergeCommits, updateRefs } from './commits.ts';
import { checkRunEvent, commentEvent, reviewCommentEvent, reviewEvent, suiteEvent } from './events.ts';
import { mergeGroupEvent } from './push-events.ts';
import { tipOf } from './pulls.ts';
import { addAnswer, addReview } from './review-comments.ts';
import type { IssueComment, PullRequest, Repository } from './state-types.ts';
import type { People } from './types.ts';
import { checkRunOf, nextId, now, pullRequestOf, repositoryOf, userOf, type World } from './world.ts';

async function comment(
  world: World,
  pull: PullRequest,
  wanted: { by: string; body: string },
): Promise<IssueComment> {
  const made: IssueComment = {
    id: nextId(world),
    repository: pull.repository,
    number: pull.number,
    user: userOf(world, wanted.by),
    byApp: false,
    body: wanted.body,
    createdAt: now(world),
    updatedAt: now(world),
    reactions: [],
  };
  world.comments.push(made);
  await world.emit(commentEvent(world, made, 'created'));
  return made;
}

function findComment(world: World, repository: Repository, id: number): IssueComment {
  const found = world.comments.find((one) => one.repository === repository && one.id === id);
  if (!found) throw new Error(`the fake has no comment ${id} in ${repository.fullName}`);
  return found;
}

async function mergeGroup(
  world: World,
  pull: PullRequest,
): Promise<{ headSha: string; headRef: string; baseSha: string }> {
  const { repository, baseRef, number } = pull;
  const baseSha = await tipOf(repository.gitDir, baseRef);
  if (baseSha === null) throw new Error(`there is no branch ${baseRef}`);
  const merge = { message: `Merge pull request #${number}`, date: now(world) };
  const headSha = await mergeCommits(repository.gitDir, baseSha, pull.headSha, merge);
  if (headSha === null) throw new Error(`#${number} conflicts with ${baseRef}`);
  const headRef = `refs/heads/gh-readonly-queue/${baseRef}/pr-${number}-${baseSha}`;
  await updateRefs(repository.gitDir, { [headRef]: headSha });
  const group = { headSha, headRef, baseSha, baseRef: `refs/heads/${baseRef}` };
  await world.emit(await mergeGroupEvent(repository, group, pull.author));
  return { headSha, headRef, baseSha };
}

type Reviewers = Pick<
  People,
  | 'comment'
  | 'editComment'
  | 'deleteComment'
  | 'answer'
  | 'review'
  | 'rerequestCheck'
  | 'rerequestSuite'
  | 'requestAction'
  | 'mergeGroup'
>;

/** What people do on a pull request's page. */
export function createReviewers(world: World): Reviewers {
  return {
    comment: (ref, number, wanted) => comment(world, pullRequestOf(world, ref, number), wanted),
    editComment: async (ref, id, { by, body }) => {
      const found = findComment(world, repositoryOf(world, ref), id);
      const before = found.body;
      found.body = body;
      found.updatedAt = now(world);
      await world.emit(commentEvent(world, found, 'edited', { before, sender: userOf(world, by) }));
    },
    deleteComment: async (ref, id, { by }) => {
      const found = findComment(world, repositoryOf(world, ref), id);
      world.comments = world.comments.filter((one) => one !== found);
      await world.emit(commentEvent(world, found, 'deleted', { sender: userOf(world, by) }));
    },
    answer: async (ref, id, { by, body }) => {
      const repository = repositoryOf(world, ref);
      const to = world.reviewComments.find(
        (one) => one.id === id && one.pullRequest.repository === repository,
      );
      if (!to) throw new Error(`the fake has no inline comment ${id} in ${repository.fullName}`);
      const made = addAnswer(world, to, { user: userOf(world, by), byApp: false }, body);
      await world.emit(reviewCommentEvent(world, made, 'created'));
      return made;
    },
    review: async (ref, number, { by, body, state = 'COMMENTED' }) => {
      const pull = pullRequestOf(world, ref, number);
      const written = { user: userOf(world, by), byApp: false };
      const made = addReview(world, pull, written, { state, body, commit: pull.headSha });
      await world.emit(reviewEvent(world, made));
      return { id: made.id };
    },
    rerequestCheck: async (ref, id, { by }) => {
      const sender = userOf(world, by);
      await world.emit(checkRunEvent(world, checkRunOf(world, ref, id), 'rerequested', { sender }));
    },
    rerequestSuite: async (ref, headSha, { by }) => {
      const repository = repositoryOf(world, ref);
      const suite = world.suites.find((one) => one.repositoryId === repository.id && one.headSha === headSha);
      if (!suite) throw new Error(`the fake has no check suite of ${headSha}`);
      await world.emit(await suiteEvent(world, { id: suite.id, repository, headSha }, userOf(world, by)));
    },
    requestAction: async (ref, id, identifier, { by }) => {
      const run = checkRunOf(world, ref, id);
      // The App numbers its buttons' identifiers; people press what they see.
      const button = run.actions.find((action) => action.identifier.split(':')[0] === identifier);
      if (!button) throw new Error(`check run ${id} has no button ${identifier}`);
      const doing = { sender: userOf(world, by), identifier: button.identifier };
      await world.emit(checkRunEvent(world, run, 'requested_action', doing));
    },
    mergeGroup: (ref, number) => mergeGroup(world, pullRequestOf(world, ref, number)),
  };
}
