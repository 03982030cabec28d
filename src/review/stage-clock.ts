import type { Review, Stage } from '../report/model/review.ts';
import type { Progress } from '../report/words/progress.ts';

/**
 * Measures the time of each stage. A review reports the beginning of a stage, so the time until the next report belongs
 * to the previous stage.
 */
export type StageClock = {
  onProgress: (progress: Progress) => void;
  /** The milliseconds of each stage so far, and their sum. */
  read: () => Pick<Review['timing'], 'stages' | 'totalMs'>;
};

/** Starts the clock with the stage `source`. Every progress is passed on to `forward`. */
export function createStageClock(forward: (progress: Progress) => void): StageClock {
  const spent: Record<Stage, number> = {
    source: 0,
    fetch: 0,
    plan: 0,
    compile: 0,
    link: 0,
    discover: 0,
    run: 0,
    profile: 0,
    match: 0,
  };
  let current: Stage = 'source';
  let since = performance.now();
  const lap = (): void => {
    const now = performance.now();
    spent[current] += now - since;
    since = now;
  };
  return {
    onProgress: (progress) => {
      lap();
      current = stageOf(progress);
      forward(progress);
    },
    read: () => {
      lap();
      return { stages: { ...spent }, totalMs: Object.values(spent).reduce((sum, ms) => sum + ms, 0) };
    },
  };
}

function stageOf({ phase }: Progress): Stage {
  if (phase === 'measure') return 'run';
  if (phase === 'prove') return 'match';
  // Finding the benchmarks that run the change counts as discovery.
  return phase === 'cover' ? 'discover' : phase;
}
