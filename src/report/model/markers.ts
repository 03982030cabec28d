/**
 * The hidden marker that identifies what a comment is about: a finding's fingerprint, `summary`, or `reply:` and the
 * answered command. It is at the start of a body, where no text from outside can be.
 */
export const writeMarker = (id: string): string => `<!-- allocgate:${id.replace(/[^\w:-]/gu, '')} -->`;

/** The hidden marker of the one summary comment of a pull request. */
export const summaryMarker = writeMarker('summary');

const LEADING = /^<!-- allocgate:(?<id>[\w:-]+) -->[ \t\r\n]*/u;

/** Splits a body into its markers and the rest. Markers further down can be quoted or forged. */
function splitMarkers(body: string): { ids: string[]; text: string } {
  const ids: string[] = [];
  let text = body;
  for (;;) {
    const id = LEADING.exec(text)?.groups?.['id'];
    if (id === undefined) return { ids, text };
    ids.push(id);
    text = text.replace(LEADING, '');
  }
}

/** The IDs of the markers at the start of a comment's body, in their order; empty for other people's comments. */
export const readMarkers = (body: string): string[] => splitMarkers(body).ids;

/** The body without the markers at its start. */
export const dropMarkers = (body: string): string => splitMarkers(body).text;
