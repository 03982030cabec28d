import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import {
  indent,
  joinBlocks,
  layoutTable,
  paint,
  plain,
  wrapSpans,
  type Page,
  type Span,
  type StyleName,
} from './layout.ts';

const TEXT_INDENT = '  ';

/** marked's `Token` type allows extensions; allocgate uses none. */
const isKnown = (token: Token): token is MarkedToken => token.type !== '';

function restyle(spans: readonly Span[], style: StyleName): Span[] {
  return spans.map(({ text, styles }) => ({ text, styles: [...styles, style] }));
}

/** Code has a colour, or backticks where there are no colours. */
function renderCodeSpan(text: string, colour: boolean): Span {
  if (colour) return { text, styles: ['cyan'] };
  const fence = text.includes('`') ? '``' : '`';
  return plain(`${fence}${text}${fence}`);
}

/** The link's text, followed by its address unless both are equal. */
function renderLink({ href, text, tokens }: Tokens.Link, colour: boolean): Span[] {
  const address: Span = { text: href, styles: ['underline'] };
  if (text === href || `mailto:${text}` === href) return [address];
  return [...renderInline(tokens, colour), plain(' ('), address, plain(')')];
}

function renderInline(tokens: readonly Token[], colour: boolean): Span[] {
  return tokens.filter(isKnown).flatMap((token) => renderInlineToken(token, colour));
}

function renderInlineToken(token: MarkedToken, colour: boolean): Span[] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds are shown as they are
  switch (token.type) {
    case 'strong':
      return restyle(renderInline(token.tokens, colour), 'bold');
    case 'em':
      return restyle(renderInline(token.tokens, colour), 'italic');
    case 'del':
      return restyle(renderInline(token.tokens, colour), 'strikethrough');
    case 'codespan':
      return [renderCodeSpan(token.text.replaceAll('\n', ' '), colour)];
    case 'link':
      return renderLink(token, colour);
    case 'br':
      return [plain('\n')];
    case 'text':
      if (token.tokens) return renderInline(token.tokens, colour);
      return [plain(token.text.replaceAll('\n', ' '))];
    case 'escape':
      return [plain(token.text)];
    default:
      return [plain(token.raw.replaceAll('\n', ' '))];
  }
}

function renderParagraph(tokens: readonly Token[], page: Page): string[] {
  return wrapSpans(renderInline(tokens, page.colour), page).map(({ text }) => text);
}

/** Replaces tabs, because terminals have different tab stops. */
function renderCode(code: string): string[] {
  return indent(code.replaceAll('\t', '    ').split('\n'), '    ');
}

const diffStyles: Readonly<Record<string, StyleName>> = { '-': 'red', '+': 'green', '@': 'cyan' };

/** A unified diff: removed lines in red, added lines in green. */
export function renderDiff(diff: string, { colour }: Page): string[] {
  const lines = diff
    .replaceAll('\t', '    ')
    .split('\n')
    .map((text) => {
      const style = diffStyles[text.slice(0, 1)];
      return paint({ text, styles: style ? [style] : [] }, colour);
    });
  return indent(lines, '    ');
}

function renderTable({ header, rows, align }: Tokens.Table, page: Page): string[] {
  const cells = [header, ...rows].map((row) => row.map(({ tokens }) => renderInline(tokens, page.colour)));
  return layoutTable({ rows: cells, aligns: align.map((side) => side ?? 'left') }, page);
}

function renderList({ items, ordered, start, loose }: Tokens.List, page: Page): string[] {
  const blocks = items.map((item, index) => {
    const mark = ordered ? `${(start === '' ? 1 : start) + index}. ` : '- ';
    const inner = { ...page, width: page.width - mark.length };
    return indent(renderBlocks(item.tokens, inner), mark, ' '.repeat(mark.length));
  });
  return joinBlocks(blocks, loose ? [''] : []);
}

function renderBlock(token: MarkedToken, page: Page): string[] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds are shown as they are
  switch (token.type) {
    case 'heading':
      return renderHeading(token.text, page);
    case 'paragraph':
      return renderParagraph(token.tokens, page);
    case 'text':
      return renderParagraph(token.tokens ?? [token], page);
    case 'code':
      return token.lang === 'diff' ? renderDiff(token.text, page) : renderCode(token.text);
    case 'table':
      return renderTable(token, page);
    case 'list':
      return renderList(token, page);
    case 'blockquote':
      return renderBlocks(token.tokens, { ...page, width: page.width - 2 }).map((line) =>
        `│ ${line}`.trimEnd(),
      );
    case 'hr':
      return ['─'.repeat(page.width)];
    case 'space':
    case 'def':
      return [];
    default:
      return token.raw.trimEnd().split('\n');
  }
}

/** The line of a heading. Also used for headings that are not part of the page's Markdown. */
export function renderHeading(text: string, { colour }: Page): string[] {
  return [paint({ text, styles: ['bold'] }, colour)];
}

/** Blocks with an empty line between them. */
function renderBlocks(tokens: readonly Token[], page: Page): string[] {
  const blocks = tokens.filter(isKnown).map((token) => renderBlock(token, page));
  return joinBlocks(
    blocks.filter((lines) => lines.length > 0),
    [''],
  );
}

/** The lines under a heading. The heading is null for lines before the first one. */
export type Section = { heading: string | null; lines: string[] };

/** Lays out the sections of a page, indented under their headings. Text is wrapped, code is not. */
export function renderSections(markdown: string, page: Page): Section[] {
  const inner = { ...page, width: page.width - TEXT_INDENT.length };
  const sections: { heading: string | null; tokens: Token[] }[] = [{ heading: null, tokens: [] }];
  for (const token of lexer(markdown).filter(isKnown)) {
    if (token.type === 'heading') sections.push({ heading: token.text, tokens: [] });
    else sections.at(-1)?.tokens.push(token);
  }
  return sections
    .filter(({ heading, tokens }) => heading !== null || tokens.length > 0)
    .map(({ heading, tokens }) => ({ heading, lines: indent(renderBlocks(tokens, inner), TEXT_INDENT) }));
}
