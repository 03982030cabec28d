import leven from 'leven';
import { Failure } from '../errors.ts';
import { isObjectId, runGit } from './command.ts';
import { readConfig, type Repository } from './repository.ts';

/** A branch: the full `ref` (`refs/remotes/origin/main`, never ambiguous) and the short `name` (`origin/main`). */
export type Branch = { ref: string; name: string };

/** The maximum number of names that are compared for a suggestion. */
const MAX_NAMES = 5000;

async function listRefs(
  repository: Repository,
  ...patterns: string[]
): Promise<{ ref: string; target: string }[]> {
  const args = ['for-each-ref', `--count=${MAX_NAMES}`, '--format=%(refname)%00%(symref)', ...patterns];
  const { stdout } = await runGit(repository.theirs, args);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [ref = '', target = ''] = line.split('\0');
      return { ref, target };
    });
}

function shortenRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|remotes|tags)\//, '');
}

/** Up to three names of branches and tags that are similar to `revision`, the most similar first. */
async function findSimilar(repository: Repository, revision: string): Promise<string[]> {
  const refs = await listRefs(repository, 'refs/heads', 'refs/remotes', 'refs/tags');
  const names = [...new Set(refs.map(({ ref }) => shortenRef(ref)))].filter(
    (name) => !name.endsWith('/HEAD'),
  );
  const limit = revision.length < 4 ? 1 : Math.max(2, Math.floor(revision.length / 4));
  const distance = (name: string) =>
    name.endsWith(`/${revision}`) ? 1 : leven(revision.toLowerCase(), name.toLowerCase());
  return names
    .map((name) => ({ name, away: distance(name) }))
    .filter(({ away }) => away <= limit)
    .sort((a, b) => a.away - b.away || a.name.localeCompare(b.name, 'en'))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The commit of an object ID: itself, or the target of a tag; null for trees, blobs and missing objects. */
async function peelToCommit(repository: Repository, id: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', `${id}^{commit}`];
  const { exitCode, stdout } = await runGit(repository.ours, args, { accept: 'any' });
  const commit = stdout.trimEnd();
  return exitCode === 0 && isObjectId(commit) ? commit : null;
}

/** git's output without its statement that the revision does not exist, which the failure itself says. */
function gitWords(stderr: string): string[] {
  const lines = stderr.trimEnd().split('\n').slice(-3);
  return lines.filter((line) => line !== '' && line !== 'fatal: Needed a single revision');
}

/**
 * The full ID of the commit that `revision` names (anything that `git rev-parse` takes). Throws Failure
 * `unknown-revision` with `revision`, `similar` (up to three names that may have been meant), `detail` (git's words)
 * and `shallow` (a shallow clone may just lack it).
 */
export async function resolveRevision(repository: Repository, revision: string): Promise<string> {
  // A NUL cannot be passed to a process, and no revision has one.
  const result = revision.includes('\0')
    ? { stdout: '', stderr: '' }
    : await runGit(repository.theirs, ['rev-parse', '--verify', '--end-of-options', revision], {
        accept: 'any',
      });
  const id = result.stdout.trimEnd();
  const commit = isObjectId(id) ? await peelToCommit(repository, id) : null;
  if (commit !== null) return commit;
  throw new Failure('unknown-revision', {
    revision,
    similar: await findSimilar(repository, revision),
    detail: gitWords(result.stderr),
    shallow: repository.shallow,
  });
}

/**
 * The branch that changes are compared with: what `origin/HEAD` points at, else the first that exists of
 * `origin/main`, `origin/master`, `main`, `master` and the user's `init.defaultBranch`. Throws Failure
 * `no-default-branch` with `branches` (up to ten local names).
 */
export async function findDefaultBranch(repository: Repository): Promise<Branch> {
  const [initial] = await readConfig(repository, '--get', 'init.defaultBranch');
  const known = ['remotes/origin/main', 'remotes/origin/master', 'heads/main', 'heads/master'];
  const candidates = [...known, ...(initial === undefined ? [] : [`heads/${initial}`])].map(
    (name) => `refs/${name}`,
  );
  const refs = await listRefs(repository, 'refs/remotes/origin/HEAD', ...candidates);
  const pointed = refs.find(({ ref }) => ref === 'refs/remotes/origin/HEAD')?.target ?? '';
  const ref = [pointed, ...candidates].find(
    (name) => name !== '' && (name === pointed || refs.some((other) => other.ref === name)),
  );
  if (ref !== undefined) return { ref, name: shortenRef(ref) };
  const branches = (await listRefs(repository, 'refs/heads'))
    .slice(0, 10)
    .map((branch) => shortenRef(branch.ref));
  throw new Failure('no-default-branch', { branches });
}

/**
 * The best common ancestor of two commits (full IDs). Throws Failure `shallow-clone` when there is none and history is
 * cut off (`base`, `head`), else `no-merge-base` (`base`, `head`).
 */
export async function findMergeBase(repository: Repository, base: string, head: string): Promise<string> {
  const { exitCode, stdout } = await runGit(repository.ours, ['merge-base', base, head], { accept: [0, 1] });
  const commit = stdout.trimEnd();
  if (exitCode === 0 && isObjectId(commit)) return commit;
  if (!repository.shallow) throw new Failure('no-merge-base', { base, head });
  throw new Failure('shallow-clone', { base, head });
}
