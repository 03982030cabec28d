import { Failure, type GitHubProblem } from '../errors.ts';
import { isTransient, RateLimited, StalePlan, statusOf } from '../github/errors.ts';

/** Sends a request to GitHub and turns a refusal into a `github-failed`. `url`: the pull request. */
export async function askGitHub<T>(
  { url, hasToken }: { url: string; hasToken: boolean },
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toGitHubFailure(error, url, hasToken);
  }
}

/** The problem for each status of an answer. */
const problems = { 401: 'unauthorised', 403: 'forbidden', 404: 'not-found' } as const;

function readProblem(error: Error): GitHubProblem | null {
  if (error instanceof RateLimited) return { reason: 'rate-limited', until: error.until.toISOString() };
  if (error instanceof StalePlan) return { reason: error.why === 'gone' ? 'not-found' : error.why };
  if (isTransient(error)) return { reason: 'unreachable' };
  const status = statusOf(error);
  return status === 401 || status === 403 || status === 404 ? { reason: problems[status] } : null;
}

function toGitHubFailure(error: unknown, url: string, hasToken: boolean): unknown {
  if (!(error instanceof Error) || error instanceof Failure || error.name === 'AbortError') return error;
  const problem = readProblem(error);
  if (problem === null) return error;
  const isOwn = error instanceof RateLimited || error instanceof StalePlan;
  const detail = isOwn ? [] : [error.message];
  return new Failure('github-failed', { url, hasToken, problem, detail }, { cause: error });
}
