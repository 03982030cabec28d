import { isRefused, statusOf } from '../../github/errors.ts';
import { react, reply as writeComment } from '../../github/pull-requests.ts';
import type { GitHub, PullRequestName } from '../../github/types.ts';
import { writeMarker } from '../../report/model/markers.ts';
import { writeReply } from '../../report/pull-request/replies.ts';
import { appLogs } from '../../report/words/server.ts';
import type { Answer, StoredRepository } from '../../store/types.ts';
import type { CommentKind } from '../intents.ts';
import type { App } from '../types.ts';

/** The hidden marker of the comment that answers a command. */
export const markerOf = (key: string): string => writeMarker(`reply:${key}`);

/**
 * Writes the answer to a command as a comment, unless the conversation has it already. `since`: the time of the
 * command; absent: unknown.
 */
export async function writeAnswer(
  { gitHub }: Pick<App, 'gitHub'>,
  repository: StoredRepository,
  target: PullRequestName,
  { key, text, since }: { key: string; text: string; since?: Date },
): Promise<void> {
  const github = await gitHub.forInstallation(repository.installationId);
  const writer = await gitHub.writer();
  await writeComment(github, { target, writer, marker: markerOf(key), body: text, ...(since && { since }) });
}

/** The key of a command. Comments, comments on lines and reviews have separate IDs, so the kind is part of it. */
export function keyOf(on: CommentKind, commentId: number, line: number): string {
  return on === 'issue-comment' ? `${commentId}-${line}` : `${on}-${commentId}-${line}`;
}

/**
 * Writes an answer to a command that was carried out. If GitHub refuses it, because the conversation is locked, the
 * comment was deleted or the App may not write, the log has a warning, and the command stays carried out.
 */
export async function answerIfPossible(
  { log }: Pick<App, 'log'>,
  key: string,
  answer: () => Promise<void>,
): Promise<void> {
  try {
    await answer();
  } catch (error) {
    if (!isRefused(error)) throw error;
    log.warn({ step: 'command', key, status: statusOf(error), err: error }, appLogs.notAnswered);
  }
}

/** The comment to react to. */
export type AnswerPlace = { github: GitHub; target: PullRequestName; on: CommentKind; commentId: number };

/** Adds the reaction of an answer to the comment. GitHub has no reactions for the texts of reviews. */
export async function addReaction(
  { github, target, on, commentId }: AnswerPlace,
  { reaction }: Answer,
): Promise<void> {
  if (on !== 'review') await react(github, target, { on, commentId }, reaction);
}

/**
 * The text of an answer; null: the reaction is enough. For a review, where there is no reaction, there is always a
 * text.
 */
export function textOf(on: CommentKind, key: string, { body }: Answer): string | null {
  return body ?? (on === 'review' ? writeReply(markerOf(key), { kind: 'done' }) : null);
}
