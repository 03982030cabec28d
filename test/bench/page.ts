/**
 * How soon the HTML report of a large review can be read, and what it takes: 2,000 benchmarks and 500 findings.
 *
 *     npm run bench:page
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { launchChromium } from '../support/chromium.ts';
import { buildLarge, renderPage } from '../support/page-states.ts';
import { bundlePage } from '../tools/page-bundle.ts';

const RUNS = 5;
const measured = z.object({ paint: z.number(), ready: z.number(), memory: z.number() });

const inBrowser = `({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  ready: performance.getEntriesByType('navigation')[0].domComplete,
  memory: performance.memory.usedJSHeapSize,
})`;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-page-'));
const browser = await launchChromium();
try {
  const started = performance.now();
  const text = renderPage(buildLarge());
  const rendered = performance.now() - started;
  const file = path.join(dir, 'large.html');
  await writeFile(file, text);
  const runs: z.infer<typeof measured>[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length > 0");
    runs.push(measured.parse(await page.evaluate(inBrowser)));
    await page.close();
  }
  const of = (key: 'paint' | 'ready' | 'memory'): number => median(runs.map((run) => run[key]));
  console.log(
    `rendered in ${Math.round(rendered)} ms, ${kilobytes(text.length)}, gzipped ${kilobytes(gzipSync(text).length)}`,
  );
  console.log(`script gzipped ${kilobytes(gzipSync(bundlePage().script).length)}`);
  console.log(
    `first paint after ${Math.round(of('paint'))} ms, all there after ${Math.round(of('ready'))} ms, script heap ${kilobytes(of('memory'))}; medians of ${RUNS}`,
  );
} finally {
  await browser.close();
  await rm(dir, { recursive: true, force: true });
}
