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
  /** The commit of head; null: head is the work tree. */
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

/** A request to end a review early, with a report of what was measured so far. */
export type StopSwitch = {
  signal: AbortSignal;
  /** Whether a stopped review can report a result. The review sets this when it begins to measure. */
  isHeard: boolean;
};

/** The inputs of a review. */
export type Task = {
  comparands: Comparands;
  config: Config;
  /** The unique name of the repository. Its cached compilations are used only for it. */
  cacheName: string;
  /**
   * The number of the pull request, if only people who may write to the repository can push to it. Compilations of head
   * are then kept for its later reviews.
   */
  pullRequest?: number | undefined;
  /** Whether base is merged code, so that its compilations may be kept for later reviews. */
  isTrustedBase: boolean;
  /** If omitted, the review cannot be stopped early. */
  stop?: StopSwitch | undefined;
  /** The earlier review of the same commits, which is only extended: nothing is measured. */
  known?: Review;
  /** Which options were given on the command line. They must match something; those of the config need not. */
  typed?: { bench?: boolean; packages?: boolean };
  onProgress: (progress: Progress) => void;
  /** Gets the heap profiles of benchmarks that changed. */
  onProfile?: KeepProfile | undefined;
};

/** The sandbox and the permissions of a review's programs. A value that is set overrides the operator's settings. */
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
