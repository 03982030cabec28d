import type { BenchmarkFailure, DeltaReason } from '../../src/compare/types.ts';
import type { Warning } from '../../src/report/model/review.ts';

export const timedOut: BenchmarkFailure = {
  name: 'BenchmarkX',
  kind: 'timed-out',
  detail: 'killed after 10 s',
};

/** Facts of one kind of a union, without the kind. */
type FactsOf<Union extends { kind: string }, Kind extends Union['kind']> = Omit<
  Extract<Union, { kind: Kind }>,
  'kind'
>;

/** Facts for each kind of warning with its own sentence. A missing kind does not compile. */
const warningFacts: { [Kind in Warning['kind']]: FactsOf<Warning, Kind>[] } = {
  'base-does-not-compile': [{ lines: ['a.go:1:1: undefined: x', 'more'] }, { lines: [] }],
  'package-does-not-compile': [{ side: 'head', package: 'p', lines: ['a.go:1:1: undefined: x'] }],
  benchmark: [{ side: 'base', package: 'p', failure: timedOut }],
  'package-run': [{ side: 'head', package: 'p', detail: '' }],
  'nothing-to-compare': [{}],
  'nothing-affected': [{}],
  'left-out': (
    ['link-outside', 'submodule', 'unsafe-path', 'unwritable-path', 'unreadable-name'] as const
  ).map((reason) => ({ side: 'head', reason, paths: ['a/b', 'a/c'] })),
  'not-built': [{ files: ['a_windows.go'] }, { files: ['a_windows.go', 'fast.go'] }],
  'no-benchmarks': [{ patterns: ['./...'] }],
  'no-match': [{ run: 'Nope' }],
  'not-reached': [{ run: 'Nope' }],
  'no-package': [{ patterns: ['./gone/...'] }],
  uncommitted: [{ files: 2 }],
  architecture: [{ goarch: 'arm64' }],
  fetch: [{ side: 'head', module: 'example.com/m', lines: ['go: x@v1: not found'] }],
  limit: [
    ...(['measureSeconds', 'benchmarks', 'budget'] as const).map((limit) => ({
      limit,
      value: 600,
      packages: ['p', 'q'],
    })),
    { limit: 'stopped', value: 0, packages: ['p'], benchmarks: ['BenchmarkX'] },
    {
      limit: 'budget',
      value: 1,
      packages: ['p'],
      benchmarks: ['BenchmarkX', 'BenchmarkY'],
      partly: [{ name: 'BenchmarkMany', subBenchmarks: 2 }],
    },
    {
      limit: 'stopped',
      value: 0,
      packages: ['p'],
      benchmarks: [],
      partly: [
        { name: 'BenchmarkMany', subBenchmarks: 1 },
        { name: 'BenchmarkMore', subBenchmarks: 7 },
      ],
    },
  ],
  unattributed: [{ package: 'p', name: 'BenchmarkX' }],
  'unread-diagnostics': [{ side: 'base', lines: 2, first: '???' }],
  'contract-broken-before': [
    {
      contract: {
        kind: 'allocs',
        subject: 'p.BenchmarkX',
        allocs: 0,
        allocsPerOp: { base: 1, head: 1, delta: 0 },
        declared: null,
      },
      now: '1 allocs/op',
    },
  ],
  'tests-left-out': (['failed', 'slow', 'not-repeatable', 'compile', 'budget'] as const).map((reason) => ({
    package: 'p',
    tests: ['TestX'],
    reason,
  })),
  'bad-directive': (
    ['unknown', 'not-a-count', 'not-above-benchmark', 'nothing-below', 'in-test'] as const
  ).map((problem) => ({ file: 'a.go', line: 7, text: '//allocgate:x', problem })),
  'packages-left-out': [{ packages: ['p', 'q'] }],
  'head-config': [{ problem: '.github/allocgate.yml:3:1: "gait" is not a known key.' }],
  'config-name': [{ found: '.github/allocgate.yaml' }],
  'unmatched-glob': (['thresholds.overrides', 'contracts'] as const).map((key) => ({
    key,
    glob: 'example.com/m.BenchmarkGone',
  })),
  'no-rules': [{}],
  'module-missing': [{ module: 'tools' }],
  'module-skipped': [{ module: 'example.com/m/tools', dir: 'tools' }],
  'module-removed': [{ module: 'example.com/m/tools', dir: 'tools' }],
};

/** The same for the reasons of a verdict. */
const reasonFacts: { [Kind in DeltaReason['kind']]: FactsOf<DeltaReason, Kind>[] } = {
  'ranges-overlap': [{}],
  'fades-with-iterations': [{}],
  'does-not-settle': [{}],
  truncation: [{ exact: { base: 2.99, head: 3 } }],
  'hidden-by-rounding': [{ exact: { base: 0, head: 0.5 } }],
  unexplained: [{ shown: { objects: 0.2, bytes: 16 } }],
  failed: [{ side: 'head', failure: timedOut }],
  'inconsistent-output': [{ side: 'base' }],
  'replaced-counts': [{}],
  crosswise: [
    { benchmarkOf: 'head', benchmarkChangesNumbers: false },
    { benchmarkOf: 'base', benchmarkChangesNumbers: true },
  ],
  'benchmark-edited': [{ benchmarkOf: 'base' }],
  'not-comparable': [{ detail: 'undefined: NewX' }],
};

function listAll<One extends { kind: string }>(table: Record<string, object[]>): One[] {
  return Object.entries(table).flatMap(([kind, examples]) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tables have the facts of each kind
    examples.map((facts) => ({ kind, ...facts }) as One),
  );
}

export const everyWarning: readonly Warning[] = listAll(warningFacts);
export const everyReason: readonly DeltaReason[] = listAll(reasonFacts);
