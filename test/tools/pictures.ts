/**
 * `npm run pictures [-- FOLDER]`: takes the pictures of the README from the example review of the tests: the check, a
 * comment and the HTML report. Default: `docs`, 1,280 pixels wide. A given folder gets pictures of 400 pixels, too. It
 * needs Chromium and a font with emoji (Debian: fonts-noto-color-emoji).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { marked } from 'marked';
import type { Browser, Page } from 'playwright-core';
import { planReview } from '../../src/report/data/report.ts';
import { dropMarkers } from '../../src/report/model/markers.ts';
import { Html, html } from '../../src/report/model/html-page.ts';
import { linkComments } from '../../src/report/model/comment-links.ts';
import type { PullRequestPlan } from '../../src/report/model/pull-request.ts';
import { planPullRequest } from '../../src/report/pull-request/plan.ts';
import { launchChromium } from '../support/chromium.ts';
import { buildPageReview, exampleSource, renderPage } from '../support/page-states.ts';
import { buildConfig, buildReview } from '../support/review-data.ts';

const WIDTHS = [1280, 400] as const;
/** CSS pixels: a taller picture would be scaled down too much in a README. */
const MAX_HEIGHT = 1000;
const REPOSITORY = 'https://github.com/acme/shop';
/** The file whose comment is shown; `exampleSource` has its lines. */
const FILE = 'log/log.go';

/** The look of GitHub's pages, as far as it matters to the pictures. */
const style = `
* { box-sizing: border-box; }
body { margin: 0; padding: 8px; font: 14px/1.5 "Liberation Sans", Arial, sans-serif; color: #1f2328; background: #fff; }
main { max-width: 980px; }
code, pre, td.code { font-family: "Liberation Mono", monospace; font-size: 12px; }
.markdown { overflow-wrap: anywhere; }
.markdown code { background: #818b981f; border-radius: 6px; padding: .2em .4em; }
.markdown pre { background: #f6f8fa; border-radius: 6px; padding: 12px; overflow: auto; }
.markdown pre code { background: none; padding: 0; }
.markdown table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
.markdown th, .markdown td { border: 1px solid #d1d9e0; padding: 6px 13px; overflow-wrap: normal; }
.markdown tr:nth-child(2n) { background: #f6f8fa; }
.markdown h3, .markdown h4 { margin: 20px 0 12px; }
.markdown a, .name { color: #0969da; text-decoration: none; }
.markdown a code { color: #0969da; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; margin-bottom: 16px; }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; }
.body { padding: 0 16px 8px; }
.check { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.check h1 { font-size: 16px; margin: 0; flex: 1 1 400px; }
.button { border: 1px solid #d1d9e0; background: #f6f8fa; border-radius: 6px; padding: 4px 12px; font-weight: 600; }
.failed { color: #d1242f; }
.diff { border-collapse: collapse; width: 100%; }
.diff td { padding: 0 10px; white-space: pre; vertical-align: top; line-height: 20px; }
.diff .number { color: #59636e; text-align: right; width: 1%; }
.added { background: #dafbe1; } .removed { background: #ffebe9; } .hunk { background: #ddf4ff; color: #59636e; }
.thread { padding: 12px; border-top: 1px solid #d1d9e0; }
.bot { border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 7px; font-size: 12px; color: #59636e; }
.muted { color: #59636e; }
`;

/** Markdown of our own, so it is not sanitized. */
const render = (markdown: string): Html =>
  new Html(marked.parse(dropMarkers(markdown), { async: false, gfm: true }));

const toPage = (body: Html): string =>
  `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${style}</style>${html`<main>${body}</main>`.text}`;

/** The page of the check: title, buttons, summary and text. */
function renderCheck({ check, comments }: PullRequestPlan): string {
  const urls = new Map(comments.map(({ id }, index) => [id, `${REPOSITORY}/pull/7#discussion_r${index}`]));
  const buttons = check.actions.map(({ label }) => html`<span class="button">${label}</span>`);
  return toPage(
    html`<div class="box">
      <div class="head check">
        <h1><span class="failed">✖</span> allocgate: ${check.title}</h1>
        ${buttons}
      </div>
      <div class="body markdown">
        ${render(linkComments(check.summary, urls))} ${render(linkComments(check.text, urls))}
      </div>
    </div>`,
  );
}

/** A line of a diff. `numbers`: the line's numbers at base and head. */
const diffLine = (kind: '' | 'added' | 'removed', numbers: readonly [string, string], text: string): Html =>
  html`<tr class="${kind}">
    <td class="number code">${numbers[0]}</td>
    <td class="number code">${numbers[1]}</td>
    <td class="code">${`${{ '': ' ', added: '+', removed: '-' }[kind]}${text.replaceAll('\t', '    ')}`}</td>
  </tr>`;

/** The lines of the example's source down to a line of head, as GitHub shows them above a comment. */
function renderHunk(last: number): Html[] {
  const { base, head } = exampleSource;
  const rows: Html[] = [];
  for (let line = head.start; line <= last; line += 1) {
    const [before = '', after = ''] = [base.lines[line - base.start], head.lines[line - head.start]];
    if (before === after) rows.push(diffLine('', [String(line), String(line)], after));
    else
      rows.push(
        diffLine('removed', [String(line), ''], before),
        diffLine('added', ['', String(line)], after),
      );
  }
  return rows;
}

/** A comment on a line, under the lines of the diff. */
function renderComment({ comments }: PullRequestPlan): string {
  const comment = comments.find(({ anchor }) => anchor.file === FILE);
  if (!comment) throw new Error(`There is no comment on ${FILE}`);
  return toPage(
    html`<div class="box">
      <div class="head"><code>${FILE}</code></div>
      <table class="diff">
        ${renderHunk(comment.anchor.line ?? 0)}
      </table>
      <div class="thread">
        <div class="box">
          <div class="head">
            <strong>allocgate</strong> <span class="bot">bot</span> <span class="muted">now</span>
          </div>
          <div class="body markdown">${render(comment.body)}</div>
        </div>
      </div>
    </div>`,
  );
}

/** Scrolls the report to the finding whose source it has. */
async function showFinding(page: Page): Promise<void> {
  const summary = page.locator('summary', { hasText: `${FILE}:42` });
  const finding = page.locator('details', { has: summary }).first();
  await finding.evaluate((element) => {
    element.setAttribute('open', '');
    element.scrollIntoView();
  });
}

type Subject = { name: string; content: string; prepare?: (page: Page) => Promise<void> };

async function takePicture(
  browser: Browser,
  subject: Subject,
  file: string,
  width: number,
  to: string,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: MAX_HEIGHT }, colorScheme: 'light' });
  await page.goto(pathToFileURL(file).href);
  await subject.prepare?.(page);
  const box = subject.prepare ? null : await page.locator('main').boundingBox();
  const size = {
    width: Math.min(width, (box?.width ?? width) + 16),
    height: Math.min((box?.height ?? MAX_HEIGHT) + 16, MAX_HEIGHT),
  };
  await page.screenshot({ path: to, clip: { x: 0, y: 0, ...size } });
  await page.close();
}

const given = process.argv[2];
const folder = path.resolve(given ?? fileURLToPath(new URL('../../docs', import.meta.url)));
const widths = given === undefined ? WIDTHS.slice(0, 1) : WIDTHS;
const planned = planReview(buildReview({ warnings: [] }), buildConfig());
const plan = planPullRequest(planned, '9f8e7d6c5b4a', {
  repositoryUrl: REPOSITORY,
});
const subjects: Subject[] = [
  { name: 'check', content: renderCheck(plan) },
  { name: 'comment', content: renderComment(plan) },
  { name: 'report', content: renderPage(buildPageReview()), prepare: showFinding },
];
await mkdir(folder, { recursive: true });
const temporary = await mkdtemp(path.join(tmpdir(), 'allocgate-pictures-'));
const browser = await launchChromium();
try {
  for (const subject of subjects) {
    const file = path.join(temporary, `${subject.name}.html`);
    await writeFile(file, subject.content);
    for (const width of widths) {
      const name = width === WIDTHS[0] ? subject.name : `${subject.name}-${width}`;
      await takePicture(browser, subject, file, width, path.join(folder, `${name}.png`));
    }
  }
} finally {
  await browser.close();
  await rm(temporary, { recursive: true });
}
console.log(`Pictures in ${folder}`);
