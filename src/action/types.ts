import type { GitHub } from '../github/types.ts';
import type { RuleWithExercise } from '../rules/parse-rule.ts';
import type { ActionEvent, ActionRepository } from './event.ts';
import type { Environment, Runner } from './runner.ts';

/** The objects that every job uses. */
export type Job = {
  repository: ActionRepository;
  event: ActionEvent;
  github: GitHub;
  token: string | null;
  /** `https://github.com`, without a slash at its end. */
  serverUrl: string;
  environment: Environment;
  runner: Runner;
  rules: readonly RuleWithExercise[];
  /** The folder for the measuring job's result. */
  dir: string;
  signal: AbortSignal;
  /** Options of every write to GitHub. */
  settle: { settleMs?: number };
};

/** The event of one kind. */
export type EventOf<Kind extends ActionEvent['kind']> = Extract<ActionEvent, { kind: Kind }>;

/** The repository's page. */
export const repositoryUrlOf = ({
  serverUrl,
  repository: { owner, repo },
}: Pick<Job, 'serverUrl' | 'repository'>): string => `${serverUrl}/${owner}/${repo}`;
