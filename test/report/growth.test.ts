import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchmarkId } from '../../src/compare/benchmark-id.ts';
import { planReview } from '../../src/report/data/report.ts';
import { planComments, renderMarkdown } from '../../src/report/pull-request/comments.ts';
import { planPullRequest } from '../../src/report/pull-request/plan.ts';
import { renderJson } from '../../src/report/model/schema.ts';
import { renderSarif } from '../../src/report/data/sarif.ts';
import { renderText } from '../../src/report/terminal/report.ts';
import type { Acceptance } from '../../src/report/model/pull-request.ts';
import type { PlannedReview } from '../../src/report/decide/planned.ts';
import { processorTime } from '../support/processor-time.ts';
import { buildConfig, buildDelta, buildFinding, buildReview } from '../support/review-data.ts';

/**
 * Whoever opens a pull request chooses how many benchmarks and findings it has. The App's web server plans and writes them in
 * the thread that takes deliveries, so ten times as many must take about ten times as long.
 */

function plan(count: number): { make: () => PlannedReview; planned: PlannedReview } {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const deltas = indexes.map((index) => buildDelta({ name: `BenchmarkInfo/${index}` }));
  const [affected] = buildFinding({}).benchmarks;
  assert.ok(affected);
  const findings = deltas.map((delta, index) =>
    buildFinding({
      id: index.toString(16).padStart(16, '0'),
      line: index + 1,
      benchmarks: [{ ...affected, package: delta.package, name: delta.name }],
    }),
  );
  const acceptances = deltas.map((delta, index): Acceptance => {
    const id = benchmarkId(delta);
    const subject =
      index % 2 === 0
        ? { kind: 'benchmark' as const, id }
        : { kind: 'finding' as const, id: findings[index]?.id ?? '' };
    return {
      subject,
      amounts: { [id]: { allocs: 5, bytes: 500 } },
      reason: 'cold',
      by: 'gopher',
      at: '2026-01-01T00:00:00Z',
    };
  });
  const make = (): PlannedReview => planReview(buildReview({ deltas, findings }), buildConfig(), acceptances);
  return { make, planned: make() };
}

const small = plan(150);
const large = plan(1500);

const steps: Record<string, (one: typeof small) => unknown> = {
  planning: ({ make }) => make(),
  'a pull request': ({ planned }) => planPullRequest(planned, 'a'.repeat(40)),
  Markdown: ({ planned }) => renderMarkdown(planComments(planned)),
  text: ({ planned }) => renderText(planned.report, { colour: false, width: 100 }),
  JSON: ({ planned }) => renderJson(planned.report),
  SARIF: ({ planned }) => renderSarif(planned.report),
};

for (const [name, step] of Object.entries(steps)) {
  test(`ten times the findings take about ten times the processor time: ${name}`, () => {
    const [few, many] = [processorTime(() => step(small)), processorTime(() => step(large))];
    // Quadratic work takes a hundred times as long.
    assert.ok(many < 30 * Math.max(few, 2), `${few.toFixed(1)} ms and ${many.toFixed(1)} ms`);
  });
}
