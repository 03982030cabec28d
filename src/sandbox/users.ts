/**
 * The users of one run's programs, if allocgate runs as root. Their numbers are in the range from 60,578 to 61,183,
 * which neither distributions nor systemd use (https://systemd.io/UIDS-GIDS) and which containers have, too. Each user
 * has a group with the same number.
 */
export type RunUsers = {
  /** Builds and runs reviewed code. No other run uses it at the same time. */
  program: number;
  /** Downloads modules and owns them, the same for all runs. Its group may read the shared files. */
  fetch: number;
};

export const FETCH_UID = 61_183;
export const FIRST_PROGRAM_UID = 60_578;
export const LAST_PROGRAM_UID = 61_182;

/** Whether programs must run as another user, because this process is root and they would be allowed everything. */
export const needsUsers = (): boolean => process.getuid?.() === 0;
