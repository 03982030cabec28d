/** Intervals and timeouts of the App in milliseconds; tests use shorter ones. */
export type Timing = {
  /**
   * A process without a heartbeat for this long has crashed or hangs. Its run and its deliveries go to another process.
   */
  leaseMs: number;
  /** Heartbeat interval: a process prolongs its leases this often. */
  beatMs: number;
  /** Interval between two searches for work that has no job. */
  sweepMs: number;
  /** The minimum age of work without a job before another process takes it over. */
  graceMs: number;
  /** Time in which the server makes a run's queued check; a worker that finds no check waits this long before it makes one. */
  checkMs: number;
  /** Interval between two searches for pull requests that were missed; the first is at the start. */
  catchUpMs: number;
  /** Interval between two requests to GitHub for deliveries that were not acknowledged; the first is at the start. */
  redeliveryMs: number;
  /** Pause between two such requests: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api */
  redeliverySpacingMs: number;
  /** A run that failed because GitHub did not answer waits this long, times the number of tries. */
  retryMs: number;
  /** A run of experiments or of a history looks this often whether a review waits, and ends for one that has waited as long. */
  yieldMs: number;
  /** If GitHub asks for a longer pause, the run goes back into the queue and the worker takes another one. */
  maxWaitMs: number;
};

/** Each search for missed work begins this long before the last one: clocks differ, and GitHub's lists may lag behind. */
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
  yieldMs: 2_000,
  maxWaitMs: 20_000,
};
