/**
 * The hidden marker that tells what a comment is about: a finding's fingerprint, `summary`, or `reply:` and what is
 * answered. It stands first in a body, where nothing that somebody else wrote can stand.
 */
export const writeMarker = (id: string): string => `<!-- allocgate:${id.replace(/[^\w:-]/gu, '')} -->`;

/** The hidden marker of the one summary comment of a pull request. */
export const summaryMarker = writeMarker('summary');

const leading = /^<!-- allocgate:(?<id>[\w:-]+) -->[ \t\r\n]*/u;

/** A body's own markers, and what stands behind them. Markers further down are somebody's words, quoted or forged. */
function splitMarkers(body: string): { ids: string[]; text: string } {
  const ids: string[] = [];
  let text = body;
  for (;;) {
    const id = leading.exec(text)?.groups?.['id'];
    if (id === undefined) return { ids, text };
    ids.push(id);
    text = text.replace(leading, '');
  }
}

/** What the markers at the very start of a comment's body name, in their order; none for other people's comments. */
export const readMarkers = (body: string): string[] => splitMarkers(body).ids;

/** The body without the markers at its start. */
export const dropMarkers = (body: string): string => splitMarkers(body).text;
