import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { type Coverage, parseCoverage } from '../compare/coverage.ts';
import type { Estimate } from './run-plan.ts';
import { chooseTimeouts, exactPattern, PROCS, type TestBinary } from './test-binary.ts';

/** Counters may make code some times slower. */
const COVERAGE_SLOWDOWN = 3;
/** A line for each block of the packages that are counted. */
const MAX_COVERAGE_BYTES = 64 << 20;

/** The flags of `go test -c` for a binary that records which blocks of some packages are run. */
export function coverageFlags(packages: readonly string[]): string[] {
  return ['-cover', '-covermode=set', `-coverpkg=${packages.join(',')}`];
}

/** Benchmarks to be run once, with the same N. */
export type CoverageRequest = {
  names: readonly string[];
  iterations: number;
  estimates: readonly Estimate[];
  /** Once it is aborted, the process is ended. */
  until: AbortSignal;
};

/**
 * Runs benchmarks with a binary that has coverage counters. Null when the run did not come to its end, or when one of them
 * failed: then nothing is known.
 */
export async function runCovered(
  binary: TestBinary,
  { names, iterations, estimates, until }: CoverageRequest,
): Promise<Coverage | null> {
  const expectedMs = estimates.reduce(
    (sum, { opMs, setUpMs }) => sum + ((iterations + 1) * opMs + 2 * setUpMs) * COVERAGE_SLOWDOWN,
    0,
  );
  const { limits, sandbox, env } = binary;
  const { idleTimeoutMs, timeoutMs } = chooseTimeouts(limits, expectedMs);
  const temp = env['TMPDIR'] ?? '/tmp';
  // Without a file system of its own it must not get the file of another.
  const name = sandbox.facts.tier === 'none' ? `allocgate-${randomUUID()}.cover` : 'allocgate.cover';
  const profile = path.join(temp, name);
  const outcome = await sandbox.run({
    file: binary.file,
    args: [
      '-test.v',
      '-test.run=^$',
      `-test.bench=${exactPattern(names)}`,
      `-test.cpu=${PROCS}`,
      `-test.benchtime=${iterations}x`,
      `-test.timeout=${Math.ceil(timeoutMs / 1000)}s`,
      '-test.paniconexit0',
      `-test.coverprofile=${profile}`,
    ],
    cwd: binary.cwd,
    env,
    timeoutMs,
    idleTimeoutMs,
    until,
    view: binary.view,
    maxOutputBytes: limits.outputBytes,
    resultFile: { path: profile, maxBytes: MAX_COVERAGE_BYTES },
  });
  if (outcome.ended !== 'exited' || outcome.exitCode !== 0 || outcome.result === null) return null;
  return parseCoverage(outcome.result.toString('utf8'));
}
