import type { Config } from '../../config/schema.ts';
import { isGateOff } from '../decide/gate.ts';
import { shortLine } from '../model/escape.ts';
import { count } from '../model/prose.ts';

/** Follows the sentences about a sandbox that is not available. */
export const DEMO_RUNS_OPEN = "The demo runs unsandboxed; it only runs allocgate's own code.";

/**
 * What the Markdown of a review begins with if the configuration keeps its summary off the pull request; empty if it does not.
 */
export function describeUnposted(config: Pick<Config, 'gate' | 'comments'>): string {
  if (isGateOff(config))
    return 'A pull request gets no comments, because `gate` is `off`: only its check has the report.';
  return config.comments.summary === 'never'
    ? 'A pull request does not get this summary, because `comments.summary` is `never`; its check has the report.'
    : '';
}

/** Log messages while no GitHub App exists. */
export const setUpLogs = {
  open: 'no GitHub App yet: open this page to create one',
  stored: (file: string): string => `credentials stored in ${file}, starting the App`,
} as const;

/** Progress of `allocgate review URL` before the review itself. */
export const FETCHING_COMMITS = 'Fetching both commits…';

/** Whether GitHub let us create a check. */
export type PostedCheck = 'written' | 'refused';

type Posted = {
  url: string;
  check: PostedCheck;
  created: number;
  updated: number;
  deleted: number;
  /** Writes that GitHub refused. */
  refused: number;
};

/** The lines that `--post` prints. */
export function describePosted({ url, check, created, updated, deleted, refused }: Posted): string {
  const done =
    check === 'written'
      ? `Posted to ${shortLine(url)}: the check; comments: ${created} created, ${updated} updated, ${deleted} deleted.`
      : `Posted to ${shortLine(url)}: the comments. The check could not be created: GitHub accepts check runs only from Apps (in GitHub Actions: from GITHUB_TOKEN, with permissions: checks: write).`;
  const refusals = refused === 0 ? [] : [`GitHub refused ${count(refused, 'write')}.`];
  return `${[done, ...refusals].join('\n')}\n`;
}
