import { isExact, type ValueRange } from '../../compare/history-point.ts';
import { isIncrease, type Move, type Series } from '../decide/history.ts';
import { html, type Html } from '../model/html-page.ts';
import { describeMove, formatRange, historyWords, shortId } from '../words/history.ts';
import { toHash } from './markup.ts';

// In units of the drawing's viewBox, which the browser scales to the width of the page.
const WIDTH = 600;
const HEIGHT = 90;
const LEFT = 64;
const RIGHT = 12;
const EDGE = 12;

/** A unit that is drawn: the key of its values in a point, and its name. */
export type ChartUnit = { key: 'allocs' | 'bytes'; name: 'allocs/op' | 'B/op' };

/** The range of the values, and the coordinates of commits (by index) and values in the drawing. */
type Scale = { low: number; high: number; x: (at: number) => number; y: (value: number) => number };

const round = (value: number): number => Math.round(value * 10) / 10;

/** The scale from the least to the greatest value. If all values are equal, their line is in the middle. */
function makeScale(ranges: readonly (ValueRange | null)[]): Scale {
  const known = ranges.filter((range) => range !== null);
  const low = Math.min(...known.map((range) => range.low));
  const high = Math.max(...known.map((range) => range.high));
  const step = (WIDTH - LEFT - RIGHT) / Math.max(ranges.length - 1, 1);
  const y = (value: number): number =>
    high === low ? HEIGHT / 2 : EDGE + ((high - value) / (high - low)) * (HEIGHT - 2 * EDGE);
  return { low, high, x: (at) => round(LEFT + at * step), y: (value) => round(y(value)) };
}

/**
 * The path of a step line through the middles of the ranges, with a gap for commits without a result. Commits with
 * equal values share one segment.
 */
function drawLine(ranges: readonly (ValueRange | null)[], { x, y }: Scale): string {
  const parts: string[] = [];
  let last: number | null = null;
  for (const [at, range] of ranges.entries()) {
    if (range === null) {
      if (last !== null) parts.push(`H${x(at - 1)}`);
      last = null;
      continue;
    }
    const next = y(range.middle);
    if (last === null) parts.push(`M${x(at)} ${next}`);
    else if (next !== last) parts.push(`H${x(at)}V${next}`);
    last = next;
  }
  // A single result is a segment of length zero, which its round ends make a dot.
  if (last !== null) parts.push(`H${x(ranges.length - 1)}`);
  return parts.join('');
}

/** A bar from the least to the greatest value of each commit whose runs disagree. */
function drawBands(ranges: readonly (ValueRange | null)[], { x, y }: Scale): Html[] {
  return ranges.flatMap((range, at) => {
    if (range === null || isExact(range)) return [];
    const [top, bottom] = [y(range.high), y(range.low)];
    return [
      html`<rect
        class="band"
        x="${x(at) - 3}"
        y="${top}"
        width="6"
        height="${Math.max(round(bottom - top), 1)}"
      />`,
    ];
  });
}

/** A commit that moved the benchmark. `id` is the ID of its entry in the list below the drawing. */
export type Mark = { move: Move; id: string; isAccepted: boolean };

function drawMark({ move, id, isAccepted }: Mark, at: number, range: ValueRange, { x, y }: Scale): Html {
  const accepted = isAccepted ? ` (${historyWords.accepted})` : '';
  const label = `${describeMove(move)}: ${shortId(move.commit.sha)} ${move.commit.subject}${accepted}`;
  const direction = isIncrease(move) ? 'up' : 'down';
  const kind = isAccepted ? `${direction} accepted` : direction;
  return html`<a href="${toHash(id)}" aria-label="${label}"
    ><title>${label}</title><circle class="mark ${kind}" cx="${x(at)}" cy="${y(range.middle)}" r="5"
  /></a>`;
}

/** Draws one unit of a benchmark over all commits, with a link at each commit that moved it; null: it has no values. */
export function drawHistory(
  series: Series,
  { key, name }: ChartUnit,
  allMarks: readonly Mark[],
): Html | null {
  const ranges = series.points.map((one) => one?.point[key] ?? null);
  const last = ranges.findLast((range) => range !== null);
  if (!last) return null;
  const scale = makeScale(ranges);
  const known = new Map(
    allMarks.filter(({ move }) => move[key] !== 0).map((mark) => [mark.move.commit.sha, mark]),
  );
  const marks = series.points.flatMap((one, at) => {
    const mark = one && known.get(one.commit.sha);
    const range = ranges[at];
    return mark && range ? [drawMark(mark, at, range, scale)] : [];
  });
  const { low, high } = scale;
  const span = low === high ? `always ${low}` : `${low} to ${high}`;
  const label = `${name} over ${ranges.length} commits: ${span}, now ${formatRange(last)}`;
  const numbers =
    low === high
      ? html`<text x="${LEFT - 8}" y="${HEIGHT / 2 + 4}">${low}</text>`
      : html`<text x="${LEFT - 8}" y="${EDGE + 4}">${high}</text
          ><text x="${LEFT - 8}" y="${HEIGHT - EDGE + 4}">${low}</text>`;
  return html`<figure class="history">
    <figcaption>${name}, now ${formatRange(last)}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label="${label}">
      <g aria-hidden="true">
        ${numbers}
        <path class="trend" d="${drawLine(ranges, scale)}" />
        ${drawBands(ranges, scale)}
      </g>
      ${marks}
    </svg>
  </figure>`;
}
