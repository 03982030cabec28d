import type { TestBinary } from '../go/test-binary.ts';

/** `    --- PASS: TestX/sub (0.00s)`, as `-test.v` prints it. */
const ENDED = /^\s*--- (?<how>PASS|FAIL|SKIP): (?<name>\S+)/u;

/**
 * Runs a package's tests, examples and fuzz seeds. Returns the names of those that passed; null: the run did not finish
 * in time.
 */
export async function runTests(binary: TestBinary): Promise<Set<string> | null> {
  const passed = new Set<string>();
  const { limits } = binary;
  const outcome = await binary.sandbox.run({
    file: binary.file,
    args: [
      '-test.v',
      '-test.run=^(Test|Example|Fuzz)',
      `-test.timeout=${Math.ceil(limits.benchmarkMs / 1000)}s`,
      '-test.paniconexit0',
    ],
    cwd: binary.cwd,
    env: binary.env,
    timeoutMs: limits.benchmarkMs * 2,
    idleTimeoutMs: limits.benchmarkMs,
    view: binary.view,
    maxOutputBytes: limits.outputBytes,
    onStdout: (line) => {
      const { how, name } = ENDED.exec(line)?.groups ?? {};
      if (how === 'PASS' && name !== undefined) passed.add(name);
    },
  });
  // Exit status 1 means that all tests ran and some failed.
  const isWhole = outcome.ended === 'exited' && (outcome.exitCode === 0 || outcome.exitCode === 1);
  return isWhole ? passed : null;
}
