import path from 'node:path';
import { checkGoRegexp } from '../config/go-regexp.ts';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import { Failure } from '../errors.ts';
import { describeConfigProblem, describeRegexpFault } from '../report/words/config.ts';
import type { Review } from '../report/model/review.ts';
import { ruleNames, selectRules } from '../rules/rule-list.ts';
import type { Rule } from '../rules/schema.ts';
import { openSandbox } from '../sandbox/sandbox.ts';
import { openRepository, type Repository } from '../source/repository.ts';
import { readFile } from '../source/tree.ts';
import { trimCaches } from './caches.ts';
import { review, type ReviewOptions } from './review.ts';
import { loadRules } from './rule-files.ts';
import { loadSettings, processLimits, reviewLimits } from './settings.ts';
import { withWorkspace, type Workspace } from './workspace.ts';

/** Where a repository keeps its config. */
export const CONFIG_PATH = '.github/allocgate.yml';

/** A repository that is open for one piece of work, under the operator's settings. */
export type Session = {
  settings: Settings;
  workspace: Workspace;
  repository: Repository;
  rules: readonly Rule[];
  signal: AbortSignal;
};

/** Opens the repository in `dir` with a workspace of its own, which goes away afterwards. The repository is only read. */
export async function withSession<T>(
  dir: string,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { settings } = await loadSettings();
  return withWorkspace(async (workspace) => {
    const source = path.join(workspace.dir, 'source');
    const repository = await openRepository(path.resolve(dir), source, { signal });
    const { rules } = await loadRules();
    const result = await work({ settings, workspace, repository, rules, signal });
    await trimCaches(settings.cache);
    return result;
  });
}

/** What of the options of a review a session does not know by itself. */
export type Task = Pick<
  ReviewOptions,
  'comparands' | 'config' | 'cacheName' | 'baseIsTrusted' | 'onProgress'
> & {
  /** Overrides the operator's settings. */
  tier?: Settings['sandbox'] | undefined;
  privateModules?: boolean | undefined;
};

/** A sandbox and the limits of the operator's settings. */
type Enclosure = Pick<ReviewOptions, 'sandbox' | 'limits' | 'privateModules'>;

/** Opens the sandbox, does the work in it and closes it, whatever happens: nothing is to outlive the work. */
export async function withSandbox<T>(
  { settings, workspace, signal }: Session,
  { tier, privateModules }: Pick<Task, 'tier' | 'privateModules'>,
  work: (enclosure: Enclosure) => Promise<T>,
): Promise<T> {
  const sandbox = await openSandbox(tier ?? settings.sandbox, processLimits(settings), workspace, signal);
  try {
    return await work({
      sandbox,
      limits: reviewLimits(settings),
      privateModules: privateModules ?? settings.modules.private,
    });
  } finally {
    await sandbox.close();
  }
}

/** Reviews what a task names. Throws `Failure` for what keeps a review from being made. */
export async function reviewTask(session: Session, task: Task): Promise<Review> {
  const { repository, workspace, signal } = session;
  const { comparands, config, cacheName, baseIsTrusted, onProgress } = task;
  return withSandbox(session, task, (enclosure) =>
    review({
      ...enclosure,
      repository,
      comparands,
      subdir: repository.subdir,
      config,
      rules: selectRules(session.rules, config.rules).rules,
      workspace,
      cacheName,
      baseIsTrusted,
      signal,
      onProgress,
    }),
  );
}

/** The config of a text; `name` is where it was read. Throws `bad-config` with a sentence per problem. */
export function readConfigText(text: string, name: string, { rules }: Session): Config {
  const parsed = parseConfig(text, name, ruleNames(rules));
  if ('problems' in parsed) {
    throw new Failure('bad-config', { path: name, problems: parsed.problems.map(describeConfigProblem) });
  }
  return parsed;
}

/** The config of a commit; the defaults where it has none. Throws `bad-config`. */
export async function readCommitConfig(session: Session, commit: string): Promise<Config> {
  return readConfigText(
    (await readFile(session.repository, commit, CONFIG_PATH)) ?? '',
    CONFIG_PATH,
    session,
  );
}

/** Throws `bad-option` for a text that Go does not take as a regular expression. */
export function requireRegexp(bench: string): void {
  const fault = checkGoRegexp(bench);
  if (fault === null) return;
  const reason = `as a regular expression, ${describeRegexpFault(fault)}`;
  throw new Failure('bad-option', { option: '--bench', value: bench, reason });
}
