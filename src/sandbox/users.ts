/**
 * The users that programs of one run are, where root starts them. The ranges are above those of people, packages and
 * systemd's own (systemd.io/UIDS-GIDS), and below 65,536, where containers end. Each has the group of the same number.
 */
export type RunUsers = {
  /** Builds and runs reviewed code; no other run has it at the same time. */
  program: number;
  /** Downloads modules and owns them; every run has the same one. Its group may read what runs share. */
  fetch: number;
};

export const FETCH_UID = 61_183;
export const FIRST_PROGRAM_UID = 60_578;
export const LAST_PROGRAM_UID = 61_182;

/** Whether programs have to become another user: as root they would be allowed everything. */
export const needsUsers = (): boolean => process.getuid?.() === 0;
