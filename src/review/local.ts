import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { Failure, systemReason } from '../errors.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Review, Warning } from '../report/model/review.ts';
import { diffTrees } from '../source/diff.ts';
import type { Repository } from '../source/repository.ts';
import { findDefaultBranch, findMergeBase, resolveRevision } from '../source/revision.ts';
import { snapshotWorktree } from '../source/worktree.ts';
import { isBuildFile } from './build-files.ts';
import { keepProfilesIn } from './keep-profiles.ts';
import { readCommitConfig, readConfigText } from './commit-config.ts';
import { openSession, reviewTask } from './session.ts';
import type { Lab } from './lab.ts';
import type { Comparands, Session, StopSwitch } from './types.ts';
import {
  type BenchmarkOptions,
  checkBenchmarkOptions,
  chooseBenchmarks,
  readMinutes,
} from './typed-options.ts';
import { nameFullDisk } from './workspace.ts';

/** The two versions to compare. Default: HEAD, and its merge base with the default branch. */
type Revisions = {
  base?: string;
  /** Compare with `base` itself instead of the merge base. */
  direct?: boolean;
  head?: string;
  worktree?: boolean;
};

/** Options of the command line that override the config. */
type Overrides = BenchmarkOptions & {
  /** Minutes, as given on the command line. */
  budget?: string;
  /** A file to read instead of the base's `.github/allocgate.yml`. */
  config?: string;
};

/** The options of `allocgate review` for a repository on this machine. */
export type LocalRequest = Revisions &
  Overrides & {
    /** The repository, or a directory in it. */
    dir: string;
    /** The name under which compilations are cached. Default: the repository's folder. */
    cacheName?: string;
    /** Runs the code as this user, without any isolation. */
    noSandbox?: boolean;
    signal: AbortSignal;
    stop?: StopSwitch | undefined;
    onProgress: (progress: Progress) => void;
    /** A folder for the heap profiles of benchmarks that changed. */
    saveProfiles?: string;
    /** Called with the review while base and head still exist. Its result replaces the review. */
    extend?: ((result: Review, config: Config, lab: Lab) => Promise<Review>) | undefined;
  };

/** Reviews a local repository, which is only read. Throws `Failure` if the review is impossible. */
export async function reviewLocal(request: LocalRequest): Promise<{ result: Review; config: Config }> {
  checkOptions(request);
  return nameFullDisk(() => reviewHere(request));
}

async function reviewHere(request: LocalRequest): Promise<{ result: Review; config: Config }> {
  await using session = await openSession(request.dir, request.signal);
  const { repository } = session;
  const comparands = await findComparands(repository, request);
  const config = await loadConfig(session, comparands.baseSha, request);
  const task = {
    comparands,
    config,
    cacheName: request.cacheName ?? repository.commonDir,
    isTrustedBase: await isMerged(repository, comparands.baseSha),
    typed: { bench: request.bench !== undefined, packages: request.packages !== undefined },
    stop: request.stop,
    onProgress: request.onProgress,
    onProfile: request.saveProfiles === undefined ? undefined : await keepProfilesIn(request.saveProfiles),
  };
  const uncommitted = await findUncommitted(repository, request, comparands);
  const complete = (result: Review): Review => ({
    ...result,
    warnings: [...result.warnings, ...uncommitted],
  });
  const { extend } = request;
  let isComplete = false;
  const result = await reviewTask(
    session,
    task,
    { tier: request.noSandbox ? 'none' : undefined },
    extend &&
      ((found, lab) => {
        isComplete = true;
        return extend(complete(found), config, lab);
      }),
  );
  return { result: isComplete ? result : complete(result), config };
}

/** Throws `bad-option` for options that are wrong in any repository. */
function checkOptions(options: Revisions & Overrides): void {
  const { budget, worktree, head, direct, base } = options;
  if (worktree && head !== undefined) {
    throw new Failure('bad-option', { option: '--head', value: head, problem: { kind: 'head-is-worktree' } });
  }
  if (direct && base === undefined) {
    throw new Failure('bad-option', { option: '--direct', value: null, problem: { kind: 'needs-base' } });
  }
  checkBenchmarkOptions(options);
  if (budget !== undefined) readMinutes(budget);
}

/**
 * The warning that uncommitted changes were left out, if there are any. A user who reviews HEAD may have meant to
 * include them.
 */
async function findUncommitted(
  repository: Repository,
  { head, worktree }: Revisions,
  { headTree }: Comparands,
): Promise<Warning[]> {
  if (worktree || head !== undefined || repository.toplevel === null) return [];
  try {
    const diff = await diffTrees(repository, headTree, await snapshotWorktree(repository));
    const files = diff.filter(({ headPath, basePath }) => isBuildFile(headPath ?? basePath ?? '')).length;
    return files === 0 ? [] : [{ kind: 'uncommitted', files }];
  } catch (error) {
    // A review of HEAD does not need the work tree, so it must not fail if the tree is too large.
    if (error instanceof Failure && error.code !== 'interrupted') return [];
    throw error;
  }
}

/** Resolves the revisions in the options. Base is the merge base, as on a pull request. */
async function findComparands(repository: Repository, request: Revisions): Promise<Comparands> {
  const headSha = await resolveRevision(repository, request.head ?? 'HEAD');
  const baseRevision = request.base ?? (await findDefaultBranch(repository)).ref;
  const baseCommit = await resolveRevision(repository, baseRevision);
  const baseSha = request.direct ? baseCommit : await findMergeBase(repository, baseCommit, headSha);
  if (!request.worktree) return { baseSha, headSha, baseTree: baseSha, headTree: headSha };
  return { baseSha, headSha: null, baseTree: baseSha, headTree: await snapshotWorktree(repository) };
}

/** Whether the default branch contains a commit, so that its code counts as accepted. */
async function isMerged(repository: Repository, commit: string): Promise<boolean> {
  try {
    const tip = await resolveRevision(repository, (await findDefaultBranch(repository)).ref);
    return (await findMergeBase(repository, commit, tip)) === commit;
  } catch (error) {
    if (error instanceof Failure && error.code !== 'interrupted') return false;
    throw error;
  }
}

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const problem = { kind: 'unreadable', reason: systemReason(error) } as const;
    throw new Failure('bad-option', { option: '--config', value: file, problem }, { cause: error });
  }
}

/**
 * The config for the review: the one that `--config` names, or base's, with the overrides of the command line. Throws
 * `bad-config` with a sentence for each problem.
 */
async function loadConfig(session: Session, baseSha: string, request: Overrides): Promise<Config> {
  const { config: file } = request;
  const config =
    file === undefined
      ? await readCommitConfig(session, baseSha)
      : readConfigText(await readConfigFile(file), file, session);
  return {
    ...config,
    budget: request.budget === undefined ? config.budget : readMinutes(request.budget),
    benchmarks: chooseBenchmarks(config.benchmarks, request),
  };
}
