import { Failure } from '../errors.ts';
import { isTransient, RateLimited, StalePlan, statusOf } from '../github/errors.ts';

/** Asks GitHub; what it refuses becomes a `github-failed` that says what to do. `url` is of what is asked about. */
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

const reasons: Readonly<Record<number, string>> = { 401: 'unauthorised', 403: 'forbidden', 404: 'not-found' };

function toGitHubFailure(error: unknown, url: string, hasToken: boolean): unknown {
  const facts = { url, hasToken: hasToken ? 1 : 0 };
  const fail = (reason: string, more: Failure['facts'] = {}): Failure =>
    new Failure('github-failed', { ...facts, reason, ...more }, { cause: error });
  if (error instanceof RateLimited) return fail('rate-limited', { until: error.until.toISOString() });
  if (error instanceof StalePlan) return fail(error.isClosed ? 'closed' : 'moved');
  if (!(error instanceof Error) || error instanceof Failure || error.name === 'AbortError') return error;
  const status = statusOf(error);
  const reason = isTransient(error) ? 'unreachable' : reasons[status ?? 0];
  return reason === undefined ? error : fail(reason, { detail: [error.message] });
}
