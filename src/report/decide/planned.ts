import type { Config } from '../../config/schema.ts';
import type { Report } from '../model/schema.ts';
import type { Review } from '../model/review.ts';
import type { JudgedAcceptance } from './acceptances.ts';
import type { Placement } from './placement.ts';

/** A review with all that was decided about it. Every output is written from the same one. */
export type PlannedReview = {
  report: Report;
  review: Review;
  config: Config;
  placement: Placement;
  /** What became of the acceptances of regressions that are still there. */
  judged: readonly JudgedAcceptance[];
};
