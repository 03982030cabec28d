import { benchmarkId } from '../../compare/benchmark-id.ts';
import { isIncrease, type Move, type Series } from '../decide/history.ts';
import { html, type Html } from '../model/html-page.ts';
import type { CommitRecord } from '../model/history.ts';
import type { Acceptance } from '../model/pull-request.ts';
import { describeOrigin } from '../words/acceptance.ts';
import { describeCoverage, describeMove, historyWords, shortId } from '../words/history.ts';
import type { PageAssets } from './assets.ts';
import { renderDocument } from './document.ts';
import { writeCount, writeNameFilter, writePackageFilter } from './filter.ts';
import { type ChartUnit, drawHistory } from './history-chart.ts';
import { toHash, toHtml, toId } from './markup.ts';

/** What the page about the history of a repository's benchmarks shows. */
export type HistoryPage = {
  /** `OWNER/REPO`. */
  name: string;
  /** The repository's address on GitHub. */
  web: string;
  /** Oldest first. */
  commits: readonly CommitRecord[];
  series: readonly Series[];
  /** The acceptances of merged pull requests, by the number of the pull request. */
  acceptances: ReadonlyMap<number, readonly Acceptance[]>;
};

const units: readonly ChartUnit[] = [
  { key: 'allocs', name: 'allocs/op' },
  { key: 'bytes', name: 'B/op' },
];

const moveId = (series: Series, move: Move): string =>
  toId('move', `${benchmarkId(series)}:${shortId(move.commit.sha)}`);

/** A commit's subject, with a link to its pull request. */
function writeSubject({ web }: HistoryPage, { commit: { subject }, pullRequest }: Move): Html {
  if (pullRequest === null) return html`${subject}`;
  const mention = `#${pullRequest}`;
  const link = html`<a href="${web}/pull/${pullRequest}" rel="noreferrer">${mention}</a>`;
  const at = subject.search(new RegExp(`${mention}(?!.*${mention}|\\d)`, 'u'));
  if (at === -1) return html`${subject} (${link})`;
  return html`${subject.slice(0, at)}${link}${subject.slice(at + mention.length)}`;
}

/** The acceptances of a benchmark's move: those of the pull request that brought it. */
const listAccepted = (page: HistoryPage, series: Series, { pullRequest }: Move): Acceptance[] =>
  (pullRequest === null ? [] : (page.acceptances.get(pullRequest) ?? [])).filter(
    (one) => benchmarkId(series) in one.amounts,
  );

function writeMove(page: HistoryPage, series: Series, move: Move): Html {
  const { commit, isOther } = move;
  const notes = listAccepted(page, series, move).map(
    (one) => html`<p class="accepted">${toHtml(describeOrigin(one))}</p>`,
  );
  return html`<li id="${moveId(series, move)}">
    <b class="${isIncrease(move) ? 'up' : 'down'}">${describeMove(move)}</b>
    <a href="${page.web}/commit/${commit.sha}" rel="noreferrer"><code>${shortId(commit.sha)}</code></a>
    ${commit.time.slice(0, 10)}
    ${writeSubject(page, move)}${isOther ? ` (${historyWords.other})` : null}${notes}
  </li>`;
}

/** The list of commits that moved a benchmark, newest first; null: none did. */
function writeMoves(page: HistoryPage, series: Series): Html | null {
  if (series.moves.length === 0) return null;
  const items = series.moves.toReversed().map((move) => writeMove(page, series, move));
  return html`<ul class="moves" aria-label="${historyWords.moved}">
    ${items}
  </ul>`;
}

const largest = ({ moves }: Series, key: 'allocs' | 'bytes'): number =>
  Math.max(0, ...moves.map((move) => Math.abs(move[key])));
const newest = ({ moves }: Series): number => moves.at(-1)?.commit.position ?? -1;

function writeSeries(page: HistoryPage, series: Series): Html {
  const id = toId('benchmark', benchmarkId(series));
  const marks = series.moves.map((move) => ({
    move,
    id: moveId(series, move),
    isAccepted: listAccepted(page, series, move).length > 0,
  }));
  const charts = units.map((unit) => drawHistory(series, unit, marks));
  return html`<article
    id="${id}"
    data-package="${series.package}"
    data-newest="${newest(series)}"
    data-allocs="${largest(series, 'allocs')}"
    data-bytes="${largest(series, 'bytes')}"
  >
    <h3><span class="package">${series.package}</span> <a href="${toHash(id)}">${series.name}</a></h3>
    <div class="charts">${charts.filter((one) => one !== null)}</div>
    ${writeMoves(page, series)}
  </article> `;
}

/** The filter is hidden until the page's script, which it needs, shows it. */
function writeFilter({ series }: HistoryPage): Html {
  const orders = Object.entries(historyWords.orders);
  return html`<form id="filter" role="search" aria-label="Benchmarks" hidden>
    ${writeNameFilter()} ${writePackageFilter(series)}
    <label
      >Sort by
      <select name="order">
        ${orders.map(([key, words]) => html`<option value="${key}">${words}</option>`)}
      </select></label
    >
    ${writeCount(series.length)}
  </form>`;
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
  const last = page.commits.at(-1);
  if (last === undefined) return html`<p>${historyWords.empty} ${historyWords.afterPush}</p>`;
  const moved = page.series.filter(({ moves }) => moves.length > 0).sort((a, b) => newest(b) - newest(a));
  const steady = page.series.filter(({ moves }) => moves.length === 0);
  return html`<p class="hint">${describeCoverage(page.commits.length, page.commits.length, last)}</p>
    <p class="hint">${historyWords.legend}</p>
    ${writeFilter(page)}
    <section aria-labelledby="moved">
      <h2 id="moved">${historyWords.movers} (${moved.length})</h2>
      ${moved.length === 0 ? html`<p>${historyWords.nothingMoved}</p>` : moved.map((one) => writeSeries(page, one))}
    </section>
    ${
      steady.length === 0
        ? null
        : html`<details class="steady">
            <summary><h2>${historyWords.steady} (${steady.length})</h2></summary>
            ${steady.map((one) => writeSeries(page, one))}
          </details>`
    }
    ${writeProblems(page)}`;
}

/** Renders the history as one HTML file. The script only adds sorting and filtering. */
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
