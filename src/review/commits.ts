import path from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import { Failure } from '../errors.ts';
import { findToolchain } from '../go/toolchain.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Review } from '../report/model/review.ts';
import { isObjectId } from '../source/command.ts';
import { exportSources } from './export-sources.ts';
import { discardMirror, tidyMirror } from '../source/mirror-upkeep.ts';
import type { Repository } from '../source/repository.ts';
import { findMergeBase, resolveRevision } from '../source/revision.ts';
import { warmModules } from './compile-sides.ts';
import { trimCaches } from './caches.ts';
import { chooseModules } from './choose-modules.ts';
import { readCommitConfig } from './commit-config.ts';
import { requireRegexp } from './typed-options.ts';
import { openEnclosure, openSession, reviewTask } from './session.ts';
import type { Lab } from './lab.ts';
import { openTools } from './tools.ts';
import type { Comparands, Confinement, Session } from './types.ts';
import { nameFullDisk } from './workspace.ts';
import { stateDir } from '../state-dir.ts';

export { fetchCommits } from '../source/mirror.ts';
export { tidyMirror } from '../source/mirror-upkeep.ts';

/** Identifies a repository on a server in a way that a rename does not change. */
export type RemoteRepository = {
  /** The name of the server, with its port if it has one. */
  host: string;
  id: number;
};

/** The folder of a repository's mirror on this machine, and the name of its cached compilations. */
export function placeMirror({ host, id }: RemoteRepository): { gitDir: string; cacheName: string } {
  const server = host.toLowerCase().replace(/[^a-z0-9.-]/gu, '_');
  return {
    gitDir: path.join(stateDir(), 'mirrors', server, `${id}.git`),
    cacheName: `${server}/${id}`,
  };
}

export type CommitsRequest = {
  /** A mirror that contains both commits: see `fetchCommits`. */
  gitDir: string;
  /** The full commit ID of the target branch's tip. Head is compared with the merge base of both. */
  baseSha: string;
  headSha: string;
  /** A pattern that replaces the config's `benchmarks.run`; null: the config's applies. */
  bench: string | null;
  /** Whether `bench` was given on the command line and therefore must match something. */
  isTyped?: boolean;
  /** The name under which the repository's compilations are cached. */
  cacheName: string;
  /** See `Task`. */
  pullRequest?: number | undefined;
  /**
   * Whether the branch of `baseSha` contains accepted code, so that compilations of the merge base can be kept for
   * later reviews.
   */
  isTrustedBase: boolean;
  /** Whether the code may use modules that `GOPRIVATE` names. Default: the operator's setting. */
  privateModules?: boolean;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
};

/**
 * Reviews two commits of a mirror, like `reviewLocal`, in the operator's sandbox. The config comes from the tip of the
 * target branch, because whoever opens a pull request chooses its merge base, and could choose an old one with a laxer
 * config. Throws `Failure` if the review is impossible, such as `bad-config`.
 */
export async function reviewCommits(request: CommitsRequest): Promise<{ result: Review; config: Config }> {
  return guardMirror(request.gitDir, () => reviewIn(request));
}

async function reviewIn(request: CommitsRequest): Promise<{ result: Review; config: Config }> {
  const {
    gitDir,
    bench,
    cacheName,
    pullRequest,
    isTrustedBase,
    isTyped,
    privateModules,
    signal,
    onProgress,
  } = request;
  await using session = await openSession(gitDir, signal);
  const comparands = await findComparands(session.repository, request);
  const config = withBench(await readCommitConfig(session, request.baseSha), bench);
  const typed = { bench: isTyped === true && bench !== null };
  const task = { comparands, config, cacheName, pullRequest, isTrustedBase, typed, onProgress };
  return { result: await reviewTask(session, task, { privateModules }), config };
}

/**
 * Compiles the commits of an earlier review again, without measuring, and lets `extend` add to its result. Base is the
 * merge base that was reviewed, even if the target branch has moved since. Throws `Failure` if that is impossible.
 */
export async function extendReview(
  request: Omit<CommitsRequest, 'baseSha' | 'bench' | 'isTyped'> & {
    known: Review;
    /** The config that the review had. */
    config: Config;
  },
  extend: (known: Review, lab: Lab, settings: Settings) => Promise<Review>,
): Promise<Review> {
  const { gitDir, known, config, cacheName, pullRequest, isTrustedBase, privateModules, signal, onProgress } =
    request;
  return guardMirror(gitDir, async () => {
    await using session = await openSession(gitDir, signal);
    const { headSha } = request;
    const comparands = await findComparands(session.repository, { baseSha: known.base.sha, headSha });
    const task = { comparands, config, cacheName, pullRequest, isTrustedBase, known, onProgress };
    return reviewTask(session, task, { privateModules }, (review, lab) =>
      extend(review, lab, session.settings),
    );
  });
}

/**
 * Runs work on a mirror. If git fails or objects are missing, the mirror may be damaged and is removed, so that the next
 * attempt creates it again. Throws `disk-full` or the error of the work.
 */
export async function guardMirror<T>(gitDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await nameFullDisk(work);
  } catch (error) {
    if (error instanceof Failure && ['missing-objects', 'git-failed'].includes(error.code)) {
      await discardMirror(gitDir).catch(() => {});
    }
    throw error;
  }
}

/**
 * Checks that a repository contains a commit, and returns its ID. Only full IDs are accepted, because git would also
 * accept names of branches. Throws `unknown-revision`.
 */
export async function requireCommit(repository: Repository, sha: string): Promise<string> {
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

/** The config with another pattern for benchmarks; null: unchanged. Throws `bad-option`. */
function withBench(config: Config, bench: string | null): Config {
  if (bench === null) return config;
  requireRegexp(bench);
  return { ...config, benchmarks: { ...config.benchmarks, run: bench } };
}

/**
 * Compiles a commit of the default branch and downloads its modules for later reviews, without running its code. Then
 * tidies the mirror. Throws `Failure`, but not if the commit does not compile.
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
  await exportSources(repository, commit, tree, enclosure.limits.tree);
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
