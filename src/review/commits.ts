import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { findToolchain } from '../go/toolchain.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Review } from '../report/model/review.ts';
import { isObjectId } from '../source/command.ts';
import { exportTree } from '../source/export.ts';
import { discardMirror, tidyMirror } from '../source/mirror-upkeep.ts';
import type { Repository } from '../source/repository.ts';
import { findMergeBase, resolveRevision } from '../source/revision.ts';
import { warmModules } from './compile-sides.ts';
import { trimCaches } from './caches.ts';
import { chooseModules } from './choose-modules.ts';
import { readCommitConfig, requireRegexp } from './commit-config.ts';
import { openEnclosure, openSession, reviewTask } from './session.ts';
import { openTools } from './tools.ts';
import type { Comparands, Confinement, Session } from './types.ts';
import { nameFullDisk } from './workspace.ts';
import { stateDir } from '../state-dir.ts';

export { fetchCommits } from '../source/mirror.ts';
export { tidyMirror } from '../source/mirror-upkeep.ts';

/** What is known of a repository on a server, by names that a rename does not change. */
export type RemoteRepository = {
  /** Name of the server, with its port where it has one. */
  host: string;
  id: number;
};

/** Where this machine keeps a mirror of a repository, and the name of what is kept of its compilations. */
export function placeMirror({ host, id }: RemoteRepository): { gitDir: string; cacheName: string } {
  const server = host.toLowerCase().replace(/[^a-z0-9.-]/gu, '_');
  return {
    gitDir: path.join(stateDir(), 'mirrors', server, `${id}.git`),
    cacheName: `${server}/${id}`,
  };
}

export type CommitsRequest = {
  /** A mirror that holds both commits: see `fetchCommits`. */
  gitDir: string;
  /** Tip of the branch that is merged into, in full; head is compared with the merge base of both. */
  baseSha: string;
  headSha: string;
  /** Only these benchmarks, instead of those that the config names. */
  bench: string | null;
  /** `bench` is an option of this command line: it must match something. */
  isTyped?: boolean;
  /** Under which name compilations are kept: the repository's own. */
  cacheName: string;
  /** The branch of `baseSha` holds accepted code: what is compiled of the merge base may be kept for later reviews. */
  isTrustedBase: boolean;
  /** Whether the code may have modules that `GOPRIVATE` names; default: as the operator's settings say. */
  privateModules?: boolean;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
};

/**
 * Reviews two commits of a mirror as `reviewLocal` does those of a local repository: in the operator's sandbox, under the
 * config of the merge base. Throws `Failure` for what keeps a review from being made; a broken config is `bad-config`.
 */
export async function reviewCommits(request: CommitsRequest): Promise<{ result: Review; config: Config }> {
  return guardMirror(request.gitDir, () => reviewIn(request));
}

async function reviewIn(request: CommitsRequest): Promise<{ result: Review; config: Config }> {
  const { gitDir, bench, cacheName, isTrustedBase, isTyped, privateModules, signal, onProgress } = request;
  await using session = await openSession(gitDir, signal);
  const comparands = await findComparands(session.repository, request);
  const config = withBench(await readCommitConfig(session, comparands.baseSha), bench);
  const typed = { bench: isTyped === true && bench !== null };
  const task = { comparands, config, cacheName, isTrustedBase, typed, onProgress };
  return { result: await reviewTask(session, task, { privateModules }), config };
}

/** Objects that a mirror lacks or cannot read are there again when it is made anew: the next try does that. */
async function guardMirror<T>(gitDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await nameFullDisk(work);
  } catch (error) {
    if (error instanceof Failure && ['missing-objects', 'git-failed'].includes(error.code)) {
      await discardMirror(gitDir).catch(() => {});
    }
    throw error;
  }
}

/** A name that git reads is not what a server sends: only whole IDs are looked at. */
async function requireCommit(repository: Repository, sha: string): Promise<string> {
  if (!isObjectId(sha)) {
    throw new Failure('unknown-revision', { revision: sha, similar: [], shallow: false, detail: [] });
  }
  return resolveRevision(repository, sha);
}

async function findComparands(
  repository: Repository,
  request: Pick<CommitsRequest, 'baseSha' | 'headSha'>,
): Promise<Comparands> {
  const headSha = await requireCommit(repository, request.headSha);
  const baseSha = await findMergeBase(repository, await requireCommit(repository, request.baseSha), headSha);
  return { baseSha, headSha, baseTree: baseSha, headTree: headSha };
}

/** The config with other benchmarks to run; null leaves it as it is. Throws `bad-option`. */
function withBench(config: Config, bench: string | null): Config {
  if (bench === null) return config;
  requireRegexp(bench);
  return { ...config, benchmarks: { ...config.benchmarks, run: bench } };
}

/**
 * Compiles a commit of the default branch, so that later reviews find it compiled and its modules downloaded; runs nothing of
 * it. Afterwards the mirror is tidied. Throws `Failure`; a commit that does not compile is none.
 */
export async function warmCaches(request: {
  gitDir: string;
  sha: string;
  cacheName: string;
  privateModules?: boolean;
  signal: AbortSignal;
}): Promise<void> {
  const { gitDir, sha, cacheName, privateModules, signal } = request;
  await guardMirror(gitDir, async () => {
    await using session = await openSession(gitDir, signal);
    const commit = await requireCommit(session.repository, sha);
    const config = await readCommitConfig(session, commit);
    await compileCommit(session, { commit, config, cacheName }, { privateModules });
    await trimCaches(session.settings.cache);
  });
  await tidyMirror({ gitDir, signal });
}

async function compileCommit(
  session: Session,
  { commit, config, cacheName }: { commit: string; config: Config; cacheName: string },
  confinement: Confinement,
): Promise<void> {
  const { repository, workspace, signal } = session;
  const toolchain = await findToolchain(signal);
  const tree = path.join(workspace.dir, 'base');
  await using enclosure = await openEnclosure(session, confinement);
  await exportTree(repository, commit, tree, enclosure.limits.tree);
  const { tasks } = await chooseModules({ base: tree, head: tree }, [], null, { config, repository });
  const task = { config, cacheName, isTrustedBase: true };
  const tools = await openTools(workspace, task, enclosure, toolchain);
  await warmModules(tasks, {
    tools,
    trees: { base: tree, head: tree },
    patterns: config.benchmarks.packages,
    onProgress: () => {},
  });
}
