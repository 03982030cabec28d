import { Lexer, type Token } from 'marked';

/**
 * Matches deeply nested quotes and lists on one line. People do not write them, and the lexer's time and stack grow with
 * the depth.
 */
const DEEP = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){16}/mu;

/** Matches a list item without text. The lexer reads the whole rest of a comment for each of them. */
const EMPTY_ITEM = /^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]*$/gmu;

/** The most list items without text. People write none, or a few. */
const MAX_EMPTY_ITEMS = 100;

/** GitHub's own limit for a comment, in characters. */
const MAX_LENGTH = 65_536;

/** The HTML elements whose content GitHub shows as code, as a quotation or as struck out, or hides. */
const SET_APART =
  'blockquote|code|del|kbd|pre|q|s|samp|strike|tt|' +
  'audio|canvas|iframe|math|noembed|noframes|noscript|object|plaintext|script|select|style|svg|template|textarea|title|video|xmp';

/**
 * Matches parts of a text that are not plain: escapes, code spans, comments, elements of `SET_APART`, struck out text.
 */
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
const SET_APART_NAME = new RegExp(`^(?:${SET_APART})$`, 'iu');

/**
 * Matches the definition of a footnote, which can interrupt a paragraph (cmark-gfm) and is shown at the comment's end.
 */
const FOOTNOTE = /^ {0,3}\[\^[^\]\s]+\]:[^]*/mu;

/** Matches a tag in a paragraph (https://spec.commonmark.org/0.31.2/#raw-html). Its attributes are not shown. */
const INLINE_TAG =
  /<[a-z][\w-]*(?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?>/giu;

/** The index after the `>` of a tag that begins at `start`. Quoted attributes can contain another `>`. */
function findTagEnd(html: string, start: number): number {
  let quote = '';
  for (let at = start + 1; at < html.length; at += 1) {
    const char = html[at] ?? '';
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '>') return at + 1;
    else if ((char === '"' || char === "'") && html[at - 1]?.trim() === '=') quote = char;
  }
  return html.length;
}

/**
 * The visible texts between the tags of an HTML block, and the number of elements of `SET_APART` that are still open at
 * its end. `outside`: the number at its start.
 */
function readHtml(html: string, outside: number): { texts: string[]; depth: number } {
  const texts: string[] = [];
  let depth = outside;
  for (let at = 0; at < html.length;) {
    const next = html.slice(at).search(/<[!?/a-z]/iu);
    const open = next === -1 ? html.length : at + next;
    if (depth === 0) texts.push(html.slice(at, open));
    if (open === html.length) break;
    const isComment = html.startsWith('<!--', open);
    const close = isComment ? html.indexOf('-->', open + 4) : findTagEnd(html, open);
    at = isComment ? (close === -1 ? html.length : close + 3) : close;
    const [, slash, name = ''] = /^<(\/?)([a-z][\w-]*)/iu.exec(html.slice(open, open + 80)) ?? [];
    if (SET_APART_NAME.test(name)) depth = Math.max(0, depth + (slash === '/' ? -1 : 1));
  }
  return { texts, depth };
}

/** The texts of all paragraphs, headings, list items and HTML blocks outside quotes and the like. */
function collectTexts(tokens: readonly Token[]): string[] {
  const texts: string[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.type === 'html') {
      const html = readHtml(token.raw, depth);
      texts.push(...html.texts);
      depth = html.depth;
    } else if (depth === 0) {
      texts.push(...textsOf(token));
    }
  }
  return texts;
}

function hideRest(text: string): string {
  return text.replace(FOOTNOTE, '').replaceAll(HIDDEN, ' ').replaceAll(INLINE_TAG, ' ');
}

function textsOf(token: Token): string[] {
  switch (token.type) {
    case 'paragraph':
    // Headings count as plain text, because the `--` of a signature turns the line above it into a heading.
    case 'heading':
    case 'text':
      return [token.text];
    case 'list':
      return token.items.flatMap((item: { tokens: Token[] }) => collectTexts(item.tokens));
    default:
      return [];
  }
}

/** Chooses a word that has no meaning in Markdown and does not occur in the text. */
function chooseMark(text: string): string {
  let mark = 'markedline';
  while (text.includes(mark)) mark += 'x';
  return mark;
}

/**
 * Returns the numbers (from 1) of the lines that begin with `start` and that GitHub shows as plain text: not in code
 * blocks, code spans, quotes, tables, footnotes, HTML comments and attributes, or struck out. `lines`: those of a
 * comment in GitHub's Markdown. A comment that is longer than GitHub allows, nested too deeply, or full of empty list
 * items has none.
 *
 * In each line that begins with `start`, a mark with the line's number replaces it. The marks that then appear in plain
 * text are the result. Only blocks are lexed, because marked takes a minute for the emphasis in 60 kB of `**a*b_`, and
 * anybody can write a comment.
 */
export function findPlainLines(lines: readonly string[], start: RegExp): number[] {
  const text = lines.join('\n');
  if (text.length > MAX_LENGTH || DEEP.test(text)) return [];
  if ((text.match(EMPTY_ITEM)?.length ?? 0) > MAX_EMPTY_ITEMS) return [];
  const mark = chooseMark(text);
  const marked = lines.map((line, index) =>
    line.replace(start, (begin) => `${indentOf(begin)}${mark}${index + 1}z`),
  );
  const tokens = new Lexer().blockTokens(marked.join('\n'), []);
  const shown = collectTexts(tokens).map(hideRest);
  return shown.flatMap((plain) =>
    [...plain.matchAll(new RegExp(`${mark}(\\d+)z`, 'gu'))].map(([, number]) => Number(number)),
  );
}

function indentOf(text: string): string {
  return /^ */u.exec(text)?.[0] ?? '';
}
