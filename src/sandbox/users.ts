/**
 * The users of one run's programs, if root starts them. The ranges are above those of people, packages and systemd
 * (systemd.io/UIDS-GIDS), and below 65,536, where containers end. Each user has a group with the same number.
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

/** Whether programs must become another user: as root they would be allowed everything. */
export const needsUsers = (): boolean => process.getuid?.() === 0;
