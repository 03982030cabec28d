import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Failure } from '../errors.ts';
import { chooseIterations } from './run-plan.ts';
import { exactPattern, runBenchmarks, type TestBinary } from './test-binary.ts';

/**
 * A decompressed pprof profile of one benchmark with `iterations` iterations, in addition to Go's first run with N = 1.
 */
export type RawProfile = { iterations: number; bytes: Uint8Array };

/** Recording the stack of every allocation makes a benchmark slower by about this factor. */
const PROFILE_SLOWDOWN = 20;
const PROFILE_RUN_MS = 50;
/** The ratio between two values of N. Their difference contains only the loop and no set-up work. */
const LOW_SHARE = 5;
/**
 * The limit for a decompressed profile. A compressed one is a few hundred kilobytes; a crafted one must not fill the
 * memory.
 */
const MAX_PROFILE_BYTES = 256 << 20;
/**
 * Garbage collections empty pools and start new tiny blocks at random times, so counts would differ from run to run.
 * They are switched off, but the memory limit still allows them for benchmarks with much garbage (runtime/debug).
 */
const withoutCollections = { GOGC: 'off', GOMEMLIMIT: '512MiB' };

async function profileOnce(
  binary: TestBinary,
  name: string,
  iterations: number,
  opMs: number,
): Promise<RawProfile | null> {
  try {
    const run = await runBenchmarks(binary, {
      bench: exactPattern([name]),
      skip: '',
      iterations,
      repeats: 1,
      expectedMs: (iterations + 1) * opMs * PROFILE_SLOWDOWN,
      profile: true,
    });
    const { ended, exitCode, result } = run.outcome;
    if (ended !== 'exited' || exitCode !== 0 || result === null) return null;
    const bytes = await promisify(gunzip)(result, { maxOutputLength: MAX_PROFILE_BYTES });
    return { iterations, bytes };
  } catch (error) {
    if (error instanceof Failure) throw error;
    // There is no valid profile; the caller reports that the sites are unknown.
    return null;
  }
}

/**
 * Takes two heap profiles of one benchmark, at a smaller and a larger N, recording every allocation
 * (`-memprofilerate=1`). Null if there is no profile.
 */
export async function profileBenchmark(
  binary: TestBinary,
  name: string,
  opMs: number,
): Promise<{ low: RawProfile; high: RawProfile } | null> {
  const most = chooseIterations(opMs * PROFILE_SLOWDOWN, PROFILE_RUN_MS);
  const highIterations = Math.max(most, LOW_SHARE + 1);
  const lowIterations = Math.floor(highIterations / LOW_SHARE);
  const steady = { ...binary, env: { ...binary.env, ...withoutCollections } };
  const low = await profileOnce(steady, name, lowIterations, opMs);
  const high = low && (await profileOnce(steady, name, highIterations, opMs));
  return low && high ? { low, high } : null;
}
