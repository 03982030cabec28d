import { Lexer, type Token } from 'marked';

/** Quotes and lists inside each other on one line: nobody writes more, and the lexer's time and stack grow with them. */
const DEEP = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){16}/mu;

/** GitHub's own limit for a comment, in characters. */
const MAX_LENGTH = 65_536;

/** Elements whose content GitHub shows as code, as a quotation or as struck out, or does not show at all. */
const SET_APART =
  'blockquote|code|del|kbd|pre|q|s|samp|strike|tt|' +
  'audio|canvas|iframe|math|noembed|noframes|noscript|object|plaintext|script|select|style|svg|template|textarea|title|video|xmp';

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
const SET_APART_NAME = new RegExp(`^(?:${SET_APART})$`, 'iu');

/** A footnote's definition; it may interrupt a paragraph (cmark-gfm), and GitHub shows it at the end of the comment. */
const FOOTNOTE = /^ {0,3}\[\^[^\]\s]+\]:[^]*/mu;

/** A tag inside of a paragraph (https://spec.commonmark.org/0.31.2/#raw-html): its attributes are not shown. */
const INLINE_TAG =
  /<[a-z][\w-]*(?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?>/giu;

/** The end of a tag that begins at `start`: behind its `>`; quoted attributes may contain others. */
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

/** The texts between the tags of an HTML block that are shown, and in how many elements set apart its end is. */
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

/** The texts of all paragraphs, headings, list items and HTML blocks that stand for themselves. */
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
 * spans, quotes, tables, footnotes, HTML comments and attributes, or struck out. `lines`: those of a comment in GitHub's Markdown. A comment that is
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
  const shown = collectTexts(tokens).map(hideRest);
  return shown.flatMap((plain) =>
    [...plain.matchAll(new RegExp(`${mark}(\\d+)z`, 'gu'))].map(([, number]) => Number(number)),
  );
}

function indentOf(text: string): string {
  return /^ */u.exec(text)?.[0] ?? '';
}
