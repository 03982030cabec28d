import { BODY_LIMIT } from './body-limits.ts';

/*
 * A comment has no address before GitHub creates it, and a plan is made before that. So a plan's Markdown contains an
 * invisible place for the link to a finding's comment. The link replaces it when the comment exists.
 */

/** The invisible place for the link to a finding's comment. */
export const reserveCommentLink = (id: string): string =>
  `<!-- allocgate comment ${id.replace(/[^\w-]/gu, '')} -->`;

const PLACES = /<!-- allocgate comment (?<id>[\w-]+) -->/gu;

/**
 * Replaces the places by links to the comments that exist, and removes the others.
 * @param urls the address of each finding's comment, by the finding's ID
 */
export function linkComments(markdown: string, urls: ReadonlyMap<string, string>): string {
  const linked = markdown.replace(PLACES, (_, id: string) => {
    const url = urls.get(id);
    return url === undefined ? '' : ` ([comment](${url}))`;
  });
  return linked.length <= BODY_LIMIT ? linked : markdown.replace(PLACES, '');
}
