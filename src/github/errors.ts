/** GitHub asked for a pause that is too long to wait for; nothing was sent. */
export class RateLimited extends Error {
  readonly until: Date;

  constructor(until: Date) {
    super(`GitHub's rate limit holds until ${until.toISOString()}`);
    this.name = 'RateLimited';
    this.until = until;
  }
}

/** The plan is not for what the pull request is now; what was not written yet must not be written. */
export class StalePlan extends Error {
  /** Closed, merged or not there any more; else its head moved. */
  readonly isClosed: boolean;

  constructor(facts: { isClosed: boolean; plannedSha: string }) {
    super(`pull request ${facts.isClosed ? 'closed' : 'moved'}, planned for ${facts.plannedSha}`);
    this.name = 'StalePlan';
    this.isClosed = facts.isClosed;
  }
}

/** The journal refused a write: somebody else does this work now, or nobody shall. */
export class LostClaim extends Error {
  constructor(key = 'a write') {
    super(`claim lost before ${key}`);
    this.name = 'LostClaim';
  }
}

/** An answer that ended in the middle, or points where no request may go. `status` is that of a bad gateway. */
export class BrokenAnswer extends Error {
  readonly status = 502;

  constructor(route: string, reason: string) {
    super(`${route}: ${reason}`);
    this.name = 'BrokenAnswer';
  }
}

/** The HTTP status that an error of Octokit carries; null: it is none. Octokit gives broken connections status 500. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  return typeof error.status === 'number' ? error.status : null;
}

/** Whether what was asked for is not there for us: deleted, taken from the installation, blocked, or suspended. */
export function isGone(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 403)
    return error instanceof Error && /installation has been suspended/iu.test(error.message);
  return status === 404 || status === 410 || status === 451;
}

/**
 * Whether GitHub or the way to it is away: 5xx, connection lost, no answer in time. The same may succeed later, and a
 * write may have had its effect or not.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof Error && error.name === 'AbortError') return false;
  return (statusOf(error) ?? 0) >= 500;
}

/** Whether the App was not given what the request needs, or its installation has not agreed to what the App asks for. */
export function lacksPermission(error: unknown): boolean {
  if (!(error instanceof Error) || ![403, 422].includes(statusOf(error) ?? 0)) return false;
  return /not accessible by integration|permissions requested are not granted/iu.test(error.message);
}

/** Whether GitHub refuses what it will refuse again: it is not there, read-only, wrong, or not ours to write. */
export function isRefused(error: unknown): boolean {
  return isGone(error) || [403, 422].includes(statusOf(error) ?? 0);
}
