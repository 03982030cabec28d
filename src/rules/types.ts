import type { Amount, Cause, Decision, SiteChange } from '../compare/types.ts';

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

/** A rule matched on a change. Whether it gates is the plan's to say. */
export type Finding = {
  /** Fingerprint: survives line shifts and re-runs. 16 hex digits. */
  id: string;
  ruleId: string;
  /** The rule's slug. */
  rule: string;
  exercise: { id: string; title: string; section: string; url: string | null };
  evidence: 'proven' | 'possible';
  /** Path in head's tree, and line there. */
  file: string;
  line: number;
  /** The function that holds the line, as Go prints it. */
  function: string;
  onChangedLine: boolean;
  /** Empty for `possible`. Largest addition first. */
  benchmarks: AffectedBenchmark[];
  /** The compiler's decision at the place, if there is one. */
  decision: Decision | null;
  /** The profile's site, for `proven`. */
  site: SiteChange | null;
  cause: Cause | null;
  advice: string;
  /** Ids of other rules that fit here, less specific ones first named by the match, then the rule's `related`. */
  alternatives: string[];
};
