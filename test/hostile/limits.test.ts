import assert from 'node:assert/strict';
import {
  checkCase,
  commit,
  createScene,
  type ReviewRun,
  reviewScene,
  type Scene,
  verdictOf,
} from './builds-support.ts';
import { after, before } from '../support/hooks.ts';

// Bombs against the operator's limits: each is named where it was reached, and the rest of the review appears.

let scene: Scene;
let noisy: ReviewRun;
before(async () => {
  scene = await createScene();
  await propose('hang', 'talk');
  noisy = await reviewScene(scene, { limits: { benchmarkSeconds: 1, outputMiB: 1 } });
});
after(() => scene.remove());

/** A pull request that makes the neighbour worse and brings these parts. */
async function propose(...parts: string[]): Promise<void> {
  await commit(scene, await scene.read('common'));
  await commit(scene, await scene.read('common', 'worse', ...parts));
}

const warningsOf = ({ report, stderr }: ReviewRun): string => report?.warnings.join('\n') ?? stderr;

checkCase('tree-file-limit', async () => {
  await propose('many');
  const { status, stderr } = await reviewScene(scene, { limits: { treeFiles: 3 } });
  assert.equal(status, 3);
  assert.match(stderr, /more than 3 files, which is more than allocgate reviews/u);
});

checkCase('tree-size-limit', async () => {
  const files = { ...(await scene.read('common')), 'data.bin': 'x'.repeat(2 << 20) };
  await commit(scene, files);
  await commit(scene, { ...files, ...(await scene.read('worse')) });
  const { status, stderr } = await reviewScene(scene, { limits: { treeMiB: 1 } });
  assert.equal(status, 3);
  assert.match(stderr, /more than 1048576 bytes, which is more than allocgate reviews/u);
});

checkCase('benchmark-count-limit', async () => {
  await propose('many');
  const review = await reviewScene(scene, { limits: { benchmarks: 3 } });
  assert.equal(review.report?.benchmarks.length, 3, JSON.stringify(review));
  assert.match(
    warningsOf(review),
    /limits\.benchmarks \(3\) was reached: the benchmarks of example\.com\/hostile\/second were/u,
  );
});

checkCase('benchmark-time-limit', () => {
  assert.match(warningsOf(noisy), /BenchmarkHang ran out of time \(limits\.benchmarkSeconds\)/u);
  assert.equal(verdictOf(noisy, 'BenchmarkNeighbour'), 'regression');
});

checkCase('output-limit', () => {
  assert.match(warningsOf(noisy), /BenchmarkTalk printed too much \(limits\.outputMiB\)/u);
  assert.equal(verdictOf(noisy, 'BenchmarkNeighbour'), 'regression');
});

checkCase('measure-time-limit', async () => {
  await propose('hang', 'many');
  const review = await reviewScene(scene, { limits: { benchmarkSeconds: 1, measureSeconds: 1 } });
  assert.match(warningsOf(review), /limits\.measureSeconds \(1\) was reached: the benchmarks of example/u);
  assert.equal(review.report?.verdict, 'neutral', 'what was not measured fails nothing');
});

checkCase('disk-limit', async () => {
  await propose('limits');
  const review = await reviewScene(scene, { limits: { diskMiB: 60 } });
  // Killed while it compiles, while it links, or found too large afterwards: whichever comes first.
  const words = review.stderr + warningsOf(review) + (review.report?.buildErrors.join('\n') ?? '');
  assert.match(words, /limits\.diskMiB/u);
});

checkCase('compile-bomb', async () => {
  const lines = Array.from(
    { length: 60_000 },
    (_, i) => `\tfunc(m map[string]any) any { return []any{m["${i}"], ${i}} },\n`,
  );
  await commit(scene, await scene.read('common'));
  const bomb = `package bomb\n\nvar F = []func(map[string]any) any{\n${lines.join('')}}\n`;
  await commit(scene, { ...(await scene.read('common', 'worse')), 'bomb/bomb.go': bomb });
  const review = await reviewScene(scene, { limits: { buildSeconds: 5 } });
  assert.equal(review.status, 3);
  assert.match(review.stderr + warningsOf(review), /limits\.buildSeconds/u);
});
