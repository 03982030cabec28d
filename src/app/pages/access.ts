import type { GitHubApp } from '../../github/client.ts';
import { readReader, readVisibility } from '../../github/access.ts';
import type { SignedIn } from '../../report/model/signed-in.ts';
import type { StoredRepository } from '../../store/types.ts';
import { nameOf } from '../types.ts';

/** The milliseconds for which GitHub's answers are kept. A person who loses access can still read for this long. */
const KEEP_MS = 3 * 60_000;
const MAX_KEPT = 10_000;

type Kept = { allowed: boolean; until: number };

/** Creates a function that remembers answers for `keepMs`. Failed requests are not remembered. */
function createMemory(keepMs: number) {
  const kept = new Map<string, Kept>();
  return async (key: string, ask: () => Promise<boolean>): Promise<boolean> => {
    const known = kept.get(key);
    if (known && known.until > Date.now()) return known.allowed;
    const allowed = await ask();
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, { allowed, until: Date.now() + keepMs });
    return allowed;
  };
}

/**
 * Creates the functions that decide who may read a repository's reports: everybody who may read the repository on
 * GitHub. GitHub is asked with the installation's token. They throw GitHub's errors.
 */
export function createAccess(gitHub: Pick<GitHubApp, 'forInstallation'>, keepMs = KEEP_MS) {
  const remember = createMemory(keepMs);
  return {
    canRead: (repository: StoredRepository, { userId, login }: SignedIn): Promise<boolean> =>
      remember(`${repository.id} ${userId} ${login}`, async () => {
        const github = await gitHub.forInstallation(repository.installationId);
        const there = await readVisibility(github, nameOf(repository));
        // In the meantime, another repository may have got the name, and another person the login.
        if (there?.id !== repository.id) return false;
        return (await readReader(github, nameOf(repository), login)) === userId;
      }),
    isPublic: (repository: StoredRepository): Promise<boolean> =>
      remember(`${repository.id} public`, async () => {
        const github = await gitHub.forInstallation(repository.installationId);
        const there = await readVisibility(github, nameOf(repository));
        return there?.id === repository.id && !there.isPrivate;
      }),
  };
}
