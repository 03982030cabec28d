import { isDeepStrictEqual, styleText } from 'node:util';
import stringWidth from 'string-width';

/** The styles that are used, by their names in `styleText` of node:util. */
export type StyleName =
  | 'bold'
  | 'dim'
  | 'italic'
  | 'underline'
  | 'cyan'
  | 'red'
  | 'green'
  | 'yellow'
  | 'strikethrough';

/** A run of text in one style; a newline in it ends the line. */
export type Span = { text: string; styles: readonly StyleName[] };

/** The target of a layout: whether it has colours, and its number of columns. */
export type Page = { colour: boolean; width: number };

/** Text for a terminal, and its width in columns without control sequences. */
export type Line = { text: string; width: number };

/** Writes a run of text in its style, or as it is. */
export function paint({ text, styles }: Span, colour: boolean): string {
  return colour && styles.length > 0 ? styleText([...styles], text, { validateStream: false }) : text;
}

/** Unstyled text. */
export const plain = (text: string): Span => ({ text, styles: [] });

/**
 * The columns that a terminal gives a text without control sequences: two for most characters of Chinese, Japanese and
 * Korean and for emoji, none for combining marks.
 */
export const columnsOf = (text: string): number => stringWidth(text);

/** The beginning of a text that fits the columns; a wide character of which only half fits is left out. */
export function cutToColumns(text: string, columns: number): string {
  // Every character that takes a column is one or two UTF-16 units long, so most lines need no counting.
  if (text.length <= columns && columnsOf(text) <= columns) return text;
  let cut = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += columnsOf(segment);
    if (width > columns) break;
    cut += segment;
  }
  return cut;
}

type Word = { spans: Span[]; columns: number; endsLine: boolean };

/** Splits spans at their spaces. Each word consists of the parts that differ in style: `(`, `code`, `),`. */
function splitWords(spans: readonly Span[]): Word[] {
  const words: Word[] = [];
  let word: Word = { spans: [], columns: 0, endsLine: false };
  const close = (endsLine: boolean): void => {
    if (word.spans.length > 0 || endsLine) words.push({ ...word, endsLine });
    word = { spans: [], columns: 0, endsLine: false };
  };
  for (const { text, styles } of spans) {
    for (const part of text.split(/( |\n)/u)) {
      if (part === ' ' || part === '\n') close(part === '\n');
      else if (part !== '') {
        word.spans.push({ text: part, styles });
        word.columns += columnsOf(part);
      }
    }
  }
  close(false);
  return words;
}

/** Appends a word to a line. The space between two words of the same style has that style, too. */
function appendWord(line: Span[], word: readonly Span[]): Span[] {
  const [last, [first, ...rest]] = [line.at(-1), word];
  if (last === undefined || first === undefined) return [...line, ...word];
  return isDeepStrictEqual(last.styles, first.styles)
    ? [...line.slice(0, -1), { text: `${last.text} ${first.text}`, styles: last.styles }, ...rest]
    : [...line, plain(' '), ...word];
}

/** Breaks spans at their spaces. A word longer than the line is not broken. Returns at least one line. */
export function wrapSpans(spans: readonly Span[], { colour, width }: Page): Line[] {
  const lines: Line[] = [];
  let line: Span[] = [];
  let columns = 0;
  const endLine = (): void => {
    lines.push({ text: line.map((span) => paint(span, colour)).join(''), width: columns });
    line = [];
    columns = 0;
  };
  for (const word of splitWords(spans)) {
    if (line.length > 0 && columns + 1 + word.columns > width) endLine();
    columns += (line.length > 0 ? 1 : 0) + word.columns;
    line = appendWord(line, word.spans);
    if (word.endsLine) endLine();
  }
  if (line.length > 0 || lines.length === 0) endLine();
  return lines;
}

/** A paragraph with `first` before its first line and `next` before the others, all within the page's width. */
export function layoutParagraph(spans: readonly Span[], page: Page, first = '', next = first): string[] {
  const width = page.width - Math.max(columnsOf(first), columnsOf(next));
  const lines = wrapSpans(spans, { ...page, width }).map(({ text }) => text);
  return indent(lines, first, next);
}

/** Parts that are never broken, two spaces apart; those that do not fit go to further lines, `next` before them. */
export function layoutParts(
  parts: readonly (readonly Span[])[],
  { colour, width }: Page,
  next: string,
): string[] {
  const lines: string[] = [];
  let columns = Infinity;
  for (const part of parts) {
    const text = part.map((span) => paint(span, colour)).join('');
    const size = part.reduce((sum, span) => sum + columnsOf(span.text), 0);
    if (columns + GAP.length + size > width) {
      const start = lines.length === 0 ? '' : next;
      lines.push(start + text);
      columns = columnsOf(start) + size;
    } else {
      lines.push(`${lines.pop() ?? ''}${GAP}${text}`);
      columns += GAP.length + size;
    }
  }
  return lines;
}

/** Puts `first` before the first line and `next` before the others. */
export function indent(lines: readonly string[], first: string, next = first): string[] {
  return lines.map((line, index) => (line === '' ? '' : `${index === 0 ? first : next}${line}`));
}

/** Joins the lines of all blocks, with the lines `between` after each block but the last. */
export function joinBlocks(blocks: readonly (readonly string[])[], between: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [index, block] of blocks.entries()) {
    if (index > 0) lines.push(...between);
    lines.push(...block);
  }
  return lines;
}

type Align = 'left' | 'right' | 'center';

/** A table's cells as spans, by row. */
export type Table = { rows: readonly (readonly (readonly Span[])[])[]; aligns: readonly Align[] };

type ColumnNeeds = { natural: number; least: number };

const GAP = '  ';
const MIN_COLUMN = 8;
const emptyLine: Line = { text: '', width: 0 };

/** The width of a cell that is not wrapped: the width of its longest line. */
function naturalWidth(words: readonly Word[]): number {
  let longest = 0;
  let line = -1;
  for (const { columns, endsLine } of words) {
    line += columns + 1;
    longest = Math.max(longest, line);
    if (endsLine) line = -1;
  }
  return longest;
}

/** The width that a column needs for its longest line, and the one for its longest word. */
function measureColumn(cells: readonly (readonly Span[])[]): ColumnNeeds {
  const words = cells.map(splitWords);
  return {
    natural: Math.max(0, ...words.map(naturalWidth)),
    least: Math.max(0, ...words.flat().map(({ columns }) => columns)),
  };
}

function measureColumns({ rows }: Table): ColumnNeeds[] {
  return (rows[0] ?? []).map((_, index) => measureColumn(rows.map((row) => row[index] ?? [])));
}

/** The width of a table in columns if no cell is wrapped. */
export function tableWidth(table: Table): number {
  return measureColumns(table).reduce((sum, { natural }) => sum + natural + GAP.length, -GAP.length);
}

/** Makes the widest column that can shrink narrower, until all columns fit or none can shrink. */
function fitColumns(columns: readonly ColumnNeeds[], width: number): number[] {
  const widths = columns.map(({ natural }) => natural);
  const room = width - GAP.length * (widths.length - 1);
  const least = columns.map(({ natural, least }) => Math.min(natural, Math.max(least, MIN_COLUMN)));
  while (widths.reduce((sum, size) => sum + size, 0) > room) {
    const spare = widths.map((size, index) => (size > (least[index] ?? 0) ? size : 0));
    const widest = Math.max(0, ...spare);
    if (widest === 0) break;
    widths[spare.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function alignLine({ text, width }: Line, columns: number, align: Align): string {
  const free = Math.max(0, columns - width);
  const before = { left: 0, right: free, center: Math.floor(free / 2) }[align];
  return `${' '.repeat(before)}${text}${' '.repeat(free - before)}`;
}

/** Lays out each row in columns. The columns fit the width if the longest words do. */
function layoutCells(
  { rows, aligns }: Table,
  { colour, width }: Page,
): { rows: string[][]; widths: number[] } {
  const columns = (rows[0] ?? []).map((_, index) => rows.map((row) => row[index] ?? []));
  const widths = fitColumns(columns.map(measureColumn), width);
  const layoutRow = (row: Table['rows'][number]): string[] => {
    const cells = widths.map((size, index) => wrapSpans(row[index] ?? [], { colour, width: size }));
    const height = Math.max(...cells.map((lines) => lines.length));
    const lineAt = (number: number): string[] =>
      cells.map((lines, index) =>
        alignLine(lines[number] ?? emptyLine, widths[index] ?? 0, aligns[index] ?? 'left'),
      );
    return Array.from({ length: height }, (_, number) => lineAt(number).join(GAP).trimEnd());
  };
  return { rows: rows.map(layoutRow), widths };
}

/** Aligns rows in columns. A row whose cells wrap has several lines. */
export const layoutRows = (table: Table, page: Page): string[][] => layoutCells(table, page).rows;

/** A table with its first row as the heading. If cells wrap, rows are separated by empty lines. */
export function layoutTable(table: Table, page: Page): string[] {
  const { rows, widths } = layoutCells(table, page);
  const [heading = [], ...body] = rows;
  const rule = paint(
    { text: widths.map((size) => '─'.repeat(size)).join(GAP), styles: ['dim'] },
    page.colour,
  );
  const loose = body.some((lines) => lines.length > 1);
  return [...heading, rule, ...joinBlocks(body, loose ? [''] : [])];
}
