import type { GitHub } from '../github/types.ts';
import type { RuleWithExercise } from '../rules/parse-rule.ts';
import type { ActionEvent, ActionRepository } from './event.ts';
import type { Environment, Runner } from './runner.ts';

/** What every job works with. */
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
  /** Where the job finds what the measuring job handed over, and where that one puts it. */
  dir: string;
  signal: AbortSignal;
  /** What every write to GitHub is given. */
  settle: { settleMs?: number };
};

/** The event of one kind. */
export type EventOf<Kind extends ActionEvent['kind']> = Extract<ActionEvent, { kind: Kind }>;

/** The repository's page. */
export const repositoryUrlOf = ({
  serverUrl,
  repository: { owner, repo },
}: Pick<Job, 'serverUrl' | 'repository'>): string => `${serverUrl}/${owner}/${repo}`;
