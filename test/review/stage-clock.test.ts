import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '../../src/report/model/review.ts';
import type { Progress } from '../../src/report/words/progress.ts';
import { createStageClock } from '../../src/review/stage-clock.ts';

/** Works until the clock has moved on. */
function spin(): void {
  const since = performance.now();
  while (performance.now() === since);
}

test('time belongs to the stage that began last, and all stages together are the total', () => {
  const told: Progress[] = [];
  const clock = createStageClock((one) => void told.push(one));
  spin();
  clock.onProgress({ phase: 'fetch', side: 'base' });
  const before = clock.read();
  spin();
  const after = clock.read();
  assert.ok(before.stages.source > 0);
  assert.equal(after.stages.source, before.stages.source);
  assert.ok(after.stages.fetch > before.stages.fetch);
  for (const { stages, totalMs } of [before, after])
    assert.equal(
      Object.values(stages).reduce((sum, ms) => sum + ms, 0),
      totalMs,
    );
  assert.deepEqual(told, [{ phase: 'fetch', side: 'base' }]);
});

test('steps without a stage of their own count for the one that they are part of', () => {
  const at = { package: 'example.com/m', index: 0, packages: 1 };
  const steps: [Progress, Stage][] = [
    [{ phase: 'plan' }, 'plan'],
    [{ phase: 'measure', ...at, done: 0, total: 1, name: 'BenchmarkX', leftMs: 0 }, 'run'],
    [{ phase: 'cover', package: 'example.com/m' }, 'discover'],
    [{ phase: 'prove', done: 0, total: 1, place: 'm.go:1' }, 'match'],
  ];
  const clock = createStageClock(() => {});
  for (const [progress, stage] of steps) {
    clock.onProgress(progress);
    const { stages: earlier } = clock.read();
    spin();
    const { stages: later } = clock.read();
    assert.ok(later[stage] > earlier[stage], stage);
    assert.deepEqual({ ...later, [stage]: 0 }, { ...earlier, [stage]: 0 }, `only ${stage} goes on`);
  }
});
