import { benchmarkId } from '../../compare/benchmark-id.ts';
import type { Report, ReportBenchmark } from '../model/schema.ts';
import { formatChange } from '../words/numbers.ts';
import { pageWords } from '../words/page.ts';
import { directionIn, directionOf, hasSection, rowId, sortBenchmarks, stacksId } from './benchmarks.ts';
import { html, type Html } from '../model/html-page.ts';
import { toHash } from './markup.ts';
import { writePlots } from './runs.ts';

/** The most rows of the table of lines. */
const MAX_LINES = 40;

/** The lines that allocate, largest change first: the flame graph's content for people who cannot see it. */
function writeLineTable({ allocations = [] }: ReportBenchmark): Html | null {
  const lines = allocations.filter(({ line }) => line !== null);
  if (lines.length === 0) return null;
  const change = ({ objectsPerOp: { base, head } }: (typeof lines)[number]): number => head - base;
  const rows = [...lines]
    .sort((a, b) => Math.abs(change(b)) - Math.abs(change(a)))
    .slice(0, MAX_LINES)
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
      <span class="${directionIn(benchmark, allocsPerOp)}">${formatChange(allocsPerOp)} allocs/op</span>
    </summary>
    <div class="body">
      <p><a href="${toHash(rowId(benchmark))}">In the table of benchmarks</a></p>
      ${reason === null ? null : html`<p>${reason}</p>`} ${flame}${writeLineTable(benchmark)}
      <h4>${pageWords.samples}</h4>
      ${writePlots(benchmark)}
    </div>
  </details> `;
}

/**
 * The sections about benchmarks that changed or were profiled: flame graph, allocating lines, and a dot for every run.
 * Null if there are none.
 */
export function writeChanged({ benchmarks }: Report): Html | null {
  const changed = sortBenchmarks(benchmarks.filter(hasSection));
  return changed.length === 0 ? null : html`${changed.map(writeBenchmark)}`;
}
