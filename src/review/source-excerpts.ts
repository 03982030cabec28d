import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LineMap } from '../compare/line-map.ts';
import { compareText } from '../compare/order.ts';
import type { Decision, Side } from '../compare/types.ts';
import type { ExcerptSide, Review, SourceExcerpt } from '../report/model/review.ts';
import { quoteCompiler } from '../report/words/finding.ts';
import { showLineComments } from '../syntax/line-comments.ts';
import type { Finding } from '../rules/types.ts';
import type { ModuleReview } from './module-types.ts';
import type { Trees } from './types.ts';

/** The number of lines around each line of a finding or its cause. */
const CONTEXT = 6;
/**
 * How far to search for a line that both sides have. A span begins and ends at such lines, so that the sides can be
 * shown side by side.
 */
const MAX_REACH = 40;
/** The maximum number of base's lines in one excerpt. A rewritten function can be much longer there than at head. */
const MAX_SPAN = 200;
const MAX_PLACES = 5;
const MAX_DECISIONS = 6;
const MAX_COLUMNS = 300;
/** The maximum number of head's lines in all excerpts together. With base's lines, that is one or two megabytes. */
const MAX_LINES = 6000;

type Span = { first: number; last: number };
type Decisions = Record<Side, ReadonlyMap<string, readonly Decision[]>>;

/**
 * The lines of head's files that explain a finding: its places, the changed line that caused it, and the steps between.
 */
function listLines({ places, cause }: Finding): { file: string; line: number }[] {
  return [...places.slice(0, MAX_PLACES), ...(cause === null ? [] : [cause, ...cause.via])];
}

/** Joins spans that touch or nearly touch. */
function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before && span.first <= before.last + CONTEXT) before.last = Math.max(before.last, span.last);
    else joined.push({ ...span });
  }
  return joined;
}

/** The spans of each of head's files, in the order of the findings, up to the maximum number of lines. */
function chooseSpans(findings: readonly Finding[]): Map<string, Span[]> {
  const spans = new Map<string, Span[]>();
  let lines = 0;
  for (const finding of findings) {
    for (const { file, line } of listLines(finding)) {
      const known = spans.get(file) ?? [];
      if (known.some(({ first, last }) => first + CONTEXT <= line && line <= last - CONTEXT)) continue;
      lines += 2 * CONTEXT + 1;
      if (lines > MAX_LINES) return spans;
      spans.set(file, joinSpans([...known, { first: Math.max(1, line - CONTEXT), last: line + CONTEXT }]));
    }
  }
  return spans;
}

function readLines(tree: string, file: string): string[] | null {
  try {
    return showLineComments(readFileSync(path.join(tree, file), 'utf8')).split(/\r?\n/u);
  } catch {
    // Generated files and files of other modules are not shown.
    return null;
  }
}

/**
 * The nearest line from `line` on, upwards or downwards by `step`, that base has as well; null if there is none within
 * `MAX_REACH`. `count`: the number of lines of the file.
 */
function findCommon(file: string, line: number, step: 1 | -1, map: LineMap, count: number) {
  for (let at = line; Math.abs(at - line) <= MAX_REACH && at >= 1 && at <= count; at += step) {
    const base = map.toBase({ file, line: at, column: 0 });
    if (base) return { head: at, base };
  }
  return null;
}

/** The lines of a span, with the compiler's decisions on them. */
function excerptOf(
  lines: readonly string[],
  { first, last }: Span,
  file: string,
  decisions: ReadonlyMap<string, readonly Decision[]>,
): ExcerptSide {
  const notes = new Map<number, Set<string>>();
  for (const decision of decisions.get(file) ?? []) {
    const { line } = decision.position;
    if (line < first || line > last) continue;
    notes.set(line, (notes.get(line) ?? new Set()).add(cut(quoteCompiler(decision))));
  }
  return {
    path: file,
    start: first,
    lines: lines.slice(first - 1, last).map(cut),
    decisions: [...notes]
      .sort(([a], [b]) => a - b)
      .flatMap(([line, texts]) =>
        [...texts]
          .sort(compareText)
          .slice(0, MAX_DECISIONS)
          .map((text) => ({ line, text })),
      ),
  };
}

const cut = (text: string): string =>
  text.length <= MAX_COLUMNS ? text : `${text.slice(0, MAX_COLUMNS - 1)}…`.toWellFormed();

const missing = (): ExcerptSide => ({ path: null, start: 0, lines: [], decisions: [] });

type Files = { trees: Trees; map: LineMap; decisions: Decisions };

function readSpan(
  file: string,
  lines: readonly string[],
  span: Span,
  { trees, map, decisions }: Files,
): SourceExcerpt {
  const count = lines.length;
  const last = Math.min(span.last, count);
  const top = findCommon(file, span.first, -1, map, count);
  const bottom = findCommon(file, last, 1, map, count);
  const widened = { first: top?.head ?? span.first, last: bottom?.head ?? last };
  const head = excerptOf(lines, widened, file, decisions.head);
  const basePath = (top ?? bottom)?.base.file;
  const baseLines = basePath === undefined ? null : readLines(trees.base, basePath);
  if (basePath === undefined || baseLines === null) return { base: missing(), head };
  const first = top?.base.line ?? 1;
  const end = Math.min(bottom?.base.line ?? baseLines.length, first + MAX_SPAN);
  return { base: excerptOf(baseLines, { first, last: end }, basePath, decisions.base), head };
}

/**
 * Reads the parts of files around findings and their causes, on both sides, with the compiler's decisions for each
 * line. If there are too many lines, those of the last findings are left out.
 */
export function readExcerpts(
  findings: Review['findings'],
  results: readonly Pick<ModuleReview, 'baseDecisions' | 'headDecisions'>[],
  { map, trees }: { map: LineMap; trees: Trees },
): SourceExcerpt[] {
  const byFile = (decisions: readonly Decision[]) => Map.groupBy(decisions, ({ position }) => position.file);
  const decisions = {
    base: byFile(results.flatMap(({ baseDecisions }) => baseDecisions)),
    head: byFile(results.flatMap(({ headDecisions }) => headDecisions)),
  };
  return [...chooseSpans(findings)]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([file, spans]) => {
      const lines = readLines(trees.head, file);
      if (lines === null) return [];
      const inFile = spans.filter(({ first }) => first <= lines.length);
      return inFile.map((span) => readSpan(file, lines, span, { trees, map, decisions }));
    });
}
