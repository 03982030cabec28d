import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRenderer } from '../../../src/app/pages/renderer.ts';
import { readPageAssets } from '../../../src/page-files.ts';
import { planReview } from '../../../src/report/data/report.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { after } from '../../support/hooks.ts';
import { buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

const renderer = createRenderer();
after(() => renderer.close());

const config = buildConfig();

function buildLarge(size: number) {
  return buildReview({
    deltas: Array.from({ length: size }, (_, index) => buildDelta({ name: `BenchmarkX/${index}` })),
    findings: Array.from({ length: size }, (_, index) => buildFinding({ id: `id${index}`, line: index + 1 })),
  });
}

const render = (size: number): Promise<string | null> =>
  renderer.render(() =>
    Promise.resolve({ measured: JSON.stringify({ review: buildLarge(size), config }), acceptances: [] }),
  );

/** Microseconds of this thread's processor time. */
async function spend(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

test('a report is rendered in a thread of its own, as it would be here', async () => {
  const review = buildLarge(3);
  assert.equal(await render(3), renderHtml(planReview(review, config, []).report, readPageAssets()));
  assert.equal(await renderer.render(() => Promise.resolve(null)), null);
});

test('what cannot be rendered or read is reported, and the next one is rendered', async () => {
  const broken = { measured: '{"review":', acceptances: [] };
  await assert.rejects(
    renderer.render(() => Promise.resolve(broken)),
    /could not be rendered.*JSON/u,
  );
  await assert.rejects(
    renderer.render(() => Promise.reject(new Error('the database is away'))),
    /database is away/u,
  );
  assert.match((await render(1)) ?? '', /BenchmarkX/u);
});

test('a very large report keeps this thread free: it costs a small part of what rendering it here does', async () => {
  await render(10);
  const size = 2_000;
  const measured = JSON.stringify({ review: buildLarge(size), config });
  const beside = await spend(() => renderer.render(() => Promise.resolve({ measured, acceptances: [] })));
  const here = await spend(() => {
    const { review } = JSON.parse(measured);
    renderHtml(planReview(review, config, []).report, readPageAssets());
  });
  assert.ok(beside * 5 < here, `${beside} µs beside ${here} µs`);
});
