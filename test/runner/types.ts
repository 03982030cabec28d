/** Tests by how they ended, as node:test counts them; suites are counted apart. */
export type Counts = {
  tests: number;
  suites: number;
  passed: number;
  /** Or cancelled, which node counts apart. */
  failed: number;
  skipped: number;
  todo: number;
};

export type TestFailure = { name: string; error: unknown };

/** How a test process ended. */
export type Outcome = {
  /** The subject: a test file, or `pure tests`. */
  name: string;
  counts: Counts;
  failures: TestFailure[];
  /** Wall time. */
  seconds: number;
  /** Processor time with that of the programs it started, if they were waited for; null if the process was killed. */
  processorSeconds: number | null;
  /** Its output besides its tests. */
  output: string;
};
