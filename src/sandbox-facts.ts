/** How the programs of a reviewed repository are isolated: gVisor's own kernel, namespaces of this kernel, or not at all. */
export type Tier = 'gvisor' | 'bubblewrap' | 'none';

/** What limits memory and processes: a control group of either version, or the limits of each process alone. */
export type Accounting = 'cgroup-v2' | 'cgroup-v1' | 'rlimits';

/** The sandbox that a review ran in. */
export type SandboxFacts = {
  tier: Tier;
  accounting: Accounting;
  /** User ID that the programs run as, outside; null: the caller's own. */
  uid: number | null;
};

/** Why a tier cannot be used on this machine. */
export type SandboxProblem = {
  kind:
    /** Not Linux on amd64. */
    | 'platform'
    /** `program` is not on the PATH. */
    | 'missing'
    /** The kernel, or the container that allocgate runs in, refuses namespaces or mounts. */
    | 'blocked'
    /** The sandbox user may not enter a folder that it needs. */
    | 'closed-folder'
    /** It starts, but does not isolate what it should. */
    | 'ineffective';
  program: string;
  /** The program's own words, or the promise that is broken. */
  detail: string;
  /** Docker, Podman or Kubernetes: the remedy is an option of theirs. */
  inContainer: boolean;
};
