import { benchmarkId } from '../../compare/benchmark-id.ts';
import { toScriptJson } from '../model/escape.ts';
import type { Report } from '../model/schema.ts';
import { describeMeasuredPart, describeNotCompared } from '../words/not-compared.ts';
import {
  describeRest,
  describeSandbox,
  describeSides,
  describeTiming,
  describeVerdict,
} from '../words/headline.ts';
import { historyWords } from '../words/history.ts';
import { formatSeconds } from '../words/numbers.ts';
import { pageWords } from '../words/page.ts';
import type { PageAssets } from './assets.ts';
import { barWidths, writeBenchmarkTable } from './benchmarks.ts';
import { writeChanged } from './changed.ts';
import { renderDocument } from './document.ts';
import { findingId, writeFindings } from './findings.ts';
import { html, type Html } from '../model/html-page.ts';
import { toHash, trusted, writeLines } from './markup.ts';
import { writeReach } from './reach.ts';
import { writeRuns } from './runs.ts';
import { toPageNodes } from './trees.ts';

function writeUnmeasured(report: Report): Html {
  const words = describeNotCompared(report);
  const names = report.unmeasured.flatMap((one) => {
    const name =
      one.package === null
        ? null
        : one.name === null
          ? one.package
          : benchmarkId({ package: one.package, name: one.name });
    const part = describeMeasuredPart(one);
    return name === null ? [] : [html`<li><code>${name}</code>${part === '' ? null : `: ${part}`}</li>`];
  });
  const possible = report.findings.filter(({ evidence }) => evidence === 'possible');
  const lines = possible.map(
    (finding) =>
      html`<li>
        <a href="${toHash(findingId(finding))}"><code>${finding.file}:${finding.line}</code></a>
        ${finding.compiler ?? finding.rule}
      </li>`,
  );
  return html`<p>${words === '' ? pageWords.allCompared : words}</p>
    ${
      names.length === 0
        ? null
        : html`<ul>
            ${names}
          </ul>`
    }${
      lines.length === 0
        ? null
        : html`<h3>${pageWords.possible}</h3>
            <ul>
              ${lines}
            </ul>`
    }
    ${writeReach(report)}`;
}

function writeMeasured(report: Report): Html {
  const rest = describeRest(report);
  const stages = Object.entries(report.timing.stages).filter(([, time]) => time > 0);
  const rows = stages.map(
    ([stage, time]) =>
      html`<tr>
        <th scope="row">${stage}</th>
        <td>${formatSeconds(time)}</td>
      </tr>`,
  );
  const skipped = report.skipped.packages.map((name) => html`<li><code>${name}</code></li>`);
  return html`<p>
      Compared ${describeSides(report)}. Took ${describeTiming(report.timing)},
      ${describeSandbox(report.sandbox)}. ${rest}
    </p>
    ${
      rows.length === 0
        ? null
        : html`<table class="stages">
            <caption>
              Time of each stage
            </caption>
            <tbody>
              ${rows}
            </tbody>
          </table>`
    }
    ${
      skipped.length === 0
        ? null
        : html`<details>
            <summary>Packages not run, because their test binaries are identical</summary>
            <ul>
              ${skipped}
            </ul>
          </details>`
    }
    ${writeRuns(report)}`;
}

const section = (id: string, title: string, body: Html | null): Html | null =>
  body &&
  html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section> `;

function listSections(
  report: Report,
  assets: PageAssets,
): { id: string; title: string; body: Html | null }[] {
  const list = (lines: readonly string[]): Html | null =>
    lines.length === 0
      ? null
      : html`<ul>
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>`;
  // A head that does not compile has no findings and no benchmarks.
  const isCompiled = report.verdict !== 'error';
  return [
    {
      id: 'compiler',
      title: pageWords.compiler,
      body: report.buildErrors.length === 0 ? null : writeLines(report.buildErrors),
    },
    {
      id: 'findings',
      title: `${pageWords.findings} (${report.findings.length})`,
      body: isCompiled ? writeFindings(report, assets) : null,
    },
    {
      id: 'benchmarks',
      title: `${pageWords.benchmarks} (${report.benchmarks.length})`,
      body: isCompiled ? writeBenchmarkTable(report) : null,
    },
    { id: 'changed', title: pageWords.changed, body: writeChanged(report) },
    { id: 'unmeasured', title: pageWords.unmeasured, body: isCompiled ? writeUnmeasured(report) : null },
    { id: 'warnings', title: pageWords.warnings, body: list(report.warnings) },
    { id: 'measured', title: pageWords.measured, body: writeMeasured(report) },
  ].filter(({ body }) => body !== null);
}

function writeTrees(report: Report): Html {
  const trees = report.benchmarks.flatMap((benchmark) => {
    const nodes = toPageNodes(benchmark);
    return nodes === null ? [] : [[benchmarkId(benchmark), nodes] as const];
  });
  return trusted(
    `<script type="application/json" id="trees">${toScriptJson(Object.fromEntries(trees))}</script>`,
  );
}

/**
 * Renders a report as one HTML file that loads nothing.
 * @param history the address of the page about the repository's history; undefined: no server serves it
 */
export function renderHtml(report: Report, assets: PageAssets, history?: string): string {
  const style = `${assets.style}${barWidths}`;
  const word = report.verdict.toUpperCase();
  const sections = listSections(report, assets);
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  if (history !== undefined) links.push(html`<li><a href="${history}">${historyWords.title}</a></li>`);
  return renderDocument({
    title: `allocgate ${word}: ${describeSides(report)}`,
    style,
    script: assets.script,
    body: html`<a class="skip" href="#main">Skip to the report</a>
      <header>
        <h1><span class="badge ${report.verdict}">${word}</span> ${describeVerdict(report)}</h1>
        <p class="hint">${describeSides(report)}</p>
        <nav aria-label="Report">
          <ul>
            ${links}
          </ul>
        </nav>
      </header>
      <main id="main">
        <noscript><p>${pageWords.noScript}</p></noscript>
        ${sections.map(({ id, title, body }) => section(id, title, body)).filter((one) => one !== null)}
      </main>
      <footer><p>Written by allocgate.</p></footer>
      ${writeTrees(report)}`,
  });
}
