import { readMarkers, summaryMarker } from '../report/model/markers.ts';
import type { GitHub, PullRequestName, Writer } from './types.ts';

/** One of our review comments on the pull request. `ids`: the fingerprints in its markers. `url`: its address on the web. */
export type OwnComment = {
  id: number;
  url: string;
  ids: string[];
  body: string;
  path: string;
  /** The line in the current diff; null: the comment is on the whole file, or outdated. */
  line: number | null;
  /** The first of several lines; null: it is on one. */
  startLine: number | null;
  side: 'LEFT' | 'RIGHT';
  subject: 'line' | 'file';
  /** Whether somebody else replied. */
  answered: boolean;
};

/** One of our comments in the conversation. */
export type OwnNote = { id: number; body: string };

const PER_PAGE = 100;

function isBy(writer: Writer, user: { login: string } | null | undefined): boolean {
  return user?.login.toLowerCase() === writer.login.toLowerCase();
}

/** Our inline comments, oldest first, without replies. */
export async function observeComments(
  github: GitHub,
  { owner, repo, number }: PullRequestName,
  writer: Writer,
): Promise<OwnComment[]> {
  const all = await github.paginate(github.rest.pulls.listReviewComments, {
    owner,
    repo,
    pull_number: number,
    per_page: PER_PAGE,
  });
  const answered = new Set(
    all.filter(({ user }) => !isBy(writer, user)).map((comment) => comment.in_reply_to_id),
  );
  return all
    .filter(({ user, in_reply_to_id: parent }) => isBy(writer, user) && parent === undefined)
    .map((comment) => ({
      id: comment.id,
      url: comment.html_url,
      ids: readMarkers(comment.body),
      body: comment.body,
      path: comment.path,
      line: comment.line ?? null,
      startLine: comment.start_line ?? null,
      side: comment.side ?? 'RIGHT',
      subject: comment.subject_type === 'file' ? ('file' as const) : ('line' as const),
      answered: answered.has(comment.id),
    }))
    .filter(({ ids }) => ids.length > 0)
    .sort((a, b) => a.id - b.id);
}

/** Our comments in the conversation that contain a marker, oldest first: all, or those that changed since a time. */
export async function observeNotes(
  github: GitHub,
  { owner, repo, number }: PullRequestName,
  writer: Writer,
  { marker = summaryMarker, since }: { marker?: string; since?: Date | undefined } = {},
): Promise<OwnNote[]> {
  const all = await github.paginate(github.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: PER_PAGE,
    ...(since && { since: since.toISOString() }),
  });
  return all
    .filter(({ user, body }) => isBy(writer, user) && (body ?? '').startsWith(marker))
    .map(({ id, body }) => ({ id, body: body ?? '' }))
    .sort((a, b) => a.id - b.id);
}
