import type { Cause } from '../compare/cause.ts';
import type { Amount, BenchmarkFailure, Decision, Side, SiteChange } from '../compare/types.ts';

/** One benchmark that a finding makes more expensive. */
export type AffectedBenchmark = {
  package: string;
  name: string;
  allocsPerOp: Amount;
  bytesPerOp: Amount;
  /** The objects and bytes per op that this finding's site adds, from the profile. */
  addedObjects: number;
  addedBytes: number;
};

/**
 * The kinds of evidence, strongest first. `broken`: a benchmark ran at base and gives no result at head. `proven`: a
 * benchmark that both sides run alike allocates more. `adapted`: each side ran its own version of the benchmark.
 * `tested`: tests allocate more. `possible`: not measured.
 */
export const evidenceKinds = ['broken', 'proven', 'adapted', 'tested', 'possible'] as const;
export type Evidence = (typeof evidenceKinds)[number];

/** The rank of an evidence; the strongest is 0. */
export const rankEvidence = (evidence: Evidence): number => evidenceKinds.indexOf(evidence);

/** One line of a finding, with the function that contains it. */
type FindingPlace = { file: string; line: number; function: string };

/** A contract that head breaks and base did not. */
export type BrokenContract = {
  /**
   * `allocs`: the most objects per op of a benchmark. `noescape`: no value in a function, or on some lines, moves to
   * the heap.
   */
  kind: 'allocs' | 'noescape';
  /** `package.BenchmarkX/sub`, a function as `T.M`, or `file:line`. */
  subject: string;
  /** The limit and what was measured; null for `noescape`. */
  allocs: number | null;
  allocsPerOp: Amount | null;
  /** The comment that declares the contract; null: the config declares it. */
  declared: { file: string; line: number; side: Side } | null;
};

/** What head allocates with some of its changes taken back. */
export type Trial = {
  /** Head's lines that were as in base; `deleted`: the lines that base had after `first` were there again. */
  lines: { file: string; first: number; last: number; deleted: boolean }[];
  /** `gone`: all that the finding adds was gone. `broken`: head did not compile, or the benchmark gave no result. */
  outcome: 'gone' | 'less' | 'same' | 'broken';
  /** Per op, in the experiment's unit; null where nothing was measured. */
  value: number | null;
};

/** Head tried again with changes taken back, to see whether they are the cause of a finding. */
export type Experiment = {
  /**
   * About the finding's cause. `proved`: without it, the allocation is gone. `partly`: it is one of several causes.
   * `refuted`: without it, the allocation is still there. `undecided`: no trial that compiled decided it, or the time
   * ran out.
   */
  outcome: 'proved' | 'partly' | 'refuted' | 'undecided';
  /** `package.BenchmarkX/sub`. */
  benchmark: string;
  unit: 'allocs/op' | 'B/op';
  /** What head makes per op, measured again beside the trials, and how much of it the finding adds. */
  head: number;
  added: number;
  /** The trials that decided something: those of the cause first, then those of other changes. */
  trials: Trial[];
  seconds: number;
};

/** How much more a function allocates at head, measured in a test that runs it. */
export type TestedCost = {
  /** As the compiler names it in its package: `(*T).M`. */
  function: string;
  /** `package.TestX`, and how often it calls the function, by coverage counters. */
  test: string;
  calls: number;
  /** Set if benchmarks run the function but not this line of it. `calls` is then how often the line runs. */
  line?: number;
  /** What each call adds. */
  objects: number;
  bytes: number;
  /** The part of that which this finding adds, if other findings add the rest. */
  here?: { objects: number; bytes: number };
};

/** How many tests ran a line, and how often together, without any allocation there. */
export type QuietTests = { tests: number; runs: number };

/** A benchmark that was written for a function that nothing measures, or why there is none. */
export type OwnBenchmark = {
  /** As the compiler names it in its package: `(*T).M`. */
  function: string;
} & (
  | {
      /** Its name, and a test file of the package that contains nothing else. */
      name: string;
      code: string;
      /** The test that its inputs come from; null: they are made from the types of the parameters. */
      from: string | null;
      /** Per op, on each side. */
      base: { allocs: number; bytes: number };
      head: { allocs: number; bytes: number };
    }
  | {
      problem:
        | {
            kind: 'unwritable';
            what: 'parameter' | 'receiver' | 'type-parameter';
            name: string;
            type: string;
          }
        /** The benchmark does not compile on a side, or does not run to its end there. */
        | { kind: 'compile' | 'run'; side: 'base' | 'head' };
    }
);

/** The remedy of a suggestion that takes a part of the change back. */
export const TAKE_BACK = 'take-back';

/** An edit of head that was tried: it compiles, leaves every passing test passing, and allocates less. */
export type Suggestion = {
  /** The name of the remedy in src/remedies: `compile-once`; or `TAKE_BACK`. */
  remedy: string;
  file: string;
  /** The first and last of head's lines that `replacement` replaces. */
  first: number;
  last: number;
  replacement: string[];
  /** The same edit as a unified diff. */
  patch: string;
  /** `package.BenchmarkX/sub`, and what it makes without and with the edit. */
  benchmark: string;
  unit: 'allocs/op' | 'B/op';
  before: number;
  after: number;
  /** How many tests passed without the edit and still pass with it. */
  tests: number;
};

/** A rule that matched a change. The plan decides whether it gates. */
export type Finding = {
  /** The fingerprint, which does not depend on line numbers and re-runs. 16 hex digits. */
  id: string;
  ruleId: string;
  /** The rule's slug. */
  rule: string;
  exercise: {
    id: string;
    title: string;
    /** The title of the document that the exercise comes from. Stored reviews of earlier versions do not have it. */
    document?: string;
    section: string;
    url: string | null;
  };
  evidence: Evidence;
  /** The path and line at head; for several places, those of the most expensive one. */
  file: string;
  line: number;
  /** The function that contains the line, as Go prints it. */
  function: string;
  onChangedLine: boolean;
  /** Every line of the same rule and cause; the first is the finding's own. */
  places: FindingPlace[];
  /** Empty for `possible`. Largest addition first. */
  benchmarks: AffectedBenchmark[];
  /** The compiler's decision about the place; null: it reported none. */
  decision: Decision | null;
  /**
   * The function of package runtime that allocates for the line; null if a called function allocates, or if it is
   * unknown.
   */
  allocator: string | null;
  /** The site of the heap profile that adds most; null without a profile. */
  site: SiteChange | null;
  cause: Cause | null;
  /** Set if base's benchmark itself allocates, because of the finding's line: the code of its line, which head lacks. */
  benchmarkCode?: string;
  /** Set if a contract forbids the allocation. */
  contract?: BrokenContract;
  /** How the benchmarks of a `broken` finding fail at head. */
  failure?: Pick<BenchmarkFailure, 'kind' | 'detail'>;
  /** Set if the cause was tried. */
  experiment?: Experiment;
  /** Set if a remedy was tried and worked. */
  suggestion?: Suggestion;
  /** Set if allocgate tried to write a benchmark for the function. */
  ownBenchmark?: OwnBenchmark;
  /** Set if the evidence is `tested`. */
  tested?: TestedCost;
  /** Set if the evidence is `possible`, and tests that ran the line saw no allocation there. */
  quietTests?: QuietTests;
  advice: string;
  /** IDs of other rules that help here: first less specific ones that match, then the rule's `related`. */
  alternatives: string[];
  /** The rules of `alternatives` that the config enables, with their names. */
  others?: { id: string; rule: string; title: string }[];
};
