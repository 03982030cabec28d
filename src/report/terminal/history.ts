import type { ValueRange } from '../../compare/history-point.ts';
import { benchmarkId } from '../../compare/benchmark-id.ts';
import { shortLine } from '../model/escape.ts';
import type { CommitRecord } from '../model/history.ts';
import { isIncrease, type Move, type Series } from '../decide/history.ts';
import { describeCoverage, describeMove, formatRange, historyWords, shortId } from '../words/history.ts';
import { layoutParagraph, type Page, paint, plain, type StyleName } from './layout.ts';

const BARS = '▁▂▃▄▅▆▇█';
const GAP = ' ';

/** A line of bars, one character for each value. The lowest bar is for the least value, a gap for a missing one. */
export function drawSparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const step = (BARS.length - 1) / (high - low || 1);
  return values
    .map((value) => (value === null ? GAP : (BARS[Math.round((value - low) * step)] ?? GAP)))
    .join('');
}

type Unit = 'allocs' | 'bytes';

/** The unit that the line shows: allocations, unless only bytes moved. */
function chooseUnit({ moves }: Series): Unit {
  return moves.length > 0 && moves.every(({ allocs }) => allocs === 0) ? 'bytes' : 'allocs';
}

const middleOf = (range: ValueRange | null | undefined): number | null => range?.middle ?? null;

/** The columns that are kept for the numbers beside a sparkline. */
const NUMBERS = 44;
/** The fewest commits that a sparkline shows, however narrow the window is. */
const MIN_COMMITS = 10;

function renderNumbers(series: Series, { width }: Page): string {
  const unit = chooseUnit(series);
  const shown = Math.max(width - NUMBERS, MIN_COMMITS);
  const line = drawSparkline(series.points.slice(-shown).map((one) => middleOf(one?.point[unit])));
  const last = series.points.findLast((one) => one !== null)?.point;
  const numbers = `${formatRange(last?.allocs ?? null)} allocs/op, ${formatRange(last?.bytes ?? null)} B/op`;
  return `${line}  ${numbers}${unit === 'bytes' ? ' (the line shows B/op)' : ''}`;
}

const styleOf = (move: Move): StyleName => (isIncrease(move) ? 'red' : 'green');

function renderMove(move: Move, page: Page): string[] {
  const { commit, isOther } = move;
  const spans = [
    { text: describeMove(move), styles: [styleOf(move)] },
    plain(` ${shortId(commit.sha)} ${commit.time.slice(0, 10)} ${shortLine(commit.subject)}`),
    ...(isOther ? [plain(` (${historyWords.other})`)] : []),
  ];
  return layoutParagraph(spans, page, '    ', '      ');
}

function renderSeries(series: Series, page: Page): string[] {
  return [
    paint({ text: shortLine(benchmarkId(series)), styles: ['bold'] }, page.colour),
    `  ${renderNumbers(series, page)}`,
    ...series.moves.toReversed().flatMap((move) => renderMove(move, page)),
  ];
}

/**
 * The history of benchmarks as text: a sparkline over the commits, the present numbers, and the commits that moved
 * them, newest first.
 * @param commits the measured commits, oldest first
 * @param total the number of commits that were asked for, measured or not
 */
export function renderHistory(
  series: readonly Series[],
  commits: readonly CommitRecord[],
  total: number,
  page: Page,
): string {
  const newest = commits.at(-1);
  if (newest === undefined) return `${historyWords.empty} ${historyWords.hint}\n`;
  const heading = describeCoverage(commits.length, total, newest);
  if (series.length === 0) return `${heading} ${historyWords.noBenchmark}\n`;
  const blocks = series.map((one) => renderSeries(one, page).join('\n'));
  return `${[heading, ...blocks].join('\n\n')}\n`;
}
