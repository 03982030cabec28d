import type { Amount, Decision, Delta, SiteChange } from '../../src/compare/types.ts';
import { configSchema, type Config } from '../../src/config/schema.ts';
import type { Review } from '../../src/report/model/review.ts';
import type { Finding } from '../../src/rules/types.ts';

/** The defaults, with sections replaced. */
export const buildConfig = (changes: Partial<Config> = {}): Config => ({
  ...configSchema.parse({}),
  ...changes,
});

export const amount = (base: number | null, head: number | null): Amount => ({
  base,
  head,
  delta: base === null || head === null ? null : head - base,
});

const repeat = (value: number | null): number[] => (value === null ? [] : [value, value, value]);

/** A delta whose samples agree with its amounts: three equal runs a side. */
export function buildDelta(changes: Partial<Delta> = {}): Delta {
  const allocsPerOp = changes.allocsPerOp ?? amount(2, 3);
  const bytesPerOp = changes.bytesPerOp ?? amount(64, 80);
  return {
    package: 'example.com/m/log',
    name: 'BenchmarkInfo/short',
    verdict: 'regression',
    allocsPerOp,
    bytesPerOp,
    nsPerOp: amount(101.2, 140.9),
    samples: {
      base: { 'allocs/op': repeat(allocsPerOp.base), 'B/op': repeat(bytesPerOp.base) },
      head: { 'allocs/op': repeat(allocsPerOp.head), 'B/op': repeat(bytesPerOp.head) },
    },
    reason: null,
    sites: [],
    ...changes,
  };
}

export const escapeDecision: Decision = {
  kind: 'escapes-to-heap',
  package: 'example.com/m/log',
  position: { file: 'log/log.go', line: 42, column: 23 },
  function: '(*Logger).Info',
  expression: 'level',
  cost: null,
  reason: null,
  flow: [
    { text: '{storage for ... argument} ← {storage for level}', reason: null, position: null },
    { text: 'level', reason: 'interface-converted', position: { file: 'log/log.go', line: 42, column: 23 } },
  ],
};

const site: SiteChange = {
  position: { file: 'log/log.go', line: 42, column: 0 },
  function: 'example.com/m/log.(*Logger).Info',
  objectsPerOp: { base: 0, head: 1.0004 },
  bytesPerOp: { base: 0, head: 16.01 },
  callees: [['fmt.Sprintf', 'fmt.newPrinter']],
  inlines: false,
  callers: [{ function: 'example.com/m/log.BenchmarkInfo.func1', position: null, inlines: false }],
};

/** A proven finding on a changed line of log/log.go. */
export function buildFinding(changes: Partial<Finding> = {}): Finding {
  const { file = 'log/log.go', line = 42, function: name = '(*Logger).Info' } = changes;
  return {
    places: [{ file, line, function: name }],
    id: '00c0ffee00c0ffee',
    ruleId: 'MA-01',
    rule: 'sprintf-in-hot-path',
    exercise: {
      id: 'MA-01',
      title: '`fmt.Sprintf` in a hot path',
      document: 'Memory Allocator — Optimization',
      section: 'Exercise 1',
      url: 'https://example.com/rules/MA-01',
    },
    evidence: 'proven',
    file: 'log/log.go',
    line: 42,
    function: '(*Logger).Info',
    onChangedLine: true,
    benchmarks: [
      {
        package: 'example.com/m/log',
        name: 'BenchmarkInfo/short',
        allocsPerOp: amount(2, 3),
        bytesPerOp: amount(64, 80),
        addedObjects: 1.0004,
        addedBytes: 16.01,
      },
    ],
    decision: escapeDecision,
    allocator: null,
    site,
    cause: null,
    advice: 'Append the parts to a reused buffer: `strconv.AppendInt(buf, n, 10)` writes without boxing.',
    alternatives: ['MA-08'],
    others: [{ id: 'MA-08', rule: 'boxing-into-any', title: 'Boxing into any' }],
    ...changes,
  };
}

const inliningLost: Finding = buildFinding({
  id: '1122334455667788',
  ruleId: 'FA-03',
  rule: 'inlining-lost',
  exercise: {
    id: 'FA-03',
    title: 'Inlining lost, so the result escapes',
    document: 'Factory Pattern — Under the Hood',
    section: '§4.2',
    url: null,
  },
  file: 'codec/codec.go',
  line: 210,
  function: 'Decode',
  onChangedLine: false,
  benchmarks: [
    {
      package: 'example.com/m/codec',
      name: 'BenchmarkDecode',
      allocsPerOp: amount(0, 2),
      bytesPerOp: amount(0, 96),
      addedObjects: 2,
      addedBytes: 96,
    },
    {
      package: 'example.com/m/codec',
      name: 'BenchmarkRoundTrip/large-message-with-a-long-name',
      allocsPerOp: amount(117, 119),
      bytesPerOp: amount(40_960, 41_056),
      addedObjects: 2,
      addedBytes: 96,
    },
  ],
  decision: {
    ...escapeDecision,
    package: 'example.com/m/codec',
    position: { file: 'codec/codec.go', line: 210, column: 14 },
    function: 'Decode',
    expression: '&reader{...}',
    flow: [],
  },
  site: null,
  cause: {
    kind: 'inlining-lost',
    file: 'codec/reader.go',
    line: 17,
    text: 'cannot inline newReader: function too complex: cost 84 exceeds budget 80',
    via: [],
  },
  advice:
    'Move the rare part of `newReader` into a function of its own, so that the common part stays inlinable.',
  alternatives: [],
  others: [],
});

const possible: Finding = buildFinding({
  id: '99aabbccddeeff00',
  ruleId: 'MA-08',
  rule: 'boxing-into-any',
  exercise: { id: 'MA-08', title: 'Boxing into `any`', section: 'Exercise 8', url: null },
  evidence: 'possible',
  file: 'log/field.go',
  line: 9,
  function: 'Any',
  onChangedLine: false,
  benchmarks: [],
  site: null,
  decision: {
    ...escapeDecision,
    position: { file: 'log/field.go', line: 9, column: 12 },
    expression: 'value',
  },
  cause: null,
  advice: 'Give the hot types their own field constructor.',
  alternatives: [],
  others: [],
});

const deltas: Delta[] = [
  buildDelta({
    package: 'example.com/m/codec',
    name: 'BenchmarkDecode',
    allocsPerOp: amount(0, 2),
    bytesPerOp: amount(0, 96),
  }),
  buildDelta({
    package: 'example.com/m/codec',
    name: 'BenchmarkEncode',
    verdict: 'improvement',
    allocsPerOp: amount(7, 5),
    bytesPerOp: amount(2048, 1024),
  }),
  buildDelta({
    package: 'example.com/m/codec',
    name: 'BenchmarkRoundTrip/large-message-with-a-long-name',
    allocsPerOp: amount(117, 119),
    bytesPerOp: amount(40_960, 41_056),
  }),
  buildDelta({
    package: 'example.com/m/codec',
    name: 'BenchmarkStream',
    verdict: 'noisy',
    allocsPerOp: amount(11, 12),
    bytesPerOp: amount(800, 816),
    reason: { kind: 'ranges-overlap' },
  }),
  buildDelta({
    sites: [
      {
        position: { file: 'log/log.go', line: 42, column: 0 },
        function: 'example.com/m/log.(*Logger).Info',
        objectsPerOp: { base: 0, head: 1.0004 },
        bytesPerOp: { base: 0, head: 16.01 },
        callees: [],
        inlines: false,
        callers: [],
      },
    ],
  }),
  buildDelta({
    name: 'BenchmarkNop',
    verdict: 'unchanged',
    allocsPerOp: amount(0, 0),
    bytesPerOp: amount(0, 0),
  }),
  buildDelta({
    name: 'BenchmarkWarn',
    verdict: 'new',
    allocsPerOp: amount(null, 4),
    bytesPerOp: amount(null, 128),
  }),
];

/**
 * A realistic review: two proven regressions (one on a changed line, one by lost inlining in a file that did not
 * change), a possible one, an improvement, a noisy, an unchanged and a new benchmark, one warning.
 */
export function buildReview(changes: Partial<Review> = {}): Review {
  return {
    base: { sha: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d' },
    head: { sha: '9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c' },
    toolchain: { go: 'go1.26.10', goos: 'linux', goarch: 'amd64' },
    sandbox: { tier: 'bubblewrap', accounting: 'cgroup-v2' },
    deltas,
    escapes: [
      { change: 'added', decision: escapeDecision, onChangedLine: true, flipped: false },
      {
        change: 'added',
        decision: { ...escapeDecision, kind: 'leaking-param', expression: 'l' },
        onChangedLine: true,
        flipped: false,
      },
    ],
    findings: [inliningLost, buildFinding(), possible],
    buildErrors: [],
    skipped: { unchangedTestBinaries: 17, packages: ['example.com/m/net', 'example.com/m/http'] },
    warnings: [{ kind: 'architecture', goarch: 'arm64' }],
    diff: [
      {
        basePath: 'codec/reader.go',
        headPath: 'codec/reader.go',
        binary: false,
        hunks: [{ base: { start: 17, lines: 1 }, head: { start: 17, lines: 3 } }],
      },
      {
        basePath: 'log/field.go',
        headPath: 'log/field.go',
        binary: false,
        hunks: [{ base: { start: 80, lines: 1 }, head: { start: 80, lines: 1 } }],
      },
      {
        basePath: 'log/log.go',
        headPath: 'log/log.go',
        binary: false,
        hunks: [{ base: { start: 42, lines: 1 }, head: { start: 42, lines: 1 } }],
      },
    ],
    timing: {
      totalMs: 34_120,
      goMs: 33_800,
      ownMs: 320,
      matchMs: 40,
      causeMs: 20,
      stages: {
        source: 0,
        fetch: 0,
        plan: 0,
        compile: 0,
        link: 0,
        discover: 0,
        run: 0,
        profile: 0,
        match: 0,
      },
    },
    ...changes,
  };
}

/** A diff that changes one line of `m.go`. */
export const changedLine = (line: number): Review['diff'][number] => ({
  basePath: 'm.go',
  headPath: 'm.go',
  binary: false,
  hunks: [{ base: { start: line, lines: 1 }, head: { start: line, lines: 1 } }],
});
