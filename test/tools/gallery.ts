/**
 * Writes every state of the HTML report into a folder, with an index and pictures at two widths:
 *
 *     npm run gallery [-- FOLDER]     default: gallery
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { html } from '../../src/report/model/html-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { renderedStates } from '../support/page-states.ts';

const folder = path.resolve(process.argv[2] ?? 'gallery');
const looks = [
  { width: 400, colorScheme: 'dark' },
  { width: 1280, colorScheme: 'light' },
] as const;

await mkdir(folder, { recursive: true });
const browser = await launchChromium();
try {
  for (const [name, build] of Object.entries(renderedStates)) {
    const file = path.join(folder, `${name}.html`);
    await writeFile(file, build());
    for (const { width, colorScheme } of looks) {
      const page = await browser.newPage({ viewport: { width, height: 2400 }, colorScheme });
      await page.goto(pathToFileURL(file).href);
      await page.screenshot({ path: path.join(folder, `${name}-${width}.png`) });
      await page.close();
    }
  }
} finally {
  await browser.close();
}
const entries = Object.keys(renderedStates).map(
  (name) =>
    html`<li>
      <a href="${name}.html">${name}</a>: <a href="${name}-400.png">400</a>,
      <a href="${name}-1280.png">1280</a>
    </li>`,
);
await writeFile(
  path.join(folder, 'index.html'),
  html`<!doctype html>
    <meta charset="utf-8" />
    <title>The HTML report in all states</title>
    <ul>
      ${entries}
    </ul>`.text,
);
console.log(path.join(folder, 'index.html'));
