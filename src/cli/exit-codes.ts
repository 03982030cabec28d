import type { FailureCode } from '../errors.ts';
import type { FailOn } from './flags.ts';
import type { Report } from '../report/model/schema.ts';

/** The exit statuses that scripts may rely on. */
export const exitCodes = { ok: 0, gated: 1, usage: 2, notMeasured: 3, interrupted: 130 } as const;

const usageFailures: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'not-a-repository',
  'unknown-revision',
  'no-merge-base',
  'shallow-clone',
  'no-default-branch',
  'no-commits',
  'bare-worktree',
  'bad-config',
  'bad-settings',
  'bad-option',
  'bad-environment',
  'unknown-rule',
  'output-not-writable',
]);

/** The exit status of a review that ended early. */
export function failureExitCode(code: FailureCode): number {
  if (code === 'interrupted') return exitCodes.interrupted;
  return usageFailures.has(code) ? exitCodes.usage : exitCodes.notMeasured;
}

const verdictExitCodes: Record<Report['verdict'], number> = {
  pass: exitCodes.ok,
  neutral: exitCodes.ok,
  fail: exitCodes.gated,
  error: exitCodes.notMeasured,
};

/**
 * The exit status of a complete review, from the configuration or `--fail-on`. A review without a result is never a
 * success.
 */
export function reviewExitCode(report: Report, failOn?: FailOn): number {
  const { verdict, benchmarks, findings } = report;
  if (failOn === undefined || verdict === 'error') return verdictExitCodes[verdict];
  if (failOn === 'never') return exitCodes.ok;
  const isWorse =
    verdict === 'fail' ||
    benchmarks.some((one) => one.verdict === 'regression') ||
    findings.some(({ evidence }) => evidence !== 'possible' || failOn === 'possible');
  return isWorse ? exitCodes.gated : exitCodes.ok;
}
