import type { Config } from '../../config/schema.ts';
import type { Report } from '../model/schema.ts';
import type { Review } from '../model/review.ts';
import type { JudgedAcceptance } from './acceptances.ts';
import type { Placement } from './placement.ts';

/** A review with all decisions about it. All outputs are written from one, so that they agree. */
export type PlannedReview = {
  report: Report;
  review: Review;
  config: Config;
  placement: Placement;
  /** The states of the acceptances whose regressions still exist. */
  judged: readonly JudgedAcceptance[];
};
