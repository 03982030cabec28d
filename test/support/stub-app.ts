/**
 * `allocgate serve` and `allocgate worker` with an engine that measures nothing: `node stub-app.ts serve|worker`.
 * Everything else is real: git, queue, database, HTTP. Each line `// allocates` of `log/log.go` at head that base does
 * not have is a proven finding. STUB_MEASURE_MS: how long that seems to take; it can be aborted. STUB_SPACING_MS: between two
 * writes to GitHub. STUB_PROVE_MS: how long experiments seem to take, which then prove the cause of the first finding and
 * offer an edit of its line; left out: there are none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Parts, realParts } from '../../src/app/operate/start.ts';
import type { Engine } from '../../src/app/types.ts';
import { runServe, runWorker } from '../../src/cli/serve.ts';
import { Failure } from '../../src/errors.ts';
import { diffTrees } from '../../src/source/diff.ts';
import { openRepository, type Repository } from '../../src/source/repository.ts';
import type { Experiment, Suggestion } from '../../src/rules/types.ts';
import { findMergeBase } from '../../src/source/revision.ts';
import { readFile } from '../../src/source/tree.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from './review-data.ts';

const FILE = 'log/log.go';
const MEASURE_MS = Number(process.env['STUB_MEASURE_MS'] ?? 50);
const { STUB_PROVE_MS } = process.env;
const PROVE_MS = STUB_PROVE_MS === undefined ? null : Number(STUB_PROVE_MS);

const seem = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {
    throw new Failure('interrupted');
  });

/**
 * With NODE_COMPILE_CACHE, a process that is killed still leaves its compiled code to others. Node keeps what was compiled
 * when it writes the cache first, and functions are compiled when they are called: so this waits for the App's work.
 */
const keepCompiledCode = (): void => void setTimeout(flushCompileCache, 1000).unref();

async function countLines(repository: Repository, commit: string): Promise<number[]> {
  const text = (await readFile(repository, commit, FILE)) ?? '';
  return text.split('\n').flatMap((line, index) => (line.includes('// allocates') ? [index + 1] : []));
}

const reviewCommits: Engine['reviewCommits'] = async ({
  gitDir,
  baseSha,
  headSha,
  bench,
  signal,
  onProgress,
}) => {
  const workspace = await mkdtemp(path.join(tmpdir(), 'stub-'));
  try {
    const repository = await openRepository(gitDir, workspace, { signal });
    const base = await findMergeBase(repository, baseSha, headSha);
    onProgress({ phase: 'compile', side: 'head' });
    await seem(MEASURE_MS, signal);
    const [before, after] = [await countLines(repository, base), await countLines(repository, headSha)];
    const lines = after.slice(before.length);
    const findings = lines.map((line, index) =>
      buildFinding({
        id: String(line).padStart(16, '0'),
        file: FILE,
        line,
        benchmarks: [
          {
            package: 'example.com/m/log',
            name: `BenchmarkInfo/${index}`,
            allocsPerOp: amount(2, 3),
            bytesPerOp: amount(64, 80),
            addedObjects: 1,
            addedBytes: 16,
          },
        ],
      }),
    );
    const regressed = findings.map((_, index) => buildDelta({ name: `BenchmarkInfo/${index}` }));
    const unchanged = buildDelta({ name: 'BenchmarkSame', verdict: 'unchanged', allocsPerOp: amount(2, 2) });
    const isWanted = ({ name }: { name: string }): boolean => new RegExp(bench ?? '', 'u').test(name);
    const result = buildReview({
      base: { sha: base },
      head: { sha: headSha },
      deltas: [...regressed, unchanged].filter(isWanted),
      findings: findings.filter(({ benchmarks }) => benchmarks.some(isWanted)),
      escapes: [],
      warnings: [],
      diff: await diffTrees(repository, base, headSha),
    });
    keepCompiledCode();
    return { result, config: buildConfig(PROVE_MS === null ? { experiments: 0 } : {}) };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
};

const proveCommits: Engine['proveCommits'] = async ({ known, signal }) => {
  await seem(PROVE_MS ?? 0, signal);
  const [first, ...others] = known.findings;
  if (first === undefined) return known;
  const { line } = first;
  const experiment: Experiment = {
    outcome: 'proved',
    benchmark: 'example.com/m/log.BenchmarkInfo/0',
    unit: 'allocs/op',
    head: 3,
    added: 1,
    trials: [{ lines: [{ file: FILE, first: line, last: line, deleted: false }], outcome: 'gone', value: 2 }],
    seconds: 1,
  };
  const suggestion: Suggestion = {
    remedy: 'stub',
    file: FILE,
    first: line,
    last: line,
    replacement: ['\tuse(0)'],
    patch: '',
    benchmark: 'example.com/m/log.BenchmarkInfo/0',
    unit: 'allocs/op',
    before: 3,
    after: 2,
    tests: 1,
  };
  return { ...known, findings: [{ ...first, experiment, suggestion }, ...others] };
};

/** A history of nothing: the stub measures pull requests alone. */
const measureCommits: Engine['measureCommits'] = () =>
  Promise.resolve({ commits: 1, known: 0, measured: 1, benchmarks: 0, left: 0, isStopped: false });

const parts: Parts = {
  engine: {
    ...realParts.engine,
    reviewCommits,
    proveCommits,
    warmCaches: () => Promise.resolve(),
    measureCommits,
  },
  pace: { writeSpacingMs: Number(process.env['STUB_SPACING_MS'] ?? 0), retryDelayMs: 20 },
  timing: {
    ...realParts.timing,
    leaseMs: 2000,
    beatMs: 500,
    sweepMs: 500,
    graceMs: 3000,
    checkMs: 10_000,
    redeliveryMs: 2000,
    redeliverySpacingMs: 20,
    retryMs: 500,
    yieldMs: 200,
    maxWaitMs: 2000,
  },
};

process.exitCode = await (process.argv[2] === 'worker' ? runWorker(parts) : runServe(parts));
