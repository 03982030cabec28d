/** The parts of an answer that show limits. `message`: the error's text; '' for a success. */
export type LimitFacts = {
  status: number;
  headers: Readonly<Record<string, string | number | undefined>>;
  message: string;
};

const SECOND_MS = 1000;
/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: at least a minute without a header. */
const UNTOLD_PAUSE_MS = 60 * SECOND_MS;
/**
 * The longest pause. Limits are per hour; a longer one must be an error, and would block an installation permanently.
 */
const MAX_PAUSE_MS = 61 * 60 * SECOND_MS;

/** Whether GitHub refused the request because of a limit, so that it had no effect. */
export function isLimited({ status, headers, message }: LimitFacts): boolean {
  if (status === 429) return true;
  if (status === 403) {
    const told = headers['retry-after'] !== undefined || String(headers['x-ratelimit-remaining']) === '0';
    return told || /rate limit|abuse/iu.test(message);
  }
  // GitHub refuses comments that are sent too fast with the status for invalid data.
  return status === 422 && /submitted too quickly|"code":"abuse"/iu.test(message);
}

function readRetryAfter(value: string | number | undefined, now: number): number | null {
  if (value === undefined) return null;
  const seconds = Number(value);
  const until = Number.isNaN(seconds) ? Date.parse(String(value)) : now + seconds * SECOND_MS;
  return Number.isNaN(until) ? null : until;
}

/** If the requests of the hour are used up, the time when the next hour begins. */
function readReset(headers: LimitFacts['headers']): number | null {
  if (String(headers['x-ratelimit-remaining']) !== '0') return null;
  const reset = Number(headers['x-ratelimit-reset']);
  // The header is in whole seconds.
  return Number.isFinite(reset) ? (reset + 1) * SECOND_MS : null;
}

/**
 * The time until which nothing may be sent after this answer; null: no pause. A success that used the last request also
 * causes a pause.
 * @param strikes how many previous answers in a row were refused because of a limit; without a header the pause doubles
 *   each time
 */
export function readPause(facts: LimitFacts, strikes: number, now: Date): Date | null {
  const limited = isLimited(facts);
  const told =
    (limited ? readRetryAfter(facts.headers['retry-after'], now.getTime()) : null) ??
    readReset(facts.headers);
  if (told === null && !limited) return null;
  const pauseMs = told === null ? UNTOLD_PAUSE_MS * 2 ** strikes : told - now.getTime();
  // If the reset time is in the past, the clocks differ.
  return new Date(now.getTime() + Math.min(Math.max(pauseMs, SECOND_MS), MAX_PAUSE_MS));
}
