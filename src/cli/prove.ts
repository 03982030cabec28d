import { Failure } from '../errors.ts';
import type { Config } from '../config/schema.ts';
import { planReview } from '../report/data/report.ts';
import type { PlannedReview } from '../report/decide/planned.ts';
import type { Review } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import { proveCauses } from '../trials/experiments.ts';
import type { ReviewFlags, Target } from './flags.ts';

const DEFAULT_MINUTES = 5;
const MIN_MINUTES = 0.1;
const MS_PER_MINUTE = 60_000;

/** Milliseconds for experiments; null: none are wanted. Throws `bad-option`. */
export function readProveBudget({ prove }: ReviewFlags): number | null {
  if (prove === undefined) return null;
  const minutes = prove === true ? DEFAULT_MINUTES : Number(prove);
  if (minutes >= MIN_MINUTES) return minutes * MS_PER_MINUTE;
  const problem = { kind: 'not-minutes' } as const;
  throw new Failure('bad-option', { option: '--prove', value: String(prove), problem });
}

/** What can be written twice: a file as a whole, and a text that experiments are added to. Other formats are one document. */
export const isWrittenTwice = ({ format, file }: Target): boolean => file !== null || format === 'text';

/** Hands out the review as it is, then tries its causes. `write` gets the first report. */
export function proveAfterwards(
  budgetMs: number,
  write: (planned: PlannedReview) => Promise<void>,
): (result: Review, config: Config, lab: Lab) => Promise<Review> {
  return async (result, config, lab) => {
    await write(planReview(result, config));
    return proveCauses(result, lab, { budgetMs });
  };
}
