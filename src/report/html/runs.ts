import { html, type Html } from '../model/html-page.ts';
import type { Report, ReportBenchmark } from '../model/schema.ts';
import { formatNumber } from '../words/numbers.ts';
import { pageWords } from '../words/page.ts';
import { hasRuns, hasSection, rowId, runsId, sortBenchmarks } from './benchmarks.ts';
import { toHash } from './markup.ts';

type Side = 'base' | 'head';
const sides: readonly Side[] = ['base', 'head'];
// In units of the drawing's viewBox.
const WIDTH = 240;
const EDGE = 6;
/** The height at which the dots of each side are drawn. */
const rowOf = { base: 10, head: 26 } as const;

/** The units of the samples, allocs/op first. */
function listUnits({ samples }: ReportBenchmark): string[] {
  const units = new Set([...Object.keys(samples.base), ...Object.keys(samples.head)]);
  const known = ['allocs/op', 'B/op', 'ns/op'];
  return [...known.filter((unit) => units.has(unit)), ...[...units].filter((unit) => !known.includes(unit))];
}

const describeRange = (values: readonly number[]): string => {
  if (values.length === 0) return '–';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? formatNumber(low) : `${formatNumber(low)} … ${formatNumber(high)}`;
};

/**
 * The runs of a benchmark in one unit: a row of dots for each side, on one scale that starts at zero. Runs with equal
 * values share a dot. A dot is a segment of length zero with round ends, so that a row is one short element. Screen
 * readers skip the dots, because the words give the same numbers.
 */
function writeDots(unit: string, { samples }: ReportBenchmark): { words: string; dots: Html } {
  const values = { base: samples.base[unit] ?? [], head: samples.head[unit] ?? [] };
  const most = Math.max(1e-9, ...values.base, ...values.head);
  const x = (value: number): string =>
    String(Math.round(EDGE + ((WIDTH - 2 * EDGE) * Math.max(0, value)) / most));
  const rows = sides.map((side) => {
    const places = [...new Set(values[side].map(x))];
    const line = places.map((place) => `M${place} ${rowOf[side]}h0`).join('');
    return line === '' ? null : html`<path class="${side}" d="${line}" />`;
  });
  return {
    words: sides
      .map((side) => `${side} ${describeRange(values[side])} in ${values[side].length} runs`)
      .join(', '),
    dots: html`<svg viewBox="0 0 ${WIDTH} 36" aria-hidden="true">${rows.filter((row) => row !== null)}</svg>`,
  };
}

/** The plots of one benchmark, one for each unit. */
export const writePlots = (benchmark: ReportBenchmark): Html =>
  html`<div class="plots">
    ${listUnits(benchmark).map((unit) => {
      const { words, dots } = writeDots(unit, benchmark);
      return html`<figure class="dots">
        <figcaption>${unit}: ${words}</figcaption>
        ${dots}
      </figure>`;
    })}
  </div>`;

/** One row of the table of runs. Each cell names its unit, because benchmarks can report units of their own. */
function writeRow(benchmark: ReportBenchmark): Html {
  const cells = listUnits(benchmark).map((unit) => {
    const { words, dots } = writeDots(unit, benchmark);
    return html`<td class="dots">${unit}: ${words} ${dots}</td>`;
  });
  return html`<tr id="${runsId(benchmark)}">
    <th scope="row">
      <span class="package">${benchmark.package}</span>
      <a href="${toHash(rowId(benchmark))}">${benchmark.name}</a>
    </th>
    ${cells}
  </tr>`;
}

/** The runs of all benchmarks that have no section of their own; null: there are none. */
export function writeRuns({ benchmarks }: Report): Html | null {
  const rows = sortBenchmarks(benchmarks.filter((one) => !hasSection(one) && hasRuns(one)));
  if (rows.length === 0) return null;
  return html`<details class="runs">
    <summary>${pageWords.otherSamples} (${rows.length})</summary>
    <p class="hint">${pageWords.dots}</p>
    <table aria-label="${pageWords.otherSamples}">
      <tbody>
        ${rows.map(writeRow)}
      </tbody>
    </table>
  </details>`;
}
