/** How the programs of a reviewed repository are isolated: gVisor's own kernel, namespaces of this kernel, or not at all. */
export type Tier = 'gvisor' | 'bubblewrap' | 'none';

/** What limits memory and processes: a control group of either version, or the limits of each process alone. */
export type Accounting = 'cgroup-v2' | 'cgroup-v1' | 'rlimits';

/** The sandbox that a review ran in. */
export type SandboxFacts = {
  tier: Tier;
  accounting: Accounting;
  /** The user ID of the programs as the host sees it; null: that of the caller. */
  uid: number | null;
};

/** A guarantee of a sandbox that does not hold. */
export type BrokenGuarantee =
  | 'writable-root'
  | 'capabilities'
  | 'network'
  /** The system call filter is not active. */
  | 'no-filter'
  | 'new-privileges'
  | 'other-user';

/** Why a tier cannot be used on this machine. */
export type SandboxProblem = {
  kind:
    /** Not Linux on amd64. */
    | 'platform'
    /** `program` is not on the PATH. */
    | 'missing'
    /** The kernel, or the container that allocgate runs in, refuses namespaces or mounts. */
    | 'blocked'
    /** The sandbox user has no access to a folder that it needs. */
    | 'closed-folder'
    /** The sandbox starts, but does not isolate programs as it should. */
    | 'ineffective';
  program: string;
  /** The program's error message, or the platform, such as `darwin/arm64`. */
  detail: string;
  /** The guarantee that does not hold. Only `ineffective` has one, unless the check itself failed. */
  broken?: BrokenGuarantee;
  /**
   * Whether allocgate runs in a container (Docker, Podman or Kubernetes): then an option of the container fixes the
   * problem.
   */
  inContainer: boolean;
};
