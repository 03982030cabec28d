import { isGone, statusOf } from '../github/errors.ts';
import { executePlan } from '../github/execute.ts';
import type { GitHub, Journal, PullRequestName } from '../github/types.ts';
import { readWriter } from '../github/writer.ts';
import type { PullRequestPlan } from '../report/model/pull-request.ts';
import { describePosted, type PostedCheck } from '../report/words/command-line.ts';
import { askGitHub } from './github-failures.ts';

export type PostRequest = {
  /** The pull request's page. */
  url: string;
  github: GitHub;
  target: PullRequestName;
  plan: PullRequestPlan;
  signal: AbortSignal;
};

/** The run ID of a check posted by the command line. A second command for the same head updates the same check. */
export const runIdOf = ({ headSha }: PullRequestPlan): string => `command-line:${headSha}`;

/** A journal that only counts, because no other process does the same work. */
function createCountingJournal(): Journal & { counts: { written: number; refused: number } } {
  const counts = { written: 0, refused: 0 };
  return {
    counts,
    begin: async () => true,
    finish: async (_, id) => void (counts[id === null ? 'refused' : 'written'] += 1),
  };
}

/** The URL in an Octokit error; '' if there is none. */
function addressOf(error: unknown): string {
  const request = error instanceof Error && 'request' in error ? error.request : null;
  return typeof request === 'object' && request !== null && 'url' in request ? String(request.url) : '';
}

/** Whether GitHub refused to create a check run: only an App's token can create one, and others get 403 or 404. */
function isRefusedCheck(error: unknown): boolean {
  return /\/check-runs(?:[/?]|$)/u.test(addressOf(error)) && (statusOf(error) === 403 || isGone(error));
}

/**
 * Writes a plan under the rules of the App. Resolves to the lines to print. If the token can write comments but no
 * check, that is not a failure. Throws `github-failed`.
 */
export async function postPlan({ url, ...request }: PostRequest): Promise<string> {
  const { github, plan } = request;
  const journal = createCountingJournal();
  const isRefused = (): boolean => journal.counts.written === 0 && journal.counts.refused > 0;
  return askGitHub({ url, hasToken: true }, async () => {
    let check: PostedCheck = 'written';
    let counts = { created: 0, updated: 0, deleted: 0 };
    const writer = await readWriter(github);
    try {
      const runId = runIdOf(plan);
      counts = await executePlan({ ...request, writer, runId, journal });
    } catch (error) {
      if (!isRefusedCheck(error) || isRefused()) throw error;
      check = 'refused';
    }
    return describePosted({ url, check, ...counts, refused: journal.counts.refused });
  });
}
