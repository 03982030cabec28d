import { Lexer, type Token } from 'marked';

/** Quotes and lists inside each other on one line: nobody writes more, and the lexer's time and stack grow with them. */
const DEEP = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){16}/mu;

/** GitHub's own limit for a comment, in characters. */
const MAX_LENGTH = 65_536;

/** Elements whose content is shown as code, as a quotation or as struck out. */
const SET_APART = 'blockquote|code|del|kbd|pre|q|s|samp|strike|tt';

/** What an inline text shows otherwise than as text: code spans, comments, elements set apart, struck out text. */
const HIDDEN = new RegExp(
  [
    String.raw`\\[^]`,
    '(?<!`)(`+)(?!`)[^]*?(?<!`)\\1(?!`)',
    '<!--[^]*?(?:-->|$)',
    String.raw`<(${SET_APART})\b[^<>]*>[^]*?(?:</\2\s*>|$)`,
    '~~[^]*?~~',
  ].join('|'),
  'giu',
);
const COMMENT = /<!--[^]*?(?:-->|$)/gu;
const OPENING = new RegExp(String.raw`<(?:${SET_APART})\b`, 'giu');
const CLOSING = new RegExp(String.raw`</(?:${SET_APART})\b`, 'giu');

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** The texts of all paragraphs, headings and list items that stand for themselves. */
function collectTexts(tokens: readonly Token[]): string[] {
  const texts: string[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.type === 'html') {
      const html = token.raw.replaceAll(COMMENT, '');
      depth = Math.max(0, depth + count(html, OPENING) - count(html, CLOSING));
    } else if (depth === 0) {
      texts.push(...textsOf(token));
    }
  }
  return texts;
}

function textsOf(token: Token): string[] {
  switch (token.type) {
    case 'paragraph':
    // A heading, because a signature's `--` below a line makes it one.
    case 'heading':
    case 'text':
      return [token.text];
    case 'list':
      return token.items.flatMap((item: { tokens: Token[] }) => collectTexts(item.tokens));
    default:
      return [];
  }
}

/** A word that means nothing to Markdown and does not occur in the text. */
function chooseMark(text: string): string {
  let mark = 'markedline';
  while (text.includes(mark)) mark += 'x';
  return mark;
}

/**
 * Numbers (from 1) of the lines that begin with `start` and that GitHub shows as plain text: not in code blocks, code
 * spans, quotes, tables, HTML comments, or struck out. `lines`: those of a comment in GitHub's Markdown. A comment that is
 * longer than GitHub allows, or nested absurdly, has none.
 *
 * Each such line gets a mark in place of `start`; the lines whose marks are found again in plain text are the result.
 * Only blocks are lexed: marked takes a minute for emphasis in 60 kB of `**a*b_`, and anybody may write a comment.
 */
export function findPlainLines(lines: readonly string[], start: RegExp): number[] {
  const text = lines.join('\n');
  if (text.length > MAX_LENGTH || DEEP.test(text)) return [];
  const mark = chooseMark(text);
  const marked = lines.map((line, index) =>
    line.replace(start, (begin) => `${indentOf(begin)}${mark}${index + 1}z`),
  );
  const tokens = new Lexer().blockTokens(marked.join('\n'), []);
  const shown = collectTexts(tokens).map((plain) => plain.replaceAll(HIDDEN, ' '));
  return shown.flatMap((plain) =>
    [...plain.matchAll(new RegExp(`${mark}(\\d+)z`, 'gu'))].map(([, number]) => Number(number)),
  );
}

function indentOf(text: string): string {
  return /^ */u.exec(text)?.[0] ?? '';
}
