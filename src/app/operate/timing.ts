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
  /** The minimum age of a run without a job before the sweeper enqueues it again. */
  graceMs: number;
  /**
   * The time for the server to create a run's queued check. A worker that finds no check waits this long to create it.
   */
  checkMs: number;
  /** Interval between two searches for pull requests that were missed; the first is at the start. */
  catchUpMs: number;
  /** Interval between two searches for deliveries that were not acknowledged; the first is at the start. */
  redeliveryMs: number;
  /**
   * Pause between two requests for a redelivery:
   * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
   */
  redeliverySpacingMs: number;
  /** Pause before a failed run is tried again; it is multiplied by the number of tries. */
  retryMs: number;
  /**
   * A run of experiments or of a history checks this often whether a more urgent run waits. It ends if one has waited
   * for this long.
   */
  yieldMs: number;
  /** The longest pause that GitHub can ask for during a run. For a longer one, the run goes back into the queue. */
  maxWaitMs: number;
};

/**
 * Each search for missed work also covers this time before the last search, because clocks differ and GitHub's lists can
 * lag behind.
 */
export const OVERLAP_MS = 10 * 60_000;

/** The timing in production. A worker that crashes or hangs is noticed within two minutes. */
export const defaultTiming: Timing = {
  leaseMs: 60_000,
  beatMs: 15_000,
  sweepMs: 30_000,
  graceMs: 30_000,
  // Half of the time is for sending the request, and half for GitHub's answer.
  checkMs: 60_000,
  catchUpMs: 15 * 60_000,
  redeliveryMs: 5 * 60_000,
  redeliverySpacingMs: 1000,
  retryMs: 15_000,
  yieldMs: 2_000,
  maxWaitMs: 20_000,
};
