/** The most that GitHub takes in one body: a comment's, or a check run's summary or text. */
export const bodyLimit = 65_535;

/** How many entries each list of a body may have, from all to one, until it fits. */
const listLimits = [Number.POSITIVE_INFINITY, 500, 200, 100, 50, 20, 10, 5, 2, 1];

/** Folded lists are for the curious; they must not push out what everybody reads. */
export const foldedLimit = 50;

/** The body with the longest lists that fit. Foreign strings are short, so with single entries every body does. */
export function fitBody(write: (limit: number) => string): string {
  let body = '';
  for (const limit of listLimits) {
    body = write(limit);
    if (body.length <= bodyLimit) break;
  }
  return body;
}

/** The first entries written out, and a last one that says how many were dropped. */
export function takeEntries<T>(
  entries: readonly T[],
  limit: number,
  write: (entry: T) => string,
  tell: (dropped: number) => string,
): string[] {
  const taken = entries.slice(0, limit).map(write);
  return entries.length <= limit ? taken : [...taken, tell(entries.length - limit)];
}

/** A list; nothing for no entries. */
export function toList<T>(entries: readonly T[], limit: number, write: (entry: T) => string): string {
  return takeEntries(
    entries,
    limit,
    (entry) => `- ${write(entry)}`,
    (dropped) => `- … and ${dropped} more`,
  ).join('\n');
}

/** A table; nothing for no rows. Columns of numbers stand right. */
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

/** Paragraphs with an empty line between them; empty ones vanish. */
export const joinMarkdown = (blocks: readonly string[]): string =>
  blocks.filter((block) => block !== '').join('\n\n');

/** What only the curious read; the title is allocgate's own or made safe for HTML. */
export const fold = (title: string, blocks: readonly string[]): string =>
  joinMarkdown([`<details><summary>${title}</summary>`, ...blocks, '</details>']);
