import { Failure } from '../errors.ts';
import type { Config } from '../config/schema.ts';
import { planReview } from '../report/data/report.ts';
import type { PlannedReview } from '../report/decide/planned.ts';
import type { Review } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import { prove } from '../trials/prove.ts';
import type { ReviewFlags, Target } from './flags.ts';

const DEFAULT_MINUTES = 5;
const MIN_MINUTES = 0.1;
const MS_PER_MINUTE = 60_000;

/** Milliseconds for experiments; null: none are wanted. Throws `bad-option`. */
export function readProveBudget({ prove, fix }: ReviewFlags): number | null {
  if (prove === undefined && !fix) return null;
  const minutes = prove === true || prove === undefined ? DEFAULT_MINUTES : Number(prove);
  if (minutes >= MIN_MINUTES) return minutes * MS_PER_MINUTE;
  const problem = { kind: 'not-minutes' } as const;
  throw new Failure('bad-option', { option: '--prove', value: String(prove), problem });
}

/**
 * Whether a target is written before and after the experiments: a file is replaced, and text on standard output is
 * continued. Other formats on standard output are a single document.
 */
export const isWrittenTwice = ({ format, file }: Target): boolean => file !== null || format === 'text';

type Extension = (result: Review, config: Config, lab: Lab) => Promise<Review>;

/**
 * Writes the review first, then tests its causes, runs tests of code that no benchmark reaches, and tries fixes.
 * `write` gets the review before the experiments.
 */
export function proveAfterwards(
  budgetMs: number,
  write: (planned: PlannedReview) => Promise<void>,
  fix: (result: Review, lab: Lab) => Promise<void>,
): Extension {
  return async (result, config, lab) => {
    await write(planReview(result, config));
    const tried = await prove(result, lab, budgetMs);
    await fix(tried, lab);
    return tried;
  };
}
