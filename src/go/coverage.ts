import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { type Coverage, parseCoverage } from '../compare/coverage.ts';
import type { Estimate } from './run-plan.ts';
import { chooseOverdueMs, chooseTimeouts, exactPattern, PROCS, type TestBinary } from './test-binary.ts';

/** Counters may make code this many times slower. */
const COVERAGE_SLOWDOWN = 3;
/** The limit for a profile, which has a line for each block of the counted packages. */
const MAX_COVERAGE_BYTES = 64 << 20;

/** The flags of `go test -c` for a binary that counts how often the blocks of some packages are run. */
export function coverageFlags(packages: readonly string[]): string[] {
  return ['-cover', '-covermode=count', `-coverpkg=${packages.join(',')}`];
}

/** The benchmarks to run once, with the same N. */
export type CoverageRequest = {
  names: readonly string[];
  iterations: number;
  estimates: readonly Estimate[];
  /** Aborting it ends the process. */
  until: AbortSignal;
};

/**
 * Runs benchmarks with a binary that has coverage counters. Null if the run was ended early or a benchmark failed,
 * because nothing is known then.
 */
export async function runCovered(
  binary: TestBinary,
  { names, iterations, estimates, until }: CoverageRequest,
): Promise<Coverage | null> {
  const each = estimates.map(
    ({ opMs, setUpMs }) => ((iterations + 1) * opMs + 2 * setUpMs) * COVERAGE_SLOWDOWN,
  );
  const quietMs = Math.max(0, ...estimates.map((one) => one.quietMs ?? 0));
  const { limits, sandbox, env } = binary;
  const { timeoutMs } = chooseTimeouts(
    limits,
    each.reduce((sum, one) => sum + one, 0),
  );
  const temp = env['TMPDIR'] ?? '/tmp';
  // Without a sandbox, runs share a file system, so the profile needs a unique name.
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
    idleTimeoutMs: chooseOverdueMs(limits, { longestMs: Math.max(0, ...each), quietMs }),
    until,
    view: binary.view,
    maxOutputBytes: limits.outputBytes,
    resultFile: { path: profile, maxBytes: MAX_COVERAGE_BYTES },
  });
  if (outcome.ended !== 'exited' || outcome.exitCode !== 0 || outcome.result === null) return null;
  return parseCoverage(outcome.result.toString('utf8'));
}
