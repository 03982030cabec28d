import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delta } from '../../../src/compare/types.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { planReport } from '../../../src/report/data/report.ts';
import type { Review } from '../../../src/report/model/review.ts';
import { describeVerdict } from '../../../src/report/words/headline.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

const quiet = { deltas: [], findings: [], warnings: [], skipped: { unchangedTestBinaries: 0, packages: [] } };

const tell = (changes: Partial<Review>, config = buildConfig()): string =>
  describeVerdict(planReport(buildReview({ ...quiet, ...changes }), config));

const rows = (number: number, changes: Partial<Delta>): Delta[] =>
  Array.from({ length: number }, (_, index) => buildDelta({ name: `Benchmark${index}`, ...changes }));

const same = { verdict: 'unchanged', allocsPerOp: amount(2, 2), bytesPerOp: amount(64, 64) } as const;

test('every row with a difference is counted, whatever its verdict', () => {
  const edited = rows(16, {
    verdict: 'benchmark-changed',
    reason: { kind: 'benchmark-edited', benchmarkOf: 'base' },
  });
  const cases: [Delta[], string][] = [
    [rows(3, same), 'None of 3 benchmarks allocates more.'],
    [rows(1, same), 'The measured benchmark does not allocate more.'],
    [edited, '16 of 16 benchmarks differ only because the benchmark changed.'],
    [
      rows(2, { verdict: 'noisy', reason: { kind: 'ranges-overlap' } }),
      '2 of 2 benchmarks differ from run to run.',
    ],
    [
      rows(1, { verdict: 'below-threshold', allocsPerOp: amount(1, 1), bytesPerOp: amount(16, 48) }),
      'The measured benchmark changes by less than the threshold.',
    ],
    [
      [...rows(2, same), buildDelta({ verdict: 'unchanged', reason: { kind: 'fades-with-iterations' } })],
      '1 of 3 benchmarks differs only by rounding or set-up.',
    ],
    [
      [...rows(1, same), buildDelta({ verdict: 'improvement', allocsPerOp: amount(3, 2) })],
      '1 of 2 benchmarks allocates less, none more.',
    ],
    [
      rows(2, { verdict: 'new', allocsPerOp: amount(null, 1) }),
      'All 2 benchmarks to run are new, so there is nothing to compare them with.',
    ],
  ];
  for (const [deltas, sentence] of cases) assert.equal(tell({ deltas }), sentence);
});

test('what broke is the first sentence, then what was not compared unless a finding gates', () => {
  const panicked = buildDelta({
    name: 'BenchmarkPanics',
    verdict: 'noisy',
    allocsPerOp: amount(1, null),
    bytesPerOp: amount(8, null),
    reason: {
      kind: 'failed',
      side: 'head',
      failure: { name: 'BenchmarkPanics', kind: 'panicked', detail: '' },
    },
  });
  assert.equal(tell({ deltas: [panicked] }), '1 benchmark ran at base and panicked at head.');
  assert.equal(
    tell({
      deltas: [...rows(3, same), panicked],
      warnings: [{ kind: 'package-run', side: 'head', package: 'p', detail: '' }],
    }),
    '1 benchmark ran at base and panicked at head. The benchmarks of 1 package did not run. None of 3 benchmarks allocates more.',
  );
  const gated = configSchema.parse({ gate: { unmeasured: 'fail' } });
  assert.equal(
    tell({ deltas: [panicked] }, gated),
    '1 benchmark ran at base and panicked at head, which gates the merge.',
  );
  const broken = buildFinding({ evidence: 'broken', failure: { kind: 'panicked', detail: '' } });
  assert.equal(
    tell({ deltas: [panicked, ...rows(2, same)], findings: [broken] }, gated),
    '1 benchmark ran at base and panicked at head, which gates the merge. None of 2 benchmarks allocates more.',
  );
  assert.equal(
    tell({ deltas: [buildDelta(), panicked], findings: [buildFinding()] }),
    '1 benchmark ran at base and panicked at head. The measured benchmark allocates more; 1 finding gates the merge.',
  );
});

test('how several benchmarks ended is told of all of them', () => {
  const ended = (name: string, kind: 'skipped' | 'exited' | 'too-slow'): Delta =>
    buildDelta({
      name,
      verdict: 'noisy',
      allocsPerOp: amount(1, null),
      bytesPerOp: amount(8, null),
      reason: { kind: 'failed', side: 'head', failure: { name, kind, detail: '' } },
    });
  const skipped = ended('BenchmarkA', 'skipped');
  assert.equal(tell({ deltas: [skipped] }), '1 benchmark ran at base and was skipped at head.');
  assert.equal(
    tell({ deltas: [skipped, ended('BenchmarkB', 'exited')] }),
    '2 benchmarks ran at base and were skipped or ended the test binary at head.',
  );
  assert.match(
    tell({ deltas: [skipped, ended('BenchmarkC', 'too-slow')] }),
    /were skipped or take more than/u,
  );
});

test('an adapted finding is reported before the numbers', () => {
  assert.match(
    tell({ deltas: rows(2, same), findings: [buildFinding({ evidence: 'adapted' })] }),
    /^Where each side ran its own version of a changed benchmark, the change allocates more at 1 place\. None of 2/u,
  );
});

test('benchmarks that the budget left out are counted apart from packages', () => {
  const limit = { kind: 'limit', limit: 'budget', value: 3 } as const;
  const sentence = (benchmarks: string[], others: string[]): string =>
    tell({
      deltas: rows(2, same),
      warnings: [
        ...(benchmarks.length > 0 ? [{ ...limit, packages: ['p'], benchmarks }] : []),
        ...(others.length > 0 ? [{ ...limit, packages: others }] : []),
      ],
    });
  assert.match(sentence(['A', 'B'], ['q']), /before 2 benchmarks and 1 package could be measured/u);
  assert.match(sentence(['A'], []), /before 1 benchmark could be measured/u);
  assert.match(sentence([], ['q', 'r']), /before 2 packages could be measured/u);
});

test('a benchmark of which some sub-benchmarks were measured counts with its rest', () => {
  const sentence = (benchmarks: string[], ...partly: string[]): string =>
    tell({
      deltas: rows(2, same),
      warnings: (['budget', 'stopped'] as const).map((limit) => ({
        kind: 'limit',
        limit,
        value: 3,
        packages: ['p'],
        benchmarks,
        partly: partly.map((name) => ({ name, subBenchmarks: 2 })),
      })),
    });
  assert.match(
    sentence([], 'A'),
    /before the rest of 1 benchmark could be measured; .* measured the rest of 1 benchmark\./u,
  );
  assert.match(sentence([], 'A', 'B'), /before the rest of 2 benchmarks could be measured/u);
  assert.match(sentence(['C'], 'A'), /before 1 benchmark and the rest of 1 benchmark could be measured/u);
});

test('no name of the reviewed code is in the sentence: the title of a check is plain text', () => {
  const evil = '@octocat';
  const sentence = tell({
    deltas: [buildDelta({ package: evil, name: evil, verdict: 'removed', allocsPerOp: amount(1, null) })],
    warnings: [
      { kind: 'limit', limit: 'benchmarks', value: 3, packages: [evil] },
      { kind: 'module-skipped', module: evil, dir: evil },
    ],
  });
  assert.equal(
    sentence,
    '1 benchmark of base is missing at head; a limit was reached before 1 package could be measured; 1 module was left out.',
  );
});

test('a regression that the gate lets pass is not said to gate because of another finding', () => {
  const config = buildConfig({
    gate: { proven: 'pass', adapted: 'fail', tested: 'neutral', unmeasured: 'pass', contract: 'fail' },
  });
  const adapted = buildFinding({ evidence: 'adapted', file: 'other.go' });
  const deltas = [buildDelta()];
  assert.equal(
    tell({ deltas, findings: [buildFinding(), adapted] }, config),
    'The measured benchmark allocates more; this does not gate the merge, but 1 other finding does. ' +
      'Where each side ran its own version of a changed benchmark, the change allocates more at 1 place.',
  );
});
