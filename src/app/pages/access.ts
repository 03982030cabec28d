import type { GitHubApp } from '../../github/client.ts';
import { readReader, readVisibility } from '../../github/access.ts';
import type { SignedIn } from '../../report/model/signed-in.ts';
import type { StoredRepository } from '../../store/types.ts';
import { nameOf } from '../types.ts';

/** Whoever loses access may read on for so long; and so often at most is GitHub asked. */
const KEEP_MS = 3 * 60_000;
const MAX_KEPT = 10_000;

type Kept = { allowed: boolean; until: number };

/** Remembers answers for minutes. What could not be asked is not remembered. */
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

/** Who may read a repository's reports: who may read the repository on GitHub, as the installation's token sees it. */
export function createAccess(gitHub: Pick<GitHubApp, 'forInstallation'>, keepMs = KEEP_MS) {
  const remember = createMemory(keepMs);
  return {
    canRead: (repository: StoredRepository, { userId, login }: SignedIn): Promise<boolean> =>
      remember(`${repository.id} ${userId} ${login}`, async () => {
        const github = await gitHub.forInstallation(repository.installationId);
        const there = await readVisibility(github, nameOf(repository));
        // The name may be another repository's by now, and the login somebody else's.
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
