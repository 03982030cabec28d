/** GitHub asked for a pause that is too long to wait for; nothing was sent. */
export class RateLimited extends Error {
  readonly until: Date;

  constructor(until: Date) {
    super(`GitHub's rate limit holds until ${until.toISOString()}`);
    this.name = 'RateLimited';
    this.until = until;
  }
}

/** The plan is outdated, because the pull request changed. The remaining writes must not be sent. */
export class StalePlan extends Error {
  /** `closed`: or merged. `gone`: GitHub no longer shows it to us. `moved`: its head changed. */
  readonly why: 'closed' | 'gone' | 'moved';

  constructor({ why, plannedSha }: { why: StalePlan['why']; plannedSha: string }) {
    super(`pull request ${why}, planned for ${plannedSha}`);
    this.name = 'StalePlan';
    this.why = why;
  }
}

/** The journal refused a write: another process does this work now, or it was cancelled. */
export class LostClaim extends Error {
  constructor(key = 'a write') {
    super(`claim lost before ${key}`);
    this.name = 'LostClaim';
  }
}

/** An answer that was cut off, or a redirect that must not be followed. `status` is that of a bad gateway. */
export class BrokenAnswer extends Error {
  readonly status = 502;

  constructor(route: string, reason: string) {
    super(`${route}: ${reason}`);
    this.name = 'BrokenAnswer';
  }
}

/** The HTTP status of an Octokit error; null: it is another error. Octokit uses status 500 for broken connections. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  return typeof error.status === 'number' ? error.status : null;
}

/**
 * Whether the requested object is not available to us: deleted, removed from the installation, blocked, suspended, or
 * archived.
 */
export function isGone(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 403)
    return (
      error instanceof Error &&
      /installation has been suspended|archived so is read-only/iu.test(error.message)
    );
  return status === 404 || status === 410 || status === 451;
}

/**
 * Whether GitHub or the network is unavailable: 5xx, connection lost, no answer in time. A retry can succeed. A write
 * may or may not have had its effect.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof Error && error.name === 'AbortError') return false;
  return (statusOf(error) ?? 0) >= 500;
}

/** Whether the App lacks a permission for the request, or the installation has not accepted it. */
export function lacksPermission(error: unknown): boolean {
  if (!(error instanceof Error) || ![403, 422].includes(statusOf(error) ?? 0)) return false;
  return /not accessible by integration|permissions requested are not granted/iu.test(error.message);
}

/**
 * Whether GitHub will refuse the request again: the object does not exist, is read-only, the request is invalid, or we
 * may not write it.
 */
export function isRefused(error: unknown): boolean {
  return isGone(error) || [403, 422].includes(statusOf(error) ?? 0);
}
