import type { RunSubject } from './types.ts';

/**
 * The properties that all runs of a kind share. `priority`: the queue hands over runs with a higher number first; nobody
 * waits for a run below 0. `hasCheck`: whether the commit gets a check of the run.
 */
export const runKinds: Readonly<Record<RunSubject['kind'], { priority: number; hasCheck: boolean }>> = {
  'pull-request': { priority: 0, hasCheck: true },
  'merge-group': { priority: 0, hasCheck: true },
  experiments: { priority: -5, hasCheck: false },
  baseline: { priority: -10, hasCheck: false },
  history: { priority: -30, hasCheck: false },
};
