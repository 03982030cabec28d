import type { CheckConclusion } from './pull-request.ts';
import type { Report } from './schema.ts';

/** The conclusion of the check run for each verdict. A head that does not build is not an allocation regression. */
export const conclusions: Record<Report['verdict'], CheckConclusion> = {
  pass: 'success',
  fail: 'failure',
  neutral: 'neutral',
  error: 'neutral',
};

/** The outcome that the App stores for a run whose check has this conclusion. */
export const outcomes = {
  success: 'pass',
  failure: 'fail',
  neutral: 'neutral',
  action_required: 'action-required',
  cancelled: 'cancelled',
} as const satisfies Record<CheckConclusion, string>;
