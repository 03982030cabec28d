import type { Config } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import type { StageLimits } from '../go/stage-limits.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Rule } from '../rules/schema.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { Repository } from '../source/repository.ts';
import type { TreeLimits } from '../source/tree.ts';
import type { Workspace } from './workspace.ts';

/** What is to be compared, as resolved object IDs. */
export type Comparands = {
  baseSha: string;
  /** null: the work tree. */
  headSha: string | null;
  /** Commit or tree IDs to be exported. */
  baseTree: string;
  headTree: string;
};

/** Where base and head are exported to, absolute. */
export type Trees = { base: string; head: string };

/** A repository that is open for one piece of work, under the operator's settings. */
export type Session = {
  settings: Settings;
  workspace: Workspace;
  repository: Repository;
  rules: readonly Rule[];
  signal: AbortSignal;
};

/** What a review is about. */
export type Task = {
  comparands: Comparands;
  config: Config;
  /** Tells the repository from others: what is kept of its compilations serves it alone. */
  cacheName: string;
  /** Base is merged code: what is compiled of it may be kept for later reviews. */
  isTrustedBase: boolean;
  /** What somebody typed for this review alone: it must find something, where the config's own may find nothing. */
  typed?: { bench?: boolean; packages?: boolean };
  onProgress: (progress: Progress) => void;
};

/** Where the programs of a review run and what they may use; it overrides the operator's settings where it is given. */
export type Confinement = {
  tier?: Settings['sandbox'] | undefined;
  /** Whether the reviewed code may have modules that `GOPRIVATE` names. */
  privateModules?: boolean | undefined;
};

/** An open sandbox and the limits of the operator's settings. */
export type Enclosure = {
  sandbox: Sandbox;
  limits: StageLimits & { tree: TreeLimits };
  privateModules: boolean;
};
