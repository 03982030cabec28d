import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import type { Progress } from '../../src/report/words/progress.ts';
import type { Review } from '../../src/report/model/review.ts';
import { createBudget } from '../../src/review/budget.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type Files, type GoRepository } from '../support/go-repository.ts';
import { stageLimits } from '../support/sandboxes.ts';

// near changes, far imports it. Each benchmark of far sleeps, so that the budget ends within it.
function side(times: number): Files {
  const slow = Array.from(
    { length: 40 },
    (_, index) =>
      `func BenchmarkSlow${index}(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\ttime.Sleep(50 * time.Millisecond)\n\t\tfar.F()\n\t}\n}\n`,
  );
  return {
    'go.mod': 'module example.com/m\n\ngo 1.24\n',
    'near/near.go': `package near\n\nvar sink []*int\n\nfunc F() {\n\tsink = sink[:0]\n\tfor i := 0; i < ${times}; i++ {\n\t\tsink = append(sink, new(int))\n\t}\n}\n`,
    'near/near_test.go':
      'package near\n\nimport "testing"\n\nfunc BenchmarkF(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tF()\n\t}\n}\n',
    'far/far.go': 'package far\n\nimport "example.com/m/near"\n\nfunc F() { near.F() }\n',
    'far/far_test.go': `package far_test\n\nimport (\n\t"testing"\n\t"time"\n\n\t"example.com/m/far"\n)\n\n${slow.join('\n')}`,
    'farthest/farthest.go': 'package farthest\n\nimport "example.com/m/far"\n\nfunc F() { far.F() }\n',
    'farthest/farthest_test.go':
      'package farthest\n\nimport "testing"\n\nfunc BenchmarkF(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tF()\n\t}\n}\n',
  };
}

let repository: GoRepository;
let result: Review;
const progress: Progress[] = [];

before(async () => {
  repository = await createGoRepository();
  const base = await repository.commit(side(1));
  await repository.commit(side(3));
  const { signal } = new AbortController();
  const request = { dir: repository.dir, base, budget: '0.25', signal };
  ({ result } = await reviewLocal({ ...request, onProgress: (one) => void progress.push(one) }));
});
after(() => repository.remove());

test('what changed is measured first, and what the budget left is named', () => {
  assert.deepEqual(result.deltas.map((one) => [one.package, one.verdict]).slice(0, 1), [
    ['example.com/m/near', 'regression'],
  ]);
  const limits = result.warnings.filter((warning) => warning.kind === 'limit');
  assert.ok(limits.every(({ limit, value }) => limit === 'budget' && value === 0.25));
  const [within, after] = [limits.find((one) => one.benchmarks), limits.find((one) => !one.benchmarks)];
  assert.deepEqual(within?.packages, ['example.com/m/far']);
  assert.ok(within.benchmarks?.includes('BenchmarkSlow39'));
  assert.deepEqual(after?.packages, ['example.com/m/farthest']);
  const far = result.deltas.filter((one) => one.package === 'example.com/m/far');
  assert.equal(far.length + (within.benchmarks?.length ?? 0), 40, 'each is either measured or named');
  const isClaimed = result.reach?.functions.some(({ isRun }) => isRun === false);
  assert.equal(isClaimed, false, 'nobody knows what those would run');
});

test('progress moves with each benchmark, and names each stage in turn', () => {
  const phases = progress.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1]);
  assert.deepEqual(phases.slice(0, 8), [
    'source',
    'fetch',
    'plan',
    'compile',
    'link',
    'discover',
    'measure',
    'profile',
  ]);
  const names = progress.flatMap((one) => (one.phase === 'measure' ? [one.name] : []));
  assert.ok(new Set(names).size > 1);
  const stages = Object.values(result.timing.stages);
  assert.equal(
    stages.reduce((sum, one) => sum + one, 0),
    result.timing.totalMs,
  );
});

test('in a package with many benchmarks, those near the change are measured before the others are looked at', async (t) => {
  // An hour each, and they come first in the package. Of the very first, a part is quick.
  const table =
    'func BenchmarkTable(b *testing.B) {\n\tb.Run("quick", func(b *testing.B) {})\n\tb.Run("endless", func(b *testing.B) { time.Sleep(time.Hour) })\n}\n';
  const idle = Array.from(
    { length: 20 },
    (_, index) => `func BenchmarkIdle${index}(b *testing.B) { time.Sleep(time.Hour) }\n`,
  );
  const sizedPackage = (size: number): Files => ({
    'go.mod': 'module example.com/m\n\ngo 1.24\n',
    'm.go': `package m\n\nvar sink []byte\n\nfunc grow() { sink = make([]byte, ${size}) }\n\nfunc F() { grow() }\n`,
    'a_test.go': `package m\n\nimport (\n\t"testing"\n\t"time"\n)\n\n${table}\n${idle.join('\n')}`,
    'calls_test.go':
      'package m\n\nimport "testing"\n\nfunc BenchmarkF(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tF()\n\t}\n}\n',
  });
  const own = await createGoRepository();
  t.after(() => own.remove());
  const base = await own.commit(sizedPackage(100));
  await own.commit(sizedPackage(1000));
  const { signal } = new AbortController();
  const request = { dir: own.dir, base, budget: '0.2', signal, onProgress: () => {} };
  const { result: reviewed } = await reviewLocal(request);
  assert.deepEqual(
    reviewed.deltas.map(({ name, verdict }) => [name, verdict]),
    [
      ['BenchmarkF', 'regression'],
      ['BenchmarkTable/quick', 'unchanged'],
    ],
  );
  const limits = reviewed.warnings.filter((warning) => warning.kind === 'limit');
  assert.deepEqual(
    limits.map(({ benchmarks, partly }) => ({ benchmarks, partly })),
    [
      {
        benchmarks: idle.map((_, index) => `BenchmarkIdle${index}`).sort(),
        partly: [{ name: 'BenchmarkTable', subBenchmarks: 1 }],
      },
    ],
  );
});

test('only measuring uses the budget up, and never more than the operator allows', async () => {
  const budget = createBudget({ ...stageLimits, measureMs: 3_600_000 }, 1 / 60_000);
  await sleep(5);
  assert.equal(budget.end(), null);
  await budget.spend(() => sleep(5));
  assert.deepEqual(budget.end(), { limit: 'budget', value: 1 / 60_000 });
  const strict = createBudget({ ...stageLimits, measureMs: 1 }, 10);
  await strict.spend(() => sleep(5));
  assert.deepEqual(strict.end(), { limit: 'measureSeconds', value: 0.001 });
});
