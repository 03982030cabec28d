/** The longest body that GitHub accepts: a comment, or the summary or text of a check run. */
export const BODY_LIMIT = 65_535;

/** The limits that are tried for the entries of each list of a body, until the body fits. */
const listLimits = [Number.POSITIVE_INFINITY, 500, 200, 100, 50, 20, 10, 5, 2, 1];

/** The most entries of folded lists, so that they do not displace more important content. */
export const FOLDED_LIMIT = 50;

/**
 * The body with the longest lists that fit. With lists of one entry every body fits, because names and messages from
 * outside are cut.
 */
export function fitBody(write: (limit: number) => string): string {
  let body = '';
  for (const limit of listLimits) {
    body = write(limit);
    if (body.length <= BODY_LIMIT) break;
  }
  return body;
}

/** The first entries, and a last one with the number of dropped ones, if any. */
export function takeEntries<T>(
  entries: readonly T[],
  limit: number,
  write: (entry: T) => string,
  writeMore: (dropped: number) => string,
): string[] {
  const taken = entries.slice(0, limit).map(write);
  return entries.length <= limit ? taken : [...taken, writeMore(entries.length - limit)];
}

/** A list; empty without entries. */
export function toList<T>(entries: readonly T[], limit: number, write: (entry: T) => string): string {
  return takeEntries(
    entries,
    limit,
    (entry) => `- ${write(entry)}`,
    (dropped) => `- … and ${dropped} more`,
  ).join('\n');
}

/** A table; empty without rows. Columns of numbers are right-aligned. */
export function toTable<T>(
  header: readonly string[],
  entries: readonly T[],
  limit: number,
  write: (entry: T) => string[],
): string {
  if (entries.length === 0) return '';
  const toRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((title) => (/^(?:benchmark|verdict)$/u.test(title) ? '---' : '---:'));
  const rows = takeEntries(
    entries,
    limit,
    (entry) => toRow(write(entry)),
    (dropped) => toRow([`… and ${dropped} more`, ...header.slice(1).map(() => '')]),
  );
  return [toRow(header), toRow(rule), ...rows].join('\n');
}

/** Joins paragraphs with an empty line between them. Empty ones are dropped. */
export const joinMarkdown = (blocks: readonly string[]): string =>
  blocks.filter((block) => block !== '').join('\n\n');

/** A section that GitHub shows folded. The title is not escaped. */
export const fold = (title: string, blocks: readonly string[]): string =>
  joinMarkdown([`<details><summary>${title}</summary>`, ...blocks, '</details>']);
