/**
 * Classes of SQLSTATE about the server and not the statement: connections, resources, and shutdowns by an operator
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const SERVER_STATES = /^(?:08|53|57P)/u;
const systemCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
]);
/** pg's own errors have no code. */
const WORDS = /connection terminated|connection timeout|trying to connect|query read timeout|not queryable/iu;

/**
 * Whether the database was unavailable, or became unavailable during the statement. A retry can succeed, and the
 * statement may have had its effect.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error) || 'status' in error) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SERVER_STATES.test(code) || systemCodes.has(code) || WORDS.test(error.message);
}
