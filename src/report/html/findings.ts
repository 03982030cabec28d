import { listPatchLines } from '../model/patches.ts';
import type { Report, ReportFinding } from '../model/schema.ts';
import { evidenceWords } from '../words/evidence.ts';
import { describeFinding } from '../words/finding.ts';
import { describeOwnBenchmark } from '../words/own-benchmarks.ts';
import { pageWords } from '../words/page.ts';
import { describeSuggestion } from '../words/suggestions.ts';
import type { PageAssets } from './assets.ts';
import { writeAdvice, writeExercise } from './exercise.ts';
import { html, type Html } from '../model/html-page.ts';
import { toHash, toHtml, toId, toWebAddress, writeLines } from './markup.ts';
import { alignAll, isShown, lineId, writeSource, type Aligned } from './source.ts';

/** The ID of a finding's section. */
export const findingId = ({ id }: ReportFinding): string => toId('finding', id);
const exerciseId = (id: string): string => toId('exercise', id);

/** How many findings are open when the page is opened. */
const OPEN_FINDINGS = 5;

function writeStep(
  finding: ReportFinding,
  { file, line, text }: { file: string; line: number; text: string },
  sources: readonly Aligned[],
): Html {
  const place = html`<code>${file}:${line}</code>`;
  const link = html`<a href="${toHash(lineId(finding, file, line))}">${place}</a>`;
  return html`<li>
    ${isShown(sources, { file, line }) ? link : place} ${text === '' ? null : html`<span>${text}</span>`}
  </li>`;
}

/** The changed line, the steps and the allocating line, each with a link to its code if the page shows that line. */
function writeChain(finding: ReportFinding, sources: readonly Aligned[]): Html | null {
  const { cause } = finding;
  if (cause === null) return null;
  const last = { file: finding.file, line: finding.line, text: finding.compiler ?? pageWords.allocatesHere };
  const steps = [cause, ...cause.via, last].map((step) => writeStep(finding, step, sources));
  return html`<h4>${pageWords.chain}</h4>
    <ol class="chain">
      ${steps}
    </ol>`;
}

/** The page of an exercise is shown at the first finding that cites it; other findings link to it. */
function writeExerciseOf(finding: ReportFinding, isFirst: boolean, assets: PageAssets): Html {
  const { id, title } = finding.exercise;
  const markdown = assets.exercise(id);
  const name = html`${id} ${writeAdvice(title)}`;
  if (markdown === null) return html`<p>${name}</p>`;
  if (!isFirst) return html`<p><a href="${toHash(exerciseId(id))}">${name}</a></p>`;
  return html`<details id="${exerciseId(id)}">
    <summary>${name}</summary>
    <div class="page">${writeExercise(markdown)}</div>
  </details>`;
}

/** The advice of a finding, next to its explanation. */
function writeAside(finding: ReportFinding, isFirst: boolean, assets: PageAssets): Html {
  const { advice, source, url, others } = describeFinding(finding);
  const exercise = writeExerciseOf(finding, isFirst, assets);
  const address = url === null ? null : toWebAddress(url);
  const link = address === null ? html`${source}` : html`<a href="${address}" rel="noreferrer">${source}</a>`;
  return html`<aside class="exercise" aria-label="${pageWords.advice}: ${finding.file}:${finding.line}">
    <h4>${pageWords.advice}</h4>
    <p>${writeAdvice(advice)}</p>
    <h4>${pageWords.exercise}</h4>
    ${exercise} ${source === '' ? null : html`<p class="hint">${link}</p>`}
    ${others.length === 0 ? null : html`<p class="hint">${pageWords.others} ${others.map((one) => html`<br />${writeAdvice(one)}`)}</p>`}
  </aside>`;
}

/** The last lines that a benchmark printed that broke at head. */
const writeFailure = ({ failure }: ReportFinding): Html | null =>
  failure && failure.detail !== '' ? writeLines(failure.detail.split('\n')) : null;

/** The fix that was tried, with its patch. */
function writeFix({ suggestion }: ReportFinding): Html | null {
  if (!suggestion) return null;
  return html`<h4>${pageWords.fix}</h4>
    <p>${toHtml(describeSuggestion(suggestion))}</p>
    ${writeLines(listPatchLines(suggestion.patch))}`;
}

/** The benchmark that was written for a function that nothing measures, or why there is none. */
function writeOwnBenchmark({ ownBenchmark }: ReportFinding): Html | null {
  if (!ownBenchmark) return null;
  const code = 'code' in ownBenchmark ? writeLines(ownBenchmark.code.trimEnd().split('\n')) : null;
  return html`<h4>${pageWords.ownBenchmark}</h4>
    <p>${toHtml(describeOwnBenchmark(ownBenchmark))}</p>
    ${code}`;
}

type Context = { report: Report; sources: readonly Aligned[]; assets: PageAssets; cited: Set<string> };

function writeFinding(
  finding: ReportFinding,
  index: number,
  { report, sources, assets, cited }: Context,
): Html {
  const text = describeFinding(finding);
  const { label, sentence } = evidenceWords[finding.evidence];
  const isFirst = !cited.has(finding.exercise.id);
  cited.add(finding.exercise.id);
  const id = findingId(finding);
  const gates = finding.gates ? html` <span class="gates">gates the merge</span>` : null;
  return html`<article class="finding" aria-label="${finding.file}:${finding.line} ${finding.rule}">
    <details id="${id}" ${index < OPEN_FINDINGS ? html` open` : null}>
      <summary>
        <h3>
          <span class="evidence ${finding.evidence}">${label}</span>
          <code>${finding.file}:${finding.line}</code> ${finding.rule}
        </h3>
        ${gates} <span class="cost">${toHtml(text.cost)}</span>
      </summary>
      <div class="body">
        <div class="story">
          <p>${toHtml(text.why)}</p>
          <p>${toHtml(text.cause)}</p>
          ${writeFailure(finding)} ${writeChain(finding, sources)} ${writeFix(finding)}
          ${writeOwnBenchmark(finding)}
          <p class="hint">${sentence} <a href="${toHash(id)}">Link to this finding</a></p>
        </div>
        ${writeAside(finding, isFirst, assets)}
        <div class="source">${writeSource(finding, sources, report.benchmarks)}</div>
      </div>
    </details>
  </article> `;
}

/** All findings, in the order of the report: the strongest evidence first. */
export function writeFindings(report: Report, assets: PageAssets): Html {
  if (report.findings.length === 0) return html`<p>${pageWords.noFindings}</p>`;
  const context = { report, sources: alignAll(report.sources ?? []), assets, cited: new Set<string>() };
  return html`${report.findings.map((finding, index) => writeFinding(finding, index, context))}`;
}
