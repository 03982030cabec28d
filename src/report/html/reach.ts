import { compareText } from '../../compare/order.ts';
import { html, type Html } from '../model/html-page.ts';
import type { Report } from '../model/schema.ts';
import { pageWords } from '../words/page.ts';
import { describeLinesNotRun, describeReach, describeRunners } from '../words/reach.ts';
import { toHash, toHtml, toId } from './markup.ts';

type ChangedFunction = NonNullable<Report['changedFunctions']>[number];

/** The most benchmarks that are named for one function. The others are only counted. */
const MAX_NAMED = 8;

/** Puts functions that no benchmark runs first, then those for which this is unknown. */
const rank = ({ isRun }: ChangedFunction): number => (isRun === false ? 0 : isRun === null ? 1 : 2);

/** The benchmarks that run a function, with links to their rows, or words if none can be named. */
function writeRunners(one: ChangedFunction): Html {
  if (one.isRun !== true || one.benchmarks.length === 0) {
    return html`<span class="${one.isRun === false ? 'up' : 'same'}">${toHtml(describeRunners(one))}</span>`;
  }
  const links = one.benchmarks
    .slice(0, MAX_NAMED)
    .map((id) => html`<li><a href="${toHash(toId('benchmark', id))}">${id}</a></li>`);
  const more = one.benchmarks.length - links.length;
  const lines = describeLinesNotRun(one);
  return html`<ul>
      ${links}${more > 0 ? html`<li>${pageWords.more(more)}</li>` : null}
    </ul>
    ${lines.length > 0 ? html`<p class="up">${toHtml(lines)}</p>` : null}`;
}

function writeFunction(one: ChangedFunction): Html {
  return html`<tr>
    <th scope="row"><code>${one.name}</code> <span class="package">${one.file}:${one.line}</span></th>
    <td>${pageWords.changes[one.change]}</td>
    <td>${writeRunners(one)}</td>
  </tr>`;
}

/**
 * The table of changed functions with the benchmarks that run them. Functions that no benchmark runs come first. Null
 * if no function changed.
 */
export function writeReach(report: Report): Html | null {
  const { changedFunctions = [] } = report;
  if (changedFunctions.length === 0) return null;
  const rows = [...changedFunctions]
    .sort((a, b) => rank(a) - rank(b) || compareText(a.file, b.file) || a.line - b.line)
    .map(writeFunction);
  return html`<h3>${pageWords.functions}</h3>
    <p>${toHtml(describeReach(report))}</p>
    <table class="functions" aria-label="${pageWords.functions}">
      <thead>
        <tr>
          <th scope="col">Function</th>
          <th scope="col">Changed</th>
          <th scope="col">Run by</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`;
}
