import { planReport } from '../../src/report/data/report.ts';
import { joinHistory, listSeries, orderCommits } from '../../src/report/decide/history.ts';
import { renderHistoryPage } from '../../src/report/html/history.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import type { HistoryRecord } from '../../src/report/model/history.ts';
import type { Review, SourceExcerpt } from '../../src/report/model/review.ts';
import { readExercise } from '../../src/page-files.ts';
import type { AllocationNode, Delta } from '../../src/compare/types.ts';
import { buildLargeHistory, exampleHistory } from './history-data.ts';
import { bundlePage } from '../tools/page-bundle.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from './review-data.ts';

type Pair = readonly [base: number, head: number];

const node = (parent: number | null, name: string, [base, head]: Pair, line?: string): AllocationNode => {
  const [file = '', number = '1'] = line?.split(':') ?? [];
  return {
    parent,
    function: name,
    line: line === undefined ? null : { file, line: Number(number), isGone: head === 0 },
    objectsPerOp: { base, head },
    bytesPerOp: { base: base * 16, head: head * 16 },
  };
};

/** A benchmark with a stack that grew, one that is gone, and one that stayed. */
export const exampleTree: AllocationNode[] = [
  node(null, 'example.com/m/log.BenchmarkInfo.func1', [6, 8]),
  node(0, 'example.com/m/log.(*Logger).Info', [6, 8]),
  node(1, 'example.com/m/log.(*Logger).Info', [0, 4], 'log/log.go:42'),
  node(2, 'fmt.Sprintf', [0, 1]),
  node(1, 'example.com/m/log.(*Logger).Info', [2, 0], 'log/log.go:40'),
  node(1, 'example.com/m/log.(*Logger).write', [4, 4]),
  node(5, 'example.com/m/log.(*Logger).write', [4, 4], 'log/write.go:17'),
];

const code = (level: string): string[] => [
  '// Info logs a message.',
  'func (l *Logger) Info(level string, n int) {',
  '\tl.mu.Lock()',
  '\tdefer l.mu.Unlock()',
  `\tl.buf = append(l.buf, ${level}...)`,
  '\tl.flush()',
  '}',
];

/** The code around log/log.go:42, as head changed it. */
export const exampleSource: SourceExcerpt = {
  base: {
    path: 'log/log.go',
    start: 38,
    lines: code('level'),
    decisions: [{ line: 39, text: 'can inline (*Logger).Info with cost 79' }],
  },
  head: {
    path: 'log/log.go',
    start: 38,
    lines: code('fmt.Sprintf("%s %d", level, n)'),
    decisions: [
      { line: 39, text: 'cannot inline (*Logger).Info: function too complex' },
      { line: 42, text: 'level escapes to heap' },
      { line: 42, text: 'n escapes to heap' },
    ],
  },
};

const changedFunction = {
  package: 'example.com/m/log',
  file: 'log/log.go',
  line: 39,
  change: 'source',
} as const;

/** The reach of the change: a benchmark runs one function, none runs another, and a third is unknown. */
const exampleReach: NonNullable<Review['reach']> = {
  functions: [
    {
      ...changedFunction,
      name: '(*Logger).Info',
      isRun: true,
      benchmarks: [{ package: 'example.com/m/log', name: 'BenchmarkInfo/short' }],
      unrunLines: [],
    },
    {
      ...changedFunction,
      name: '(*Logger).rotate',
      line: 90,
      change: 'added',
      isRun: false,
      benchmarks: [],
      unrunLines: null,
    },
    {
      ...changedFunction,
      name: 'Any',
      file: 'log/field.go',
      line: 8,
      change: 'decisions',
      isRun: null,
      benchmarks: [],
      unrunLines: null,
    },
  ],
  unreached: [],
};

const withTree = (delta: Delta): Delta =>
  delta.name === 'BenchmarkInfo/short' ? { ...delta, allocations: exampleTree } : delta;

const chain = {
  kind: 'inlining-lost',
  file: 'log/log.go',
  line: 39,
  text: 'cost 84 exceeds budget 80, was 79',
  via: [{ file: 'log/log.go', line: 41, text: 'Info is called' }],
} as const;

/** The review of test/support/review-data.ts, with what the page shows beyond the other formats. */
export function buildPageReview(changes: Partial<Review> = {}): Review {
  const review = buildReview();
  const findings = review.findings.map((one) => (one.file === 'log/log.go' ? { ...one, cause: chain } : one));
  return {
    ...review,
    deltas: review.deltas.map(withTree),
    findings,
    sources: [exampleSource],
    reach: exampleReach,
    ...changes,
  };
}

const hostileName = `"><img src=https://evil.example/x onerror=alert(1)><script>alert(1)</script>'\`\${x}`;

/** Everything that a pull request names, with names that try to attack the page. */
function buildHostile(): Review {
  const lines = [
    '</code></table><script>document.title="owned"</script>',
    '<!--',
    '\u202Egnp.exe',
    'x'.repeat(5000),
  ];
  const delta = buildDelta({
    package: hostileName,
    name: `Benchmark${hostileName}`,
    allocations: exampleTree.map((one) => ({
      ...one,
      function: `${one.function}</script><script>alert(2)</script>`,
      line: one.line && { ...one.line, file: hostileName },
    })),
  });
  const finding = buildFinding({
    file: hostileName,
    line: 2,
    function: hostileName,
    advice: `<img src=x onerror=alert(3)> [press](javascript:alert(4)) ![see](https://evil.example/y.png)`,
    exercise: { id: '../../etc', title: hostileName, section: hostileName, url: 'javascript:alert(5)' },
    cause: {
      ...chain,
      file: hostileName,
      text: hostileName,
      via: [{ file: hostileName, line: 1, text: hostileName }],
    },
    benchmarks: [{ ...delta, addedObjects: 1, addedBytes: 16 }],
  });
  const side = { path: hostileName, start: 1, lines, decisions: [{ line: 2, text: hostileName }] };
  return buildReview({
    deltas: [delta],
    findings: [finding],
    sources: [{ base: { ...side, lines: ['a'] }, head: side }],
    skipped: { unchangedTestBinaries: 1, packages: [hostileName] },
  });
}

/** A review as large as a page must still open at once: 2,000 benchmarks, a tenth of them changed, and 500 findings. */
export function buildLarge(benchmarks = 2000, findings = 500): Review {
  const deltas = Array.from({ length: benchmarks }, (_, index): Delta => {
    const isChanged = index % 10 === 0;
    return buildDelta({
      package: `example.com/m/pkg${Math.floor(index / 40)}`,
      name: `BenchmarkWork/case-${index}`,
      verdict: isChanged ? 'regression' : 'unchanged',
      allocsPerOp: amount(index % 50, (index % 50) + (isChanged ? 1 + (index % 7) : 0)),
      bytesPerOp: amount(64 * (index % 50), 64 * (index % 50) + (isChanged ? 16 : 0)),
      ...(isChanged && { allocations: exampleTree }),
    });
  });
  const list = Array.from({ length: findings }, (_, index) =>
    buildFinding({ id: index.toString(16).padStart(16, '0'), ...(index % 2 === 0 && { cause: chain }) }),
  );
  return buildReview({ deltas, findings: list, sources: [exampleSource] });
}

/** All states of a report's page, by name. */
const pageStates: Readonly<Record<string, () => Review>> = {
  regression: () => buildPageReview(),
  pass: () =>
    buildReview({
      findings: [],
      warnings: [],
      deltas: buildReview().deltas.filter(
        ({ verdict }) => verdict === 'unchanged' || verdict === 'improvement',
      ),
    }),
  'nothing-measured': () =>
    buildReview({ findings: [], deltas: [], skipped: { unchangedTestBinaries: 0, packages: [] } }),
  'does-not-compile': () =>
    buildReview({
      findings: [],
      deltas: [],
      escapes: [],
      buildErrors: ['# example.com/m/log', 'log/log.go:42:9: undefined: level'],
    }),
  noisy: () =>
    buildReview({
      findings: [],
      deltas: [
        buildDelta({
          name: 'BenchmarkMap',
          verdict: 'noisy',
          reason: { kind: 'ranges-overlap' },
          samples: {
            base: { 'allocs/op': [10, 12, 14, 11], 'ns/op': [100, 120, 150, 110] },
            head: { 'allocs/op': [11, 12, 13, 15], 'ns/op': [90, 130, 140, 105] },
          },
        }),
      ],
    }),
  hostile: buildHostile,
  large: () => buildLarge(),
};

/** The page of the example history, or of another one. */
export function renderHistory(records: readonly HistoryRecord[]): string {
  const history = joinHistory(records);
  const commits = orderCommits(history);
  const acceptance = {
    subject: { kind: 'benchmark', id: 'example.com/m.BenchmarkEncode' },
    amounts: { 'example.com/m.BenchmarkEncode': { allocs: 1, bytes: 32 } },
    reason: 'tracing <b>pays</b>',
    by: 'gopher',
    at: '2026-01-03T10:00:00Z',
  } as const;
  const page = {
    name: 'acme/log',
    web: 'https://github.com/acme/log',
    commits,
    series: listSeries(history, commits),
    acceptances: new Map([[102, [acceptance]]]),
  };
  return renderHistoryPage(page, bundle());
}

/** Each state of each page as a whole file, by name. */
export const renderedStates: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(Object.entries(pageStates).map(([name, build]) => [name, () => renderPage(build())])),
  history: () => renderHistory(exampleHistory),
  'history-empty': () => renderHistory([]),
  'history-large': () => renderHistory(buildLargeHistory()),
};

/** The page of a review, with the script and style of the sources as they are now. */
export function renderPage(review: Review): string {
  return renderHtml(planReport(review, buildConfig()), { exercise: readExercise, ...bundle() });
}

let bundled: ReturnType<typeof bundlePage> | null = null;
const bundle = (): ReturnType<typeof bundlePage> => (bundled ??= bundlePage());
