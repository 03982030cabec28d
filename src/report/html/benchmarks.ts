import { benchmarkId } from '../../compare/benchmark-id.ts';
import { compareText } from '../../compare/order.ts';
import type { Amount } from '../../compare/types.ts';
import type { Report, ReportBenchmark } from '../model/schema.ts';
import { formatChange, formatSigned } from '../words/numbers.ts';
import { isChanged } from '../words/headline.ts';
import { pageWords, verdictOrder } from '../words/page.ts';
import { html, type Html } from '../model/html-page.ts';
import { writeChoice, writeCount, writeNameFilter, writePackageFilter } from './filter.ts';
import { toHash, toId } from './markup.ts';

/** The ID of a benchmark's row in the table of benchmarks. */
export const rowId = (benchmark: ReportBenchmark): string => toId('benchmark', benchmarkId(benchmark));
/** The ID of the section that shows where a benchmark's objects come from. */
export const stacksId = (benchmark: ReportBenchmark): string => toId('stacks', benchmarkId(benchmark));
/** The ID of the row that shows the runs of a benchmark without such a section. */
export const runsId = (benchmark: ReportBenchmark): string => toId('runs', benchmarkId(benchmark));

/** Whether the page has a section about a benchmark: its numbers changed, or it was profiled. */
export const hasSection = (benchmark: ReportBenchmark): boolean =>
  isChanged(benchmark) || benchmark.allocations !== undefined;

/** Whether a benchmark ran on a side at all. */
export const hasRuns = ({ samples }: ReportBenchmark): boolean =>
  [samples.base, samples.head].some((side) => Object.keys(side).length > 0);

/** The ID of the place with the most about a benchmark: its section, else its runs, else its row in the table. */
function findTarget(benchmark: ReportBenchmark): string {
  if (hasSection(benchmark)) return stacksId(benchmark);
  return hasRuns(benchmark) ? runsId(benchmark) : rowId(benchmark);
}

const rank = ({ verdict }: ReportBenchmark): number => verdictOrder.indexOf(verdict);
const size = ({ delta }: Amount): number => Math.abs(delta ?? 0);

/** A copy sorted by verdict, then by the size of the change, the largest first. */
export const sortBenchmarks = (benchmarks: readonly ReportBenchmark[]): ReportBenchmark[] =>
  [...benchmarks].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      size(b.allocsPerOp) - size(a.allocsPerOp) ||
      size(b.bytesPerOp) - size(a.bytesPerOp) ||
      compareText(benchmarkId(a), benchmarkId(b)),
  );

/** The class for the width of a bar: the page's policy forbids style attributes. */
function widthOf(value: number | null, most: number): string {
  if (value === null || most === 0) return 'w0';
  return `w${value === 0 ? 0 : Math.max(1, Math.round((100 * value) / most))}`;
}

/** The style of these classes, one for each width in per cent. */
export const barWidths: string = Array.from(
  { length: 101 },
  (_, width) => `.w${width}{width:${width}%}`,
).join('');

function writeBars({ base, head }: Amount): Html {
  const most = Math.max(base ?? 0, head ?? 0);
  return html`<span class="bars" aria-hidden="true"
    ><i class="base ${widthOf(base, most)}"></i><i class="head ${widthOf(head, most)}"></i
  ></span>`;
}

/** The class that colours a difference: red for more, green for less. */
export const directionOf = (delta: number | null): string =>
  delta === null || delta === 0 ? 'same' : delta > 0 ? 'up' : 'down';

/** The class that colours a benchmark's difference. One that may be random is neither red nor green. */
export const directionIn = ({ verdict }: ReportBenchmark, { delta }: Amount): string =>
  verdict === 'noisy' && delta !== null && delta !== 0 ? 'noisy' : directionOf(delta);

function writeAmount(benchmark: ReportBenchmark, amount: Amount): Html {
  const { delta } = amount;
  const difference =
    delta === null || delta === 0
      ? null
      : html` <b class="${directionIn(benchmark, amount)}">${formatSigned(delta)}</b>`;
  return html`<td class="amount">
    <span class="numbers">${formatChange(amount)}${difference}</span>${writeBars(amount)}
  </td>`;
}

function writeRow(benchmark: ReportBenchmark): Html {
  const { package: path, name, verdict, allocsPerOp, bytesPerOp } = benchmark;
  const id = rowId(benchmark);
  return html`<tr
    id="${id}"
    data-package="${path}"
    data-verdict="${verdict}"
    data-allocs="${allocsPerOp.delta ?? 0}"
    data-bytes="${bytesPerOp.delta ?? 0}"
  >
    <th scope="row">
      <span class="package">${path}</span> <a href="${toHash(findTarget(benchmark))}">${name}</a>
    </th>
    <td><span class="verdict ${verdict}">${verdict}</span></td>
    ${writeAmount(benchmark, allocsPerOp)}${writeAmount(benchmark, bytesPerOp)}
  </tr> `;
}

/** The filter is hidden until the page's script, which it needs, shows it. */
function writeFilter(benchmarks: readonly ReportBenchmark[]): Html {
  const verdicts = verdictOrder.filter((one) => benchmarks.some(({ verdict }) => verdict === one));
  return html`<form id="filter" role="search" aria-label="Benchmarks" hidden>
    ${writeNameFilter()} ${writePackageFilter(benchmarks)} ${writeChoice('Verdict', 'verdict', verdicts)}
    ${writeCount(benchmarks.length)}
  </form>`;
}

const columns = [
  { key: 'name', title: 'Benchmark' },
  { key: 'verdict', title: 'Verdict' },
  { key: 'allocs', title: 'allocs/op' },
  { key: 'bytes', title: 'B/op' },
];

/** The table of all benchmarks with bars for base and head, in the order of `sortBenchmarks`. */
export function writeBenchmarkTable({ benchmarks }: Report): Html {
  if (benchmarks.length === 0) return html`<p>${pageWords.noBenchmarks}</p>`;
  const header = columns.map(({ key, title }) => html`<th scope="col" data-sort="${key}">${title}</th>`);
  return html`${writeFilter(benchmarks)}
    <p class="hint">${pageWords.scale}</p>
    <table id="benchmarks-table" aria-label="${pageWords.benchmarks}">
      <thead>
        <tr>
          ${header}
        </tr>
      </thead>
      <tbody>
        ${sortBenchmarks(benchmarks).map(writeRow)}
      </tbody>
    </table>`;
}
