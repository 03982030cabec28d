import type { FailureCode } from '../errors.ts';
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

/** The exit status of a complete review. */
export const verdictExitCode = (verdict: Report['verdict']): number => verdictExitCodes[verdict];
