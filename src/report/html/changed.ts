import { benchmarkId } from '../../compare/benchmark-id.ts';
import type { Report, ReportBenchmark } from '../model/schema.ts';
import { formatChange, formatNumber } from '../words/finding.ts';
import { isChanged } from '../words/headline.ts';
import { pageWords } from '../words/page.ts';
import { directionOf, rowId, sortBenchmarks, stacksId } from './benchmarks.ts';
import { html, type Html } from '../model/html-page.ts';
import { toHash } from './markup.ts';

type Side = 'base' | 'head';
const sides: readonly Side[] = ['base', 'head'];
/** The maximum number of dots for one side. A benchmark runs a few dozen times at most. */
const maxDots = 60;
const plotWidth = 240;

/** The units of the samples, allocs/op first. */
function listUnits({ samples }: ReportBenchmark): string[] {
  const units = new Set([...Object.keys(samples.base), ...Object.keys(samples.head)]);
  const known = ['allocs/op', 'B/op', 'ns/op'];
  return [...known.filter((unit) => units.has(unit)), ...[...units].filter((unit) => !known.includes(unit))];
}

const range = (values: readonly number[]): string => {
  if (values.length === 0) return '–';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? formatNumber(low) : `${formatNumber(low)} … ${formatNumber(high)}`;
};

/** One unit: a row of dots for each side. All values are on the same scale, which starts at zero. */
function writeDots(unit: string, { samples }: ReportBenchmark): Html {
  const values = { base: samples.base[unit] ?? [], head: samples.head[unit] ?? [] };
  const most = Math.max(1e-9, ...values.base, ...values.head);
  const x = (value: number): string => (6 + ((plotWidth - 12) * Math.max(0, value)) / most).toFixed(1);
  const line = (side: Side, y: number): Html =>
    html`<line x1="6" x2="${plotWidth - 6}" y1="${y}" y2="${y}" />${values[side]
        .slice(0, maxDots)
        .map((value) => html`<circle class="${side}" cx="${x(value)}" cy="${y}" r="4" />`)}`;
  const words = sides.map((side) => `${side} ${range(values[side])} in ${values[side].length} runs`);
  return html`<figure class="dots">
    <figcaption>${unit}: ${words.join(', ')}</figcaption>
    <svg
      role="img"
      aria-label="${unit}: ${words.join(', ')}"
      viewBox="0 0 ${plotWidth} 36"
      width="${plotWidth}"
      height="36"
    >
      ${line('base', 10)}${line('head', 26)}
    </svg>
  </figure>`;
}

/** The lines that allocate, largest change first: the flame graph's content for people who cannot see it. */
function writeLines({ allocations = [] }: ReportBenchmark): Html | null {
  const lines = allocations.filter(({ line }) => line !== null);
  if (lines.length === 0) return null;
  const change = ({ objectsPerOp: { base, head } }: (typeof lines)[number]): number => head - base;
  const rows = [...lines]
    .sort((a, b) => Math.abs(change(b)) - Math.abs(change(a)))
    .slice(0, 40)
    .map((node) => {
      const place = `${node.line?.file}:${node.line?.line}${node.line?.isGone ? ' (base)' : ''}`;
      return html`<tr>
        <th scope="row"><code>${place}</code> <span class="package">${node.function}</span></th>
        <td class="${directionOf(change(node))}">${formatChange(node.objectsPerOp)}</td>
        <td>${formatChange(node.bytesPerOp)}</td>
      </tr>`;
    });
  return html`<table class="lines">
    <caption>
      ${pageWords.lines}
    </caption>
    <thead>
      <tr>
        <th scope="col">Line</th>
        <th scope="col">objects/op</th>
        <th scope="col">B/op</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function writeBenchmark(benchmark: ReportBenchmark, index: number): Html {
  const { package: path, name, verdict, reason, allocsPerOp, allocations } = benchmark;
  const flame = allocations
    ? html`<div class="flame" data-tree="${benchmarkId(benchmark)}" hidden>
        <p class="hint">${pageWords.flame}</p>
      </div>`
    : null;
  return html`<details class="changed" id="${stacksId(benchmark)}" ${index < 3 ? html` open` : null}>
    <summary>
      <h3><span class="package">${path}</span> ${name}</h3>
      <span class="verdict ${verdict}">${verdict}</span>
      <span class="${directionOf(allocsPerOp.delta)}">${formatChange(allocsPerOp)} allocs/op</span>
    </summary>
    <div class="body">
      <p><a href="${toHash(rowId(benchmark))}">In the table of benchmarks</a></p>
      ${reason === null ? null : html`<p>${reason}</p>`} ${flame}${writeLines(benchmark)}
      <h4>${pageWords.samples}</h4>
      <div class="plots">${listUnits(benchmark).map((unit) => writeDots(unit, benchmark))}</div>
    </div>
  </details> `;
}

/** The section of each changed benchmark: flame graph, allocating lines, and a dot for every run. */
export function writeChanged({ benchmarks }: Report): Html | null {
  const changed = sortBenchmarks(benchmarks.filter((one) => isChanged(one) || one.allocations !== undefined));
  return changed.length === 0 ? null : html`${changed.map(writeBenchmark)}`;
}
