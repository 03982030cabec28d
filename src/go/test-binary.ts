import type { BenchExit } from '../compare/bench-end.ts';
import { type BenchOutput, createBenchParser } from '../compare/benchfmt.ts';
import { availableParallelism } from 'node:os';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { BenchmarkFailure } from '../compare/types.ts';
import type { Outcome, Sandbox, View } from '../sandbox/types.ts';
import type { StageLimits } from './stage-limits.ts';

/** One linked test binary and the folder in which `go test` would run it. */
export type TestBinary = {
  sandbox: Sandbox;
  package: string;
  file: string;
  /** The package's directory in the exported tree, absolute. */
  cwd: string;
  env: Record<string, string>;
  view: View;
  limits: StageLimits;
};

/** The benchmarks to run: regular expressions as in `-test.bench` and `-test.skip`. */
export type BenchRequest = {
  bench: string;
  skip: string;
  iterations: number;
  repeats: number;
  /** The expected time for all selected benchmarks in milliseconds; null: unknown, as for the first run of a package. */
  expectedMs: number | null;
  /** The milliseconds that it may print nothing; default: by the operator's limit and `expectedMs`. */
  idleMs?: number | undefined;
  /**
   * Whether to record every allocation. `outcome.result` is the compressed profile; otherwise it contains only samples.
   */
  profile: boolean;
  /** Called with the name of each benchmark that gave a result. */
  onRow?: (name: string) => void;
  /** Aborting it ends the process as if its time were over. */
  until?: AbortSignal;
};

export type BenchRun = BenchOutput & {
  /** The benchmark that ended the process. */
  crashed: string | null;
  /** The milliseconds from the previous line to a benchmark's result; the least of its repeats. */
  wallMs: Map<string, number>;
  /** The longest time in milliseconds without a line that did not end with a benchmark's result. */
  quietMs: number;
  /**
   * Whether the testing package ended normally: it printed its last line and then wrote the profile. The output of any
   * other process proves nothing.
   */
  isWhole: boolean;
  outcome: Outcome;
};

/** A benchmark may take this factor times its expected time, in addition to its limit. */
const SLACK = 10;
/** A compressed profile is a few hundred kilobytes. */
const MAX_PROFILE_BYTES = 64 << 20;

/**
 * The number of processors that the go command would use. It is set explicitly, because otherwise the output does not
 * show it.
 */
export const PROCS = availableParallelism();
const endsProcess: ReadonlySet<BenchmarkFailure['kind']> = new Set<BenchmarkFailure['kind']>([
  'panicked',
  'exited',
  'timed-out',
  'output-limit',
  'memory-limit',
  'process-limit',
  'disk-limit',
]);

/** The first bytes of a compressed profile (RFC 1952). */
const gzipMark = Buffer.from([0x1f, 0x8b]);

/** Whether the testing package wrote the requested profile, which is the last thing that it does. */
const isSealed = ({ ended, result }: Outcome): boolean =>
  ended === 'exited' && result !== null && result.subarray(0, gzipMark.length).equals(gzipMark);

function benchExit(outcome: Outcome): BenchExit {
  if (outcome.ended !== 'exited') return outcome.ended;
  if (outcome.exitCode !== 0 && outcome.wasOutOfProcesses) return 'process-limit';
  if (outcome.exitCode !== 0) return 'failed';
  return isSealed(outcome) ? 'ok' : 'cut-short';
}

/**
 * A pattern for exactly these benchmarks, including sub-benchmarks (`testing` splits patterns at `/` and top-level
 * `|`).
 */
export function exactPattern(names: readonly string[]): string {
  const escape = (element: string): string =>
    `^${element.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`)}$`;
  return names.map((name) => name.split('/').map(escape).join('/')).join('|');
}

/** The flags of one run (`go help testflag`). */
function testFlags(request: BenchRequest, timeoutMs: number, profile: string): string[] {
  return [
    '-test.v',
    '-test.run=^$',
    `-test.bench=${request.bench}`,
    ...(request.skip === '' ? [] : [`-test.skip=${request.skip}`]),
    '-test.benchmem',
    `-test.cpu=${PROCS}`,
    `-test.benchtime=${request.iterations}x`,
    `-test.count=${request.repeats}`,
    `-test.timeout=${Math.ceil(timeoutMs / 1000)}s`,
    '-test.paniconexit0',
    `-test.memprofile=${profile}`,
    ...(request.profile ? ['-test.memprofilerate=1'] : []),
  ];
}

/**
 * Every run writes a profile, even if only as proof that it ended normally. Without a sandbox, runs share a file
 * system, so the profile needs a unique name.
 */
const profileName = ({ facts }: Sandbox): string =>
  facts.tier === 'none' ? `allocgate-heap-${randomUUID()}.pb.gz` : 'allocgate-heap.pb.gz';

/**
 * How long a run of benchmarks may print nothing, and how long it may take, in milliseconds. The first run of a package
 * can take as long as measuring may.
 */
export function chooseTimeouts(
  { benchmarkMs, measureMs }: StageLimits,
  expectedMs: number | null,
): { idleTimeoutMs: number; timeoutMs: number } {
  if (expectedMs === null) return { idleTimeoutMs: benchmarkMs, timeoutMs: measureMs };
  const idleTimeoutMs = benchmarkMs + expectedMs * SLACK;
  return { idleTimeoutMs, timeoutMs: 2 * idleTimeoutMs };
}

/** A run without a result for so long, in addition to what was expected of it, was estimated wrongly. */
const OVERDUE_MS = 5000;

/** Work outside of benchmarks (a server that TestMain starts) may take so many times as long as it did at first. */
const QUIET_SLACK = 3;

/**
 * How long a process may print nothing until its estimates count as wrong, in milliseconds. `longestMs`: the longest
 * run of a benchmark, as estimated; `quietMs`: the longest time without a line outside of benchmarks.
 */
export function chooseOverdueMs(
  { benchmarkMs }: StageLimits,
  { longestMs, quietMs }: { longestMs: number; quietMs: number },
): number {
  return Math.min(benchmarkMs, OVERDUE_MS) + longestMs * SLACK + quietMs * QUIET_SLACK;
}

/** The top-level names of a binary's benchmarks, without running them; empty if the binary does not list them. */
export async function listBenchmarks(binary: TestBinary): Promise<string[]> {
  const names: string[] = [];
  const { limits, sandbox, file, cwd, env, view } = binary;
  await sandbox.run({
    file,
    args: ['-test.list=^Benchmark'],
    cwd,
    env,
    view,
    timeoutMs: limits.benchmarkMs,
    maxOutputBytes: limits.outputBytes,
    onStdout: (line) => {
      if (line.startsWith('Benchmark')) names.push(line);
    },
  });
  return names;
}

/** Runs benchmarks once and parses their output while they run. Never throws because of the benchmarks' behaviour. */
export async function runBenchmarks(binary: TestBinary, request: BenchRequest): Promise<BenchRun> {
  const parser = createBenchParser({ procs: PROCS, iterations: request.iterations, count: request.repeats });
  const wallMs = new Map<string, number>();
  const { limits } = binary;
  const { idleTimeoutMs, timeoutMs } = chooseTimeouts(limits, request.expectedMs);
  const profile = path.join(binary.env['TMPDIR'] ?? '/tmp', profileName(binary.sandbox));
  let since = performance.now();
  let quietMs = 0;
  const outcome = await binary.sandbox.run({
    file: binary.file,
    args: testFlags(request, timeoutMs, profile),
    cwd: binary.cwd,
    env: binary.env,
    timeoutMs,
    idleTimeoutMs: request.idleMs ?? idleTimeoutMs,
    ...(request.until && { until: request.until }),
    view: binary.view,
    maxOutputBytes: limits.outputBytes,
    resultFile: { path: profile, maxBytes: MAX_PROFILE_BYTES },
    onStdout: (line) => {
      const event = parser.line(line);
      if (event?.kind !== 'row' && event?.kind !== 'announced') return;
      const now = performance.now();
      if (event.kind === 'row') {
        const { name } = event.row;
        request.onRow?.(name);
        wallMs.set(name, Math.min(wallMs.get(name) ?? Infinity, now - since));
      } else quietMs = Math.max(quietMs, now - since);
      since = now;
    },
    onStderr: (line) => parser.line(line),
  });
  quietMs = Math.max(quietMs, performance.now() - since);
  const output = parser.end(benchExit(outcome));
  const crashed = output.failures.find(({ kind }) => endsProcess.has(kind))?.name ?? null;
  return {
    ...output,
    crashed,
    wallMs,
    quietMs,
    isWhole: isSealed(outcome) && output.verdict !== null,
    outcome,
  };
}
