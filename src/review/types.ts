import type { Config } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import type { StageLimits } from '../go/stage-limits.ts';
import type { Review } from '../report/model/review.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Rule } from '../rules/schema.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { Repository } from '../source/repository.ts';
import type { TreeLimits } from '../source/tree.ts';
import type { KeepProfile } from './keep-profiles.ts';
import type { Workspace } from './workspace.ts';

/** The resolved object IDs of the versions to compare. */
export type Comparands = {
  baseSha: string;
  /** null: the work tree. */
  headSha: string | null;
  /** The commit or tree IDs to export. */
  baseTree: string;
  headTree: string;
};

/** The absolute paths of the exported trees. */
export type Trees = { base: string; head: string };

/** A repository that is opened for one review or compilation, with the operator's settings. */
export type Session = {
  settings: Settings;
  workspace: Workspace;
  repository: Repository;
  rules: readonly Rule[];
  signal: AbortSignal;
};

/** A wish that a review ends early, and reports what it has measured by then. */
export type StopSwitch = {
  signal: AbortSignal;
  /** Whether there is something to report: set by the review when it begins to measure. */
  isHeard: boolean;
};

/** What a review is about. */
export type Task = {
  comparands: Comparands;
  config: Config;
  /** The unique name of the repository. Its cached compilations are used only for it. */
  cacheName: string;
  /** Whether base is merged code, so that its compilations may be kept for later reviews. */
  isTrustedBase: boolean;
  /** Left out: the review ends by itself, or is given up. */
  stop?: StopSwitch | undefined;
  /** What a review of the same commits found before: it is only to be extended, and nothing is measured. */
  known?: Review;
  /** What somebody typed for this review alone: it must find something, where the config's own may find nothing. */
  typed?: { bench?: boolean; packages?: boolean };
  onProgress: (progress: Progress) => void;
  /** Takes the heap profiles of benchmarks that changed. */
  onProfile?: KeepProfile | undefined;
};

/** Where the programs of a review run and what they may use. Given values override the operator's settings. */
export type Confinement = {
  tier?: Settings['sandbox'] | undefined;
  /** Whether the reviewed code may use modules that `GOPRIVATE` names. */
  privateModules?: boolean | undefined;
};

/** An open sandbox, and the limits from the operator's settings. */
export type Enclosure = {
  sandbox: Sandbox;
  limits: StageLimits & { tree: TreeLimits };
  privateModules: boolean;
};
