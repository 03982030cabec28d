import type { Amount, BenchmarkFailure, Cause, Decision, Side, SiteChange } from '../compare/types.ts';

/** One benchmark that a finding makes more expensive. */
export type AffectedBenchmark = {
  package: string;
  name: string;
  allocsPerOp: Amount;
  bytesPerOp: Amount;
  /** What this finding's site adds, from the profile: objects and bytes per op. */
  addedObjects: number;
  addedBytes: number;
};

/**
 * How a finding is known, strongest first. `broken`: a benchmark ran at base and gives no result at head. `proven`: a benchmark that both sides run alike allocates more. `adapted`: each
 * side ran under its own version of the benchmark. `tested`: tests allocate more. `possible`: nothing measured it.
 */
export const evidenceKinds = ['broken', 'proven', 'adapted', 'tested', 'possible'] as const;
export type Evidence = (typeof evidenceKinds)[number];

/** The strongest evidence is 0. */
export const rankEvidence = (evidence: Evidence): number => evidenceKinds.indexOf(evidence);

/** One line of a finding, with the function that holds it. */
type FindingPlace = { file: string; line: number; function: string };

/** A contract that head breaks and base did not. */
export type BrokenContract = {
  /** `allocs`: the most objects per op of a benchmark. `noescape`: nothing in a function, or on lines, moves to the heap. */
  kind: 'allocs' | 'noescape';
  /** `package.BenchmarkX/sub`, a function as `T.M`, or `file:line`. */
  subject: string;
  /** The limit and what was measured; null for `noescape`. */
  allocs: number | null;
  allocsPerOp: Amount | null;
  /** The comment that makes the contract; null: the config does. */
  declared: { file: string; line: number; side: Side } | null;
};

/** What head allocates with some of its changes taken back. */
export type Trial = {
  /** Head's lines that were as in base; `deleted`: what base had behind `first` was there again. */
  lines: { file: string; first: number; last: number; deleted: boolean }[];
  /** `gone`: all that the finding adds. `broken`: it did not compile, or the benchmark gave no result. */
  outcome: 'gone' | 'less' | 'same' | 'broken';
  /** Per op, in the experiment's unit; null where nothing was measured. */
  value: number | null;
};

/** Head tried again with changes taken back, to see whether they are the cause of a finding. */
export type Experiment = {
  /**
   * About the finding's cause. `proved`: without it the allocation is gone. `partly`: there are other causes. `refuted`: it is
   * still there. `undecided`: nothing that compiles tells, or the time was over.
   */
  outcome: 'proved' | 'partly' | 'refuted' | 'undecided';
  /** `package.BenchmarkX/sub`. */
  benchmark: string;
  unit: 'allocs/op' | 'B/op';
  /** What head makes, measured again beside its trials, and what the finding adds to it. */
  head: number;
  added: number;
  /** The trials that tell something: of the cause first, then of other changes. */
  trials: Trial[];
  seconds: number;
};

/** A rule matched on a change. Whether it gates is the plan's to say. */
export type Finding = {
  /** Fingerprint: survives line shifts and re-runs. 16 hex digits. */
  id: string;
  ruleId: string;
  /** The rule's slug. */
  rule: string;
  exercise: {
    id: string;
    title: string;
    /** Title of the document that the exercise comes from; reviews kept from before it was noted lack it. */
    document?: string;
    section: string;
    url: string | null;
  };
  evidence: Evidence;
  /** Path in head's tree, and line there: of several places the one that costs most. */
  file: string;
  line: number;
  /** The function that holds the line, as Go prints it. */
  function: string;
  onChangedLine: boolean;
  /** Every line of the same rule and cause, that of the finding first. */
  places: FindingPlace[];
  /** Empty for `possible`. Largest addition first. */
  benchmarks: AffectedBenchmark[];
  /** The compiler's decision at the place, if there is one. */
  decision: Decision | null;
  /** The function of package runtime that the line itself allocates with; null where a call does, or nothing tells. */
  allocator: string | null;
  /** The profile's site, for `proven`. */
  site: SiteChange | null;
  cause: Cause | null;
  /** Given where the allocation is one that a contract forbids. */
  contract?: BrokenContract;
  /** How the benchmarks of a `broken` finding end at head. */
  failure?: Pick<BenchmarkFailure, 'kind' | 'detail'>;
  /** Given where the cause was tried. */
  experiment?: Experiment;
  advice: string;
  /** Ids of other rules that fit here, less specific ones first named by the match, then the rule's `related`. */
  alternatives: string[];
  /** `alternatives` by name, as far as the config leaves them. */
  others?: { id: string; rule: string; title: string }[];
};
