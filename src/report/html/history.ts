import { benchmarkId } from '../../compare/benchmark-id.ts';
import { type Move, pullRequestOf, type Series } from '../decide/history.ts';
import { html, type Html } from '../model/html-page.ts';
import type { CommitRecord } from '../model/history.ts';
import type { Acceptance } from '../model/pull-request.ts';
import { describeOrigin } from '../words/acceptance.ts';
import { describeCoverage, describeMove, historyWords, shortId } from '../words/history.ts';
import type { PageAssets } from './assets.ts';
import { directionOf } from './benchmarks.ts';
import { renderDocument } from './document.ts';
import { type ChartUnit, drawHistory } from './history-chart.ts';
import { toHash, toHtml, toId } from './markup.ts';

/** The history of a repository's benchmarks as a page. */
export type HistoryPage = {
  /** `OWNER/REPO`. */
  name: string;
  /** The repository's address on GitHub. */
  web: string;
  /** Oldest first. */
  commits: readonly CommitRecord[];
  /** What moved comes first. */
  series: readonly Series[];
  /** By number of the pull request. */
  acceptances: ReadonlyMap<number, readonly Acceptance[]>;
};

const units: readonly ChartUnit[] = [
  { key: 'allocs', name: 'allocs/op' },
  { key: 'bytes', name: 'B/op' },
];

const moveId = (series: Series, move: Move): string =>
  toId('move', `${benchmarkId(series)}:${shortId(move.commit.sha)}`);

/** A commit's subject, whose pull request is a link. */
function writeSubject({ web }: HistoryPage, { subject }: CommitRecord): Html {
  const number = pullRequestOf(subject);
  const mention = `#${number}`;
  const at = number === null ? -1 : subject.lastIndexOf(mention);
  if (at === -1) return html`${subject}`;
  const rest = subject.slice(at + mention.length);
  return html`${subject.slice(0, at)}<a href="${web}/pull/${number}" rel="noreferrer">${mention}</a>${rest}`;
}

function writeMove(page: HistoryPage, series: Series, move: Move): Html {
  const { commit, allocs, bytes, isOther } = move;
  const accepted = page.acceptances.get(pullRequestOf(commit.subject) ?? 0) ?? [];
  const ofThis = accepted.filter((one) => benchmarkId(series) in one.amounts);
  const notes = ofThis.map((one) => html`<p class="accepted">${toHtml(describeOrigin(one))}</p>`);
  return html`<li id="${moveId(series, move)}">
    <b class="${directionOf(allocs === 0 ? bytes : allocs)}">${describeMove(move)}</b>
    <a href="${page.web}/commit/${commit.sha}" rel="noreferrer"><code>${shortId(commit.sha)}</code></a>
    ${commit.time.slice(0, 10)}
    ${writeSubject(page, commit)}${isOther ? ` (${historyWords.other})` : null}${notes}
  </li>`;
}

/** Newest first. */
function writeMoves(page: HistoryPage, series: Series): Html | null {
  if (series.moves.length === 0) return null;
  const items = series.moves.toReversed().map((move) => writeMove(page, series, move));
  return html`<ul class="moves" aria-label="${historyWords.moved}">
    ${items}
  </ul>`;
}

function writeSeries(page: HistoryPage, series: Series): Html {
  const id = toId('benchmark', benchmarkId(series));
  const charts = units.map((unit) => drawHistory(series, unit, (move) => moveId(series, move)));
  return html`<article id="${id}" data-name="${benchmarkId(series)}">
    <h3><span class="package">${series.package}</span> <a href="${toHash(id)}">${series.name}</a></h3>
    <div class="charts">${charts.filter((one) => one !== null)}</div>
    ${writeMoves(page, series)}
  </article> `;
}

function writeProblems({ commits }: HistoryPage): Html | null {
  const broken = commits.filter(({ problem }) => problem !== null);
  if (broken.length === 0) return null;
  const items = broken.map(
    ({ sha, subject, problem }) => html`<li><code>${shortId(sha)}</code> ${subject}: ${problem}</li>`,
  );
  return html`<details>
    <summary><h2>${historyWords.unmeasured} (${broken.length})</h2></summary>
    <ul>
      ${items}
    </ul>
  </details>`;
}

function writeBody(page: HistoryPage): Html {
  const newest = page.commits.at(-1);
  if (newest === undefined) return html`<p>${historyWords.empty} ${historyWords.afterPush}</p>`;
  const moved = page.series.filter(({ moves }) => moves.length > 0);
  const steady = page.series.filter(({ moves }) => moves.length === 0);
  return html`<p class="hint">${describeCoverage(page.commits.length, page.commits.length, newest)}</p>
    <p class="hint">${historyWords.legend}</p>
    <section aria-labelledby="moved">
      <h2 id="moved">${historyWords.movers} (${moved.length})</h2>
      ${moved.length === 0 ? html`<p>${historyWords.nothingMoved}</p>` : moved.map((one) => writeSeries(page, one))}
    </section>
    ${
      steady.length === 0
        ? null
        : html`<details>
            <summary><h2>${historyWords.steady} (${steady.length})</h2></summary>
            ${steady.map((one) => writeSeries(page, one))}
          </details>`
    }
    ${writeProblems(page)}`;
}

/** The page, complete without its script. */
export function renderHistoryPage(
  page: HistoryPage,
  { style, script }: Pick<PageAssets, 'style' | 'script'>,
): string {
  return renderDocument({
    title: `allocgate: history of ${page.name}`,
    style,
    script,
    body: html`<a class="skip" href="#main">Skip to the history</a>
      <header><h1>${historyWords.title}: ${page.name}</h1></header>
      <main id="main">${writeBody(page)}</main>
      <footer><p>Written by allocgate.</p></footer>`,
  });
}
