import { type BenchExit, type BenchOutput, createBenchParser } from '../compare/benchfmt.ts';
import { availableParallelism } from 'node:os';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { BenchmarkFailure } from '../compare/types.ts';
import type { Outcome, Sandbox, View } from '../sandbox/types.ts';
import type { StageLimits } from './stage-limits.ts';

/** One linked test binary and where `go test` would run it. */
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

/** What to run: regular expressions as `-test.bench` and `-test.skip` have them. */
export type BenchRequest = {
  bench: string;
  skip: string;
  iterations: number;
  repeats: number;
  /** Milliseconds that the benchmarks asked for should take together. */
  expectedMs: number;
  /** Whether to record every allocation; the compressed profile is `outcome.result`, else one of samples. */
  profile: boolean;
  /** Called with the name of each benchmark that gave a result. */
  onRow?: (name: string) => void;
};

export type BenchRun = BenchOutput & {
  /** The benchmark that took the whole process with it. */
  crashed: string | null;
  /** Milliseconds from the line before a benchmark's result to that result; the least where it repeats. */
  wallMs: Map<string, number>;
  /**
   * Whether the testing package came to its own end: its last line, and then the profile, which it writes after it. What
   * a process printed that ended otherwise proves nothing.
   */
  isWhole: boolean;
  outcome: Outcome;
};

/** How many times longer than expected a benchmark may take beyond its limit. */
const SLACK = 10;
/** A compressed profile is a few hundred kilobytes. */
const MAX_PROFILE_BYTES = 64 << 20;

/** As many as the go command itself would use; said outright, because a test cannot tell otherwise. */
const PROCS = availableParallelism();
const ENDS_PROCESS: ReadonlySet<BenchmarkFailure['kind']> = new Set<BenchmarkFailure['kind']>([
  'panicked',
  'exited',
  'timed-out',
  'output-limit',
  'memory-limit',
  'process-limit',
  'disk-limit',
]);

/** A profile is compressed (RFC 1952): its first bytes. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Whether the testing package wrote the profile that it was asked for, the last thing that it does. */
const isSealed = ({ ended, result }: Outcome): boolean =>
  ended === 'exited' && result !== null && result.subarray(0, GZIP.length).equals(GZIP);

function benchExit(outcome: Outcome): BenchExit {
  if (outcome.ended !== 'exited') return outcome.ended;
  if (outcome.exitCode !== 0 && outcome.wasOutOfProcesses) return 'process-limit';
  if (outcome.exitCode !== 0) return 'failed';
  return isSealed(outcome) ? 'ok' : 'cut-short';
}

/** Matches exactly these benchmarks, sub-benchmarks included (`testing` splits patterns at `/` and top-level `|`). */
export function exactPattern(names: readonly string[]): string {
  const escape = (element: string): string =>
    `^${element.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`)}$`;
  return names.map((name) => name.split('/').map(escape).join('/')).join('|');
}

/** The flags of one run, as `go help testflag` has them. */
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
 * Every run leaves a profile, if only as a sign that it came to its end. Without a file system of its own it must not get
 * that of another.
 */
const profileName = ({ facts }: Sandbox): string =>
  facts.tier === 'none' ? `allocgate-heap-${randomUUID()}.pb.gz` : 'allocgate-heap.pb.gz';

/** Runs benchmarks once and reads their output as it comes. Never throws for what the benchmarks do. */
export async function runBenchmarks(binary: TestBinary, request: BenchRequest): Promise<BenchRun> {
  const parser = createBenchParser({ procs: PROCS, iterations: request.iterations, count: request.repeats });
  const wallMs = new Map<string, number>();
  const { limits } = binary;
  const idleTimeoutMs = limits.benchmarkMs + request.expectedMs * SLACK;
  const timeoutMs = 2 * idleTimeoutMs;
  const profile = path.join(binary.env['TMPDIR'] ?? '/tmp', profileName(binary.sandbox));
  let since = performance.now();
  const outcome = await binary.sandbox.run({
    file: binary.file,
    args: testFlags(request, timeoutMs, profile),
    cwd: binary.cwd,
    env: binary.env,
    timeoutMs,
    idleTimeoutMs,
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
      }
      since = now;
    },
    onStderr: (line) => parser.line(line),
  });
  const output = parser.end(benchExit(outcome));
  const crashed = output.failures.find(({ kind }) => ENDS_PROCESS.has(kind))?.name ?? null;
  return { ...output, crashed, wallMs, isWhole: isSealed(outcome) && output.verdict !== null, outcome };
}
