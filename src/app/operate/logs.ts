import { pino, type Logger } from 'pino';
import { toEnvironmentFailure } from './environment.ts';

export type { Logger } from 'pino';

/** The paths of values that are removed from log entries, because libraries log them. */
const secretPaths = [
  'token',
  'authorization',
  'headers.authorization',
  'request.headers.authorization',
  'err.request.headers.authorization',
  'error.request.headers.authorization',
  'req.headers["x-hub-signature-256"]',
  'privateKey',
  'secret',
];

/**
 * Creates the logger, which writes one JSON object a line to standard output (https://getpino.io). `LOG_LEVEL` sets the
 * level, by default `info`. Throws `bad-environment`.
 */
export function createLogger(env: NodeJS.ProcessEnv): Logger {
  const level = env['LOG_LEVEL'] || 'info';
  const levels = [...Object.values(pino.levels.labels), 'silent'];
  if (!levels.includes(level)) throw toEnvironmentFailure('LOG_LEVEL', { kind: 'log-level', levels });
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '…' },
  });
}
