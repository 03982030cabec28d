/** How long the App waits for what; tests take shorter ones. */
export type Timing = {
  /** A process that is silent for so long has died or hangs: its run and its deliveries go to another. */
  leaseMs: number;
  /** So often it says that it lives. */
  beatMs: number;
  /** So often work without a job is looked for. */
  sweepMs: number;
  /** How old such work must be: its maker comes first. */
  graceMs: number;
  /** Who makes a run's queued check has this time: a worker that finds none waits so long before it makes one. */
  checkMs: number;
  /** What was missed while the App was down is looked for at its start, and then so often. */
  catchUpMs: number;
  /** So often, and at the start, GitHub is asked to send again what was not taken. */
  redeliveryMs: number;
  /** Between two deliveries that it is asked for: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api */
  redeliverySpacingMs: number;
  /** A run that met a GitHub that does not answer waits for so long, times its tries. */
  retryMs: number;
  /** GitHub asks to wait for longer than this: the run goes back into the queue, and the worker does something else. */
  maxWaitMs: number;
};

/** What was missed is looked for from so long before the last look: clocks differ, and GitHub's lists may be a little behind. */
export const OVERLAP_MS = 10 * 60_000;

/** A worker that dies or hangs is noticed within two minutes. */
export const defaultTiming: Timing = {
  leaseMs: 60_000,
  beatMs: 15_000,
  sweepMs: 30_000,
  graceMs: 30_000,
  // Half of it until the request is sent, and half for GitHub's answer.
  checkMs: 60_000,
  catchUpMs: 15 * 60_000,
  redeliveryMs: 5 * 60_000,
  redeliverySpacingMs: 1000,
  retryMs: 15_000,
  maxWaitMs: 20_000,
};
