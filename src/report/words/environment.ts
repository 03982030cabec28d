/** The variables that `.env` may set: those of the README. */
export const envFileVariables: readonly string[] = [
  'ALLOCGATE_DATA',
  'ALLOCGATE_SETTINGS',
  'APP_ID',
  'DATABASE_URL',
  'GHE_HOST',
  'GHE_PROTOCOL',
  'GITHUB_CLIENT_ID',
  'GITHUB_CLIENT_SECRET',
  'GH_ORG',
  'HOST',
  'LOG_LEVEL',
  'PORT',
  'PRIVATE_KEY',
  'PRIVATE_KEY_PATH',
  'PUBLIC_REPORTS',
  'PUBLIC_URL',
  'WEBHOOK_PROXY_URL',
  'WEBHOOK_SECRET',
  'XDG_CACHE_HOME',
];

/**
 * Names variables in `.env` that were ignored. If they were set, a person who can write that file could choose what git
 * or Go load.
 */
export const describeIgnoredVariables = (names: readonly string[]): string =>
  `.env sets ${names.join(', ')}, which allocgate does not read from it; set variables of other programs in the environment itself`;

/** Why an environment variable, or the address that HOST and PORT name, cannot be used. */
export type EnvironmentProblem =
  | { kind: 'rsa-key' }
  /** `reason` is the message of the operating system or of the library that reads keys. */
  | { kind: 'unreadable-key'; reason: string }
  | { kind: 'no-key' }
  | { kind: 'app-id' }
  | { kind: 'no-webhook-secret' }
  | { kind: 'protocol' }
  | { kind: 'server' }
  | { kind: 'channel' }
  | { kind: 'public-url' }
  | { kind: 'yes-or-no' }
  | { kind: 'database-url' }
  | { kind: 'worker-database' }
  | { kind: 'port' }
  | { kind: 'port-in-use'; port: number }
  | { kind: 'port-forbidden'; port: number }
  | { kind: 'foreign-host'; host: string }
  | { kind: 'unknown-host'; host: string }
  | { kind: 'log-level'; levels: readonly string[] };

/** What the value must be, as the end of a sentence that begins with the variable's name. */
export function describeEnvironmentProblem(problem: EnvironmentProblem): string {
  switch (problem.kind) {
    case 'rsa-key':
      return "it is not a complete RSA private key in PEM format; generate one on the App's settings page on GitHub";
    case 'unreadable-key':
      return problem.reason;
    case 'no-key':
      return 'set it to the private key, or set PRIVATE_KEY_PATH to the file with the key';
    case 'app-id':
      return "it must be the App ID, a number that the App's settings page on GitHub shows";
    case 'no-webhook-secret':
      return "without it anybody could send events; set the same value here and in the App's settings on GitHub";
    case 'protocol':
      return 'it must be http or https';
    case 'server':
      return 'it must be the name of a server, such as github.example.com, without https://';
    case 'channel':
      return 'it must be the address of a channel, such as https://smee.io/CHANNEL';
    case 'public-url':
      return 'it must be an address such as https://allocgate.example.com';
    case 'yes-or-no':
      return 'it must be yes or no';
    case 'database-url':
      return 'it must begin with postgres://';
    case 'worker-database':
      return 'a separate worker needs a PostgreSQL database; with the embedded database, allocgate serve also does the work';
    case 'port':
      return 'it must be a number from 0 to 65535';
    case 'port-in-use':
      return `another program listens on port ${problem.port}; choose another number`;
    case 'port-forbidden':
      return `you are not allowed to listen on port ${problem.port}; choose a number above 1023`;
    case 'foreign-host':
      return `${problem.host} is not an address of this machine`;
    case 'unknown-host':
      return `the host name ${problem.host} does not resolve`;
    case 'log-level':
      return `it must be one of ${problem.levels.join(', ')}`;
  }
}
