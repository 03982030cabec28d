/** The end of a comment or literal, and whether it is closed. One that is not ends with its line, or with the file. */
export type TextEnd = { end: number; isClosed: boolean };

function endAt(text: string, mark: string, from: number): TextEnd {
  const at = text.indexOf(mark, from);
  return at === -1 ? { end: text.length, isClosed: false } : { end: at + mark.length, isClosed: true };
}

/** The end of a string or rune with escapes, whose quotation mark is at `start`. */
function endOfQuoted(text: string, start: number): TextEnd {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === quote) return { end: at + 1, isClosed: true };
    if (text[at] === '\\' && text[at + 1] !== '\n') at += 1;
    else if (text[at] === '\n') return { end: at, isClosed: false };
  }
  return { end: text.length, isClosed: false };
}

/**
 * The end of the comment, string or rune of Go that begins at an offset (https://go.dev/ref/spec#Lexical_elements); null:
 * none begins there. A comment to the end of its line is always closed, and does not contain the line's end. A regular
 * expression would fail: generated files have literals of many megabytes, for which V8's stack is too small.
 */
export function findTextEnd(text: string, start: number): TextEnd | null {
  switch (text.charAt(start)) {
    case '"':
    case "'":
      return endOfQuoted(text, start);
    case '`':
      return endAt(text, '`', start + 1);
    case '/': {
      if (text[start + 1] === '*') return endAt(text, '*/', start + 2);
      if (text[start + 1] !== '/') return null;
      const end = text.indexOf('\n', start);
      return { end: end === -1 ? text.length : end, isClosed: true };
    }
    default:
      return null;
  }
}

/** A comment, string or rune of a text: offsets, the end exclusive. */
export type TextSpan = { start: number; end: number };

/** All comments, strings and runes of a Go file, in order. */
export function* listTexts(text: string): Generator<TextSpan> {
  const mark = /[/"'`]/gu;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const ended = findTextEnd(text, found.index);
    if (!ended) continue;
    mark.lastIndex = ended.end;
    yield { start: found.index, end: ended.end };
  }
}

/** Literals and comments that are longer are data. */
const MAX_LITERAL = 100_000;

/** The text with spaces in place of what long literals and comments contain, but for line ends, and how many they are. */
export function blankLongLiterals(text: string): { code: string; blanked: number } {
  if (text.length <= MAX_LITERAL) return { code: text, blanked: 0 };
  const parts: string[] = [];
  let [kept, blanked] = [0, 0];
  for (const { start, end } of listTexts(text)) {
    if (end - start <= MAX_LITERAL) continue;
    const mark = text[start] === '/' ? 2 : 1;
    const inner = text.slice(start + mark, end - mark);
    parts.push(
      text.slice(kept, start + mark),
      inner.replaceAll(/[^\n]+/gu, (line) => ' '.repeat(line.length)),
    );
    blanked += inner.length;
    kept = end - mark;
  }
  return { code: parts.join('') + text.slice(kept), blanked };
}
