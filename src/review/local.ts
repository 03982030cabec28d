import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkGoRegexp } from '../config/go-regexp.ts';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { Failure, systemReason } from '../errors.ts';
import { describeConfigProblem, describeRegexpFault } from '../report/config-messages.ts';
import type { Progress } from '../report/progress.ts';
import type { Review, Warning } from '../report/types.ts';
import { ruleNames, selectRules } from '../rules/rule-list.ts';
import { openSandbox } from '../sandbox/sandbox.ts';
import { diffTrees } from '../source/diff.ts';
import { openRepository, type Repository } from '../source/repository.ts';
import { findDefaultBranch, findMergeBase, resolveRevision } from '../source/revision.ts';
import { readFile as readTreeFile } from '../source/tree.ts';
import { snapshotWorktree } from '../source/worktree.ts';
import { type Comparands, review, type ReviewOptions } from './review.ts';
import { loadRules } from './rule-files.ts';
import { trimCaches } from './caches.ts';
import { loadSettings, processLimits, reviewLimits } from './settings.ts';
import { withWorkspace } from './workspace.ts';

const CONFIG_PATH = '.github/allocgate.yml';

/** A review of a repository on this machine, as the options of `allocgate review` name it. */
export type LocalRequest = {
  /** The repository, or a directory in it. */
  dir: string;
  base?: string;
  /** Compare with `base` itself instead of the merge base. */
  direct?: boolean;
  head?: string;
  worktree?: boolean;
  bench?: string;
  packages?: readonly string[];
  /** File to read instead of the base's `.github/allocgate.yml`. */
  config?: string;
  /** Under which name compilations are kept; by default the repository's own folder. */
  cacheName?: string;
  /** Run the code as this user, with nothing between it and this machine. */
  noSandbox?: boolean;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
};

/** Reviews a local repository; it is only read. Throws `Failure` for what keeps a review from being made. */
export async function reviewLocal(request: LocalRequest): Promise<{ result: Review; config: Config }> {
  checkOptions(request);
  const { settings } = await loadSettings();
  return withWorkspace(async (workspace) => {
    const { signal, onProgress } = request;
    const repository = await openRepository(path.resolve(request.dir), path.join(workspace.dir, 'source'), {
      signal,
    });
    const comparands = await findComparands(repository, request);
    const { rules } = await loadRules();
    const config = await loadConfig(repository, comparands.baseSha, request, ruleNames(rules));
    const tier = request.noSandbox ? 'none' : settings.sandbox;
    const sandbox = await openSandbox(tier, processLimits(settings), workspace, signal);
    const result = await reviewAndClose({
      repository,
      comparands,
      subdir: repository.subdir,
      config,
      rules: selectRules(rules, config.rules).rules,
      workspace,
      sandbox,
      limits: reviewLimits(settings),
      cacheName: request.cacheName ?? repository.commonDir,
      privateModules: settings.modules.private,
      baseIsTrusted: await isMerged(repository, comparands.baseSha),
      signal,
      onProgress,
    });
    await trimCaches(settings.cache);
    const warnings = [...result.warnings, ...(await findUncommitted(repository, request, comparands))];
    return { result: { ...result, warnings }, config };
  });
}

/** Of programs that run at once, the failure of one leaves the others running: nothing is to outlive the review. */
async function reviewAndClose(options: ReviewOptions): Promise<Review> {
  try {
    return await review(options);
  } finally {
    await options.sandbox.close();
  }
}

/** What can be said of the options without looking at the repository. */
function checkOptions({ bench, worktree, head, direct, base }: LocalRequest): void {
  const refuse = (option: string, value: string, reason: string): never => {
    throw new Failure('bad-option', { option, value, reason });
  };
  if (worktree && head !== undefined) refuse('--head', head, '--worktree reviews the files themselves');
  if (direct && base === undefined) refuse('--direct', 'alone', 'it needs a --base to compare with');
  const fault = bench === undefined ? null : checkGoRegexp(bench);
  if (fault !== null)
    refuse('--bench', bench ?? '', `as a regular expression, ${describeRegexpFault(fault)}`);
}

/** Files that a Go build reads; other uncommitted ones change no number. */
const buildFile = /\.go$|(?:^|\/)go\.(?:mod|sum|work)$|(?:^|\/)testdata\//u;

/** Who reviews HEAD and has changes on top of it may well have meant those: a warning says that they were left out. */
async function findUncommitted(
  repository: Repository,
  { head, worktree }: LocalRequest,
  { headTree }: Comparands,
): Promise<Warning[]> {
  if (worktree || head !== undefined || repository.toplevel === null) return [];
  try {
    const diff = await diffTrees(repository, headTree, await snapshotWorktree(repository));
    const files = diff.filter((change) => buildFile.test(change.headPath ?? change.basePath ?? '')).length;
    return files === 0 ? [] : [{ kind: 'uncommitted', files }];
  } catch (error) {
    // A work tree too large to look through must not spoil a review that does not need it.
    if (error instanceof Failure && error.code !== 'interrupted') return [];
    throw error;
  }
}

/** Resolves what the options name; base is the merge base, as on a pull request. */
async function findComparands(repository: Repository, request: LocalRequest): Promise<Comparands> {
  const headSha = await resolveRevision(repository, request.head ?? 'HEAD');
  const baseRevision = request.base ?? (await findDefaultBranch(repository)).ref;
  const baseCommit = await resolveRevision(repository, baseRevision);
  const baseSha = request.direct ? baseCommit : await findMergeBase(repository, baseCommit, headSha);
  if (!request.worktree) return { baseSha, headSha, baseTree: baseSha, headTree: headSha };
  return { baseSha, headSha: null, baseTree: baseSha, headTree: await snapshotWorktree(repository) };
}

/** Whether the default branch holds a commit: its code has been accepted by somebody who may. */
async function isMerged(repository: Repository, commit: string): Promise<boolean> {
  try {
    const tip = await resolveRevision(repository, (await findDefaultBranch(repository)).ref);
    return (await findMergeBase(repository, commit, tip)) === commit;
  } catch (error) {
    if (error instanceof Failure && error.code !== 'interrupted') return false;
    throw error;
  }
}

async function readConfig(
  repository: Repository,
  baseSha: string,
  file: string | undefined,
): Promise<string | null> {
  if (file === undefined) return readTreeFile(repository, baseSha, CONFIG_PATH);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const facts = { option: '--config', value: file, reason: systemReason(error) };
    throw new Failure('bad-option', facts, { cause: error });
  }
}

/** The config that applies, with what the command line overrides. Throws `bad-config` with a sentence per problem. */
async function loadConfig(
  repository: Repository,
  baseSha: string,
  request: LocalRequest,
  rules: readonly string[],
): Promise<Config> {
  const name = request.config ?? CONFIG_PATH;
  const text = (await readConfig(repository, baseSha, request.config)) ?? '';
  const parsed = parseConfig(text, name, rules);
  if ('problems' in parsed) {
    throw new Failure('bad-config', { path: name, problems: parsed.problems.map(describeConfigProblem) });
  }
  return {
    ...parsed,
    benchmarks: {
      ...parsed.benchmarks,
      run: request.bench ?? parsed.benchmarks.run,
      packages: request.packages ? [...request.packages] : parsed.benchmarks.packages,
    },
  };
}
