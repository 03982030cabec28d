import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { perOp } from '../compare/per-op.ts';
import { parseProfile } from '../compare/profile.ts';
import type { AllocationSite } from '../compare/types.ts';
import { runGo, tagFlags } from '../go/go-command.ts';
import type { TestBinary } from '../go/test-binary.ts';
import { replaceBinary } from '../review/build.ts';
import { createResolver } from '../review/positions.ts';
import type { BuiltVariant } from './lab.ts';

/** A test that takes longer than this by itself is left out. */
const TEST_MS = 10_000;
const MAX_RESULT_BYTES = 64 << 20;
/** As for benchmarks: garbage collections would empty pools at random moments. */
const withoutCollections = { GOGC: 'off', GOMEMLIMIT: '512MiB' };

type Run = { lines: string[]; result: Buffer | null; ended: 'passed' | 'failed' | 'slow' };

/** Runs a test binary once. `output`: a flag of `go test` that takes a file. */
async function run(binary: TestBinary, args: readonly string[], output: string | null): Promise<Run> {
  const file = path.join(binary.env['TMPDIR'] ?? '/tmp', 'allocgate-tests.out');
  const lines: string[] = [];
  const { ended, exitCode, result } = await binary.sandbox.run({
    file: binary.file,
    args: [
      ...args,
      `-test.timeout=${TEST_MS / 1000}s`,
      '-test.paniconexit0',
      ...(output === null ? [] : [`-test.${output}=${file}`]),
    ],
    cwd: binary.cwd,
    env: binary.env,
    timeoutMs: TEST_MS * 2,
    idleTimeoutMs: TEST_MS * 2,
    view: binary.view,
    maxOutputBytes: binary.limits.outputBytes,
    ...(output !== null && { resultFile: { path: file, maxBytes: MAX_RESULT_BYTES } }),
    onStdout: (line) => lines.push(line),
  });
  if (ended === 'timed-out' || lines.some((line) => line.startsWith('panic: test timed out'))) {
    return { lines, result: null, ended: 'slow' };
  }
  return { lines, result, ended: ended === 'exited' && exitCode === 0 ? 'passed' : 'failed' };
}

const only = (test: string): string => `-test.run=^${test}$`;

/** The names of a package's tests, examples and fuzz tests. */
export async function listTests(binary: TestBinary): Promise<string[]> {
  const { lines } = await run(binary, ['-test.list=^(Test|Example|Fuzz)'], null);
  return lines.filter((line) => /^(?:Test|Example|Fuzz)\w*$/u.test(line));
}

/** Builds the test binary with coverage counters, which count calls and change what is inlined; null: it fails. */
export async function buildCounting({ binary, tree }: BuiltVariant, dir: string): Promise<TestBinary | null> {
  const { context } = tree;
  const folder = path.join(dir, 'counting');
  await mkdir(dir, { recursive: true });
  await context.sandbox.makeWritable(folder);
  const file = path.join(folder, 'counting.test');
  const flags = ['-c', '-vet=off', '-cover', '-covermode=count', '-trimpath', '-buildvcs=false'];
  const { ended, exitCode } = await runGo(
    context,
    ['test', ...flags, ...tagFlags(context), '-o', file, binary.package],
    { output: folder },
  );
  if (ended !== 'exited' || exitCode !== 0) return null;
  return replaceBinary(binary, file);
}

/** The number of runs of each block in a package's files: `file.go:12.34,15.2 3 5`. */
export type Block = { file: string; line: number; column: number; lastLine: number; count: number };

const BLOCK_LINE = /^(?<file>\S+\.go):(?<line>\d+)\.(?<column>\d+),(?<lastLine>\d+)\.\d+ \d+ (?<count>\d+)$/u;

/** Reads a coverage profile (golang.org/x/tools/cover) of one package. Files are named by their base names. */
export function readCoverage(text: string): Block[] {
  return text.split('\n').flatMap((line): Block[] => {
    const { file, line: at, column, lastLine, count } = BLOCK_LINE.exec(line)?.groups ?? {};
    if (file === undefined) return [];
    return [
      {
        file: path.posix.basename(file),
        line: Number(at),
        column: Number(column),
        lastLine: Number(lastLine),
        count: Number(count),
      },
    ];
  });
}

/** The blocks that one test runs, or the reason why it does not pass. */
export async function coverTest(counting: TestBinary, test: string): Promise<Block[] | 'failed' | 'slow'> {
  const { ended, result } = await run(counting, [only(test)], 'coverprofile');
  if (ended !== 'passed' || !result) return ended === 'slow' ? 'slow' : 'failed';
  return readCoverage(result.toString('utf8'));
}

/** How often each benchmark runs for this: a loop can leave out its first iteration. */
const BENCH_TIME = '2x';

/** Joins what several runs of one binary covered. */
function addCounts(runs: readonly Block[][]): Block[] {
  const groups = Map.groupBy(runs.flat(), ({ file, line, column }) => `${file}:${line}.${column}`);
  return [...groups.values()].flatMap(([first, ...others]) =>
    first ? [{ ...first, count: others.reduce((sum, { count }) => sum + count, first.count) }] : [],
  );
}

/**
 * The blocks that some of the package's benchmarks run; null if that cannot be found out. If they take too long together,
 * each runs alone, and those that take too long by themselves are left out.
 */
export async function coverBenchmarks(
  counting: TestBinary,
  benchmarks: ReadonlySet<string>,
  isLate: () => boolean,
): Promise<Block[] | null> {
  const cover = async (names: readonly string[]): Promise<Block[] | null> => {
    const args = ['-test.run=^$', `-test.bench=^(?:${names.join('|')})$`, `-test.benchtime=${BENCH_TIME}`];
    const { result } = await run(counting, args, 'coverprofile');
    return result && readCoverage(result.toString('utf8'));
  };
  if (benchmarks.size === 0) return [];
  const together = await cover([...benchmarks]);
  if (together) return together;
  const runs: Block[][] = [];
  for (const one of benchmarks) {
    if (isLate()) return null;
    const own = await cover([one]);
    if (own) runs.push(own);
  }
  return runs.length > 0 ? addCounts(runs) : null;
}

/**
 * The numbers of runs of a test in one process. The difference gives the allocations of a run, without set-up and
 * one-time allocations.
 */
const profileRuns = { low: 1, high: 3 };

/** The allocations of a test by site: those of each further run, and those of a whole process with one run. */
export type TestProfile = { steady: AllocationSite[]; whole: AllocationSite[] };

const nothing = { gathered: new Map(), objects: 0, bytes: 0, iterations: 0 };

/** Profiles one test; null: it does not pass several times in one process. */
export async function profileTest({ binary, tree }: BuiltVariant, test: string): Promise<TestProfile | null> {
  const steady = { ...binary, env: { ...binary.env, ...withoutCollections } };
  const resolve = createResolver(tree);
  const profile = async (runs: number) => {
    const args = [only(test), `-test.count=${runs}`, '-test.memprofilerate=1'];
    const { ended, result } = await run(steady, args, 'memprofile');
    if (ended !== 'passed' || !result) return null;
    try {
      const parsed = parseProfile(await promisify(gunzip)(result, { maxOutputLength: 256 << 20 }), resolve);
      return 'problem' in parsed ? null : { ...parsed, iterations: runs };
    } catch {
      // The file is not a valid profile.
      return null;
    }
  };
  const low = await profile(profileRuns.low);
  const high = low && (await profile(profileRuns.high));
  return low && high ? { steady: perOp(low, high).sites, whole: perOp(nothing, low).sites } : null;
}
