import { buildLineMap } from '../compare/line-map.ts';
import type { Config } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import type { Review } from '../report/model/review.ts';
import { changedLinesNotRun } from '../report/decide/unmeasured.ts';
import { extendReview } from '../review/commits.ts';
import type { Lab } from '../review/lab.ts';
import { createChecker } from './check.ts';
import { proveCauses } from './experiments.ts';
import { offerTakeBacks } from './last-resort.ts';
import { offerBenchmarks } from './skeletons.ts';
import { tryRemedies } from './suggestions.ts';
import { measureTests } from './tested.ts';

const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1000;

/**
 * Tries the causes of a review, runs tests where no benchmark looks, writes benchmarks where no test does either, tries fixes,
 * and where none passes, the change without its cause, in this order, until the time is over.
 */
export async function prove(review: Review, lab: Lab, budgetMs: number): Promise<Review> {
  const started = performance.now();
  const left = (): number => budgetMs - (performance.now() - started);
  const proved = await proveCauses(review, lab, { budgetMs: left() });
  const tested = await measureTests(proved, lab, left());
  const offered = await offerBenchmarks(tested, lab, left());
  const checker = createChecker(lab);
  const fixed = await tryRemedies(offered, lab, left(), checker);
  return offerTakeBacks(fixed, lab, left(), checker);
}

/** Milliseconds for the experiments on a pull request: the config's minutes, and no more than the operator allows. */
export function experimentBudgetMs({ experiments }: Config, { limits }: Pick<Settings, 'limits'>): number {
  return Math.min(experiments * MS_PER_MINUTE, limits.experimentSeconds * MS_PER_SECOND);
}

/**
 * Whether an experiment could add to a review: it has a measured regression, or changed functions, or lines of them, that no
 * benchmark is known to run.
 */
export function hasExperiments({
  findings,
  reach,
  diff,
}: Pick<Review, 'findings' | 'reach' | 'diff'>): boolean {
  const map = buildLineMap(diff);
  const isOpen = (one: NonNullable<Review['reach']>['functions'][number]): boolean => {
    if (one.change === 'added') return false;
    const lines = changedLinesNotRun(one, map);
    return lines ? lines.length > 0 : one.isRun !== true || one.change === 'source';
  };
  return findings.some(({ evidence }) => evidence === 'proven') || (reach?.functions.some(isOpen) ?? false);
}

/** Carries out the experiments of an earlier review on its commits, in the operator's sandbox. Throws `Failure`. */
export function proveCommits(request: Parameters<typeof extendReview>[0]): Promise<Review> {
  const { config } = request;
  return extendReview(request, (known, lab, settings) =>
    prove(known, lab, experimentBudgetMs(config, settings)),
  );
}
