import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { after, before } from '../support/hooks.ts';
import { launchChromium } from '../support/chromium.ts';
import { renderedStates } from '../support/page-states.ts';

/** A page that has not scrolled to its target by then does not scroll there. */
const MOST_SCROLLING_MS = 10_000;

let browser: Browser;
let dir = '';
const urls = new Map<string, string>();

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-page-'));
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await rm(dir, { recursive: true, force: true });
});

/** The address of a state of a page. */
async function place(name: string): Promise<string> {
  const known = urls.get(name);
  if (known !== undefined) return known;
  const file = path.join(dir, `${name}.html`);
  await writeFile(file, renderedStates[name]?.() ?? '');
  const url = pathToFileURL(file).href;
  urls.set(name, url);
  return url;
}

/** What a page did that none may do: errors, violations of its policy, requests. */
type Watched = { page: Page; faults: string[] };

async function open(name: string, hash = '', options: BrowserContextOptions = {}): Promise<Watched> {
  const url = await place(name);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const faults: string[] = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    faults.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) faults.push(request.url());
  });
  await page.goto(`${url}${hash}`);
  return { page, faults };
}

/** Opens a page, and at the end wants no fault of it. */
export async function withPage(
  name: string,
  check: (page: Page) => Promise<void>,
  { hash = '', ...options }: BrowserContextOptions & { hash?: string } = {},
): Promise<void> {
  const { page, faults } = await open(name, hash, options);
  try {
    await check(page);
    assert.deepEqual(faults, []);
  } finally {
    await page.close();
  }
}

/** Whether an element comes into view: a browser scrolls some time after a click, later on a busy machine. */
export async function isInView(page: Page, id: string): Promise<boolean> {
  const seen = `(() => { const { top, bottom } = document.getElementById(${JSON.stringify(id)}).getBoundingClientRect(); return bottom > 0 && top < innerHeight; })()`;
  const until = performance.now() + MOST_SCROLLING_MS;
  while (performance.now() < until) {
    if (await page.evaluate(seen)) return true;
    await sleep(20);
  }
  return false;
}
