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
  /** The address of GitHub's web pages, such as `https://github.com`, without a slash at the end. */
  serverUrl: string;
  environment: Environment;
  runner: Runner;
  rules: readonly RuleWithExercise[];
  /** The folder for the measuring job's result. */
  dir: string;
  signal: AbortSignal;
  /** The options of every write to GitHub; see `WritePace`. */
  settle: { settleMs?: number };
  /** The milliseconds between two looks at a workflow run that is in progress. */
  pollMs: number;
};

/** The event of one kind. */
export type EventOf<Kind extends ActionEvent['kind']> = Extract<ActionEvent, { kind: Kind }>;

/** The address of the repository's page. */
export const repositoryUrlOf = ({
  serverUrl,
  repository: { owner, repo },
}: Pick<Job, 'serverUrl' | 'repository'>): string => `${serverUrl}/${owner}/${repo}`;
