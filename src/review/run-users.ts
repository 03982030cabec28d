import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../errors.ts';
import { FETCH_UID, FIRST_PROGRAM_UID, LAST_PROGRAM_UID, type RunUsers } from '../sandbox/users.ts';

/**
 * The age in milliseconds from which a claim without a record of its run is left over. A new run is recorded much sooner
 * after its claim.
 */
const UNRECORDED_AGE = 60_000;

/** Claims of users: files in `dir`, named by the user's number, with the run's name and the time of the claim. */
export type UserClaims = { dir: string; isRunning: (run: string) => Promise<boolean> };

/** Releases the claims of runs that have ended. */
async function releaseLeftovers({ dir, isRunning }: UserClaims): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    const file = path.join(dir, name);
    const [run = '', at = '0'] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
    const isYoung = Date.now() - Number(at) < UNRECORDED_AGE;
    if (!isYoung && !(await isRunning(run))) await rm(file, { force: true });
  }
}

/**
 * Claims a user for the programs of one run, so that parallel runs can neither read each other's files nor use up each
 * other's processes. If no claim can be written, or all users are claimed, runs share the last user.
 */
export async function claimUsers(
  claims: UserClaims,
  run: string,
): Promise<{ users: RunUsers; release: () => Promise<void> }> {
  // Other users may not enter this folder. Programs must be able to pass through the folders above it.
  await mkdir(path.dirname(claims.dir), { recursive: true }).catch(() => {});
  await mkdir(claims.dir, { mode: 0o700 }).catch(() => {});
  await releaseLeftovers(claims);
  for (let uid = FIRST_PROGRAM_UID; uid <= LAST_PROGRAM_UID; uid += 1) {
    const file = path.join(claims.dir, String(uid));
    try {
      await writeFile(file, `${run} ${Date.now()}`, { flag: 'wx', mode: 0o600 });
      const release = async (): Promise<void> => rm(file, { force: true }).catch(() => {});
      return { users: { program: uid, fetch: FETCH_UID }, release };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') break;
    }
  }
  return { users: { program: LAST_PROGRAM_UID, fetch: FETCH_UID }, release: async () => {} };
}
