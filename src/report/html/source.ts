import { cleanLine } from '../model/escape.ts';
import type { ExcerptSide, SourceExcerpt } from '../model/review.ts';
import type { ReportBenchmark, ReportFinding } from '../model/schema.ts';
import { formatChange } from '../words/numbers.ts';
import { pageWords } from '../words/page.ts';
import { alignLines, chooseRows, compareWords, type Piece, type AlignedRow } from './align.ts';
import { directionOf } from './benchmarks.ts';
import { html, type Html } from '../model/html-page.ts';
import { toCode, toId } from './markup.ts';

type Side = 'base' | 'head';
/** The number of lines that are shown above and below a line that a finding names. */
const CONTEXT_ROWS = 6;

/** The ID of the row with a line of head in a finding's source. */
export const lineId = (finding: ReportFinding, file: string, line: number): string =>
  toId('line', `${finding.id}:${file}:${line}`);

/** Whether an excerpt contains a line of head, so that a link to it has a target. */
export const isShown = (
  sources: readonly Aligned[],
  { file, line }: { file: string; line: number },
): boolean =>
  sources.some(({ excerpt: { head } }) => head.path === file && head.lines[line - head.start] !== undefined);

/** The lines of head that a finding names: its places, the changed line, and the steps between them. */
function listWanted({ places, cause }: ReportFinding): Set<string> {
  const lines = [...places, ...(cause === null ? [] : [cause, ...cause.via])];
  return new Set(lines.map(({ file, line }) => `${file}:${line}`));
}

/**
 * The objects of each line in the finding's most expensive benchmark, by `file:line` of head, or of base for lines that
 * head does not have.
 */
function listObjects(finding: ReportFinding, benchmarks: readonly ReportBenchmark[]): Map<string, Html> {
  const [first] = finding.costs;
  const benchmark = benchmarks.find(
    ({ package: path, name }) => path === first?.package && name === first.name,
  );
  const totals = new Map<string, { base: number; head: number }>();
  for (const { line, objectsPerOp } of benchmark?.allocations ?? []) {
    if (line === null) continue;
    const key = `${line.isGone ? 'base' : 'head'} ${line.file}:${line.line}`;
    const total = totals.get(key) ?? { base: 0, head: 0 };
    totals.set(key, { base: total.base + objectsPerOp.base, head: total.head + objectsPerOp.head });
  }
  return new Map(
    [...totals].map(([key, total]) => [
      key,
      html`<span class="objects ${directionOf(total.head - total.base)}"
        >${formatChange(total)} objects/op</span
      >`,
    ]),
  );
}

type View = {
  excerpt: SourceExcerpt;
  finding: ReportFinding;
  objects: ReadonlyMap<string, Html>;
  wanted: ReadonlySet<string>;
};

const lineOf = ({ start }: ExcerptSide, index: number): number => start + index;

const decisionsAt = ({ decisions }: ExcerptSide, line: number | null): string[] =>
  decisions.filter((one) => one.line === line).map(({ text }) => text);

/** The margin of a line on one side: objects per op and the compiler's decisions. */
function writeMargin(row: AlignedRow, side: Side, { excerpt, objects }: View): Html {
  const index = row[side];
  if (index === null) return html`<td class="margin ${side}"></td>`;
  const line = lineOf(excerpt[side], index);
  const otherSide = side === 'base' ? 'head' : 'base';
  const otherIndex = row[otherSide];
  const other = decisionsAt(
    excerpt[otherSide],
    otherIndex === null ? null : lineOf(excerpt[otherSide], otherIndex),
  );
  const own = decisionsAt(excerpt[side], line);
  // Decisions that both sides share are shown once, at head.
  const shown = side === 'base' ? own.filter((text) => !other.includes(text)) : own;
  const notes = shown.map((text) =>
    other.includes(text) ? html`<span>${text}</span>` : html`<span class="differs">${text}</span>`,
  );
  const count = objects.get(`${side} ${excerpt[side].path}:${line}`) ?? null;
  return html`<td class="margin ${side}">${count}${notes}</td>`;
}

const writePieces = (pieces: readonly Piece[]): Html[] =>
  pieces.map(({ text, isChanged }) => (isChanged ? html`<mark>${text}</mark>` : html`${text}`));

/** The longest line that is shown in full. Generated code and data have longer ones, which are cut. */
const MOST_CHARACTERS = 500;

function toShortCode(line: string): string {
  const code = toCode(line);
  const more = code.length - MOST_CHARACTERS;
  return more > 0 ? `${code.slice(0, MOST_CHARACTERS)}… ${pageWords.moreCharacters(more)}` : code;
}

/** The code of both sides of a row, with the differences within the line marked. */
function writeCode(row: AlignedRow, { base, head }: SourceExcerpt): Record<Side, Html | null> {
  const before = row.base === null ? null : toShortCode(base.lines[row.base] ?? '');
  const after = row.head === null ? null : toShortCode(head.lines[row.head] ?? '');
  const words = row.isSame || before === null || after === null ? null : compareWords(before, after);
  if (words) return { base: html`${writePieces(words.base)}`, head: html`${writePieces(words.head)}` };
  return {
    base: before === null ? null : html`${before}`,
    head: after === null ? null : html`${after}`,
  };
}

const isWanted = (row: AlignedRow, { excerpt: { head }, wanted }: View): boolean =>
  row.head !== null && wanted.has(`${head.path}:${lineOf(head, row.head)}`);

function writeRow(row: AlignedRow, view: View): Html {
  const { excerpt, finding } = view;
  const code = writeCode(row, excerpt);
  const cells = (side: Side): Html => {
    const index = row[side];
    const number = index === null ? '' : lineOf(excerpt[side], index);
    return html`<td class="number ${side}">${number}</td>
      <td class="code ${side}"><code>${code[side]}</code></td>`;
  };
  const { head } = excerpt;
  const line = row.head === null ? null : lineOf(head, row.head);
  const allocates = head.path === finding.file && line === finding.line;
  const kind = row.isSame ? 'same' : row.base === null ? 'added' : row.head === null ? 'gone' : 'edited';
  const id =
    line !== null && isWanted(row, view) ? html` id="${lineId(finding, head.path ?? '', line)}"` : null;
  const mark = allocates ? html` title="${pageWords.allocatesHere}"` : null;
  return html`<tr class="${kind}${allocates ? ' allocates' : ''}${id ? ' step' : ''}" ${id}${mark}>
    ${writeMargin(row, 'base', view)}${cells('base')}${cells('head')}${writeMargin(row, 'head', view)}
  </tr>`;
}

const GAP = html`<tbody class="gap">
  <tr>
    <td colspan="6">⋯</td>
  </tr>
</tbody>`;

function writeExcerpt(view: View, rows: readonly AlignedRow[]): Html | null {
  const runs = chooseRows(rows, (row) => isWanted(row, view), CONTEXT_ROWS);
  if (runs.length === 0) return null;
  const { base, head } = view.excerpt;
  const path = head.path ?? base.path ?? '';
  const title = base.path === null || base.path === path ? path : `${base.path} → ${path}`;
  const bodies = runs.map(
    (run, index) =>
      html`${index === 0 ? null : GAP}
        <tbody>
          ${run.map((row) => writeRow(row, view))}
        </tbody>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${cleanLine(title)}">
    <table class="diff">
      <caption>
        <code>${title}</code>
      </caption>
      <thead>
        <tr>
          <th scope="col">base: compiler</th>
          <th scope="col">line</th>
          <th scope="col">base</th>
          <th scope="col">line</th>
          <th scope="col">head</th>
          <th scope="col">head: compiler, objects</th>
        </tr>
      </thead>
      ${bodies}
    </table>
  </div> `;
}

/** An excerpt with its aligned rows, computed once for all of its findings. */
export type Aligned = { excerpt: SourceExcerpt; rows: readonly AlignedRow[] };

/** Aligns both sides of each excerpt. */
export const alignAll = (excerpts: readonly SourceExcerpt[]): Aligned[] =>
  excerpts.map((excerpt) => ({ excerpt, rows: alignLines(excerpt) }));

/**
 * The code of a finding, base next to head, with the compiler's decisions and objects per op in the margins. Null if no
 * excerpt contains a line of the finding.
 */
export function writeSource(
  finding: ReportFinding,
  sources: readonly Aligned[],
  benchmarks: readonly ReportBenchmark[],
): Html | null {
  const wanted = listWanted(finding);
  const objects = listObjects(finding, benchmarks);
  const parts = sources
    .map(({ excerpt, rows }) => writeExcerpt({ excerpt, finding, objects, wanted }, rows))
    .filter((part) => part !== null);
  return parts.length === 0
    ? null
    : html`<h4>${pageWords.source}</h4>
        ${parts}`;
}
