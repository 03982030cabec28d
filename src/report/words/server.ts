/** The web server's answers to a webhook. */
export const webhookAnswers = {
  stored: 'stored',
  ignored: 'ignored: allocgate does not handle this event',
  stopping: 'allocgate is stopping; send the delivery again later',
  databaseAway: 'the database did not store the delivery; send it again later',
  tooLarge: 'the payload is larger than 25 MiB, the most that GitHub sends',
  crowded: 'too many payloads are being sent at once; send the delivery again later',
  badSignature:
    "X-Hub-Signature-256 is missing or wrong: check that WEBHOOK_SECRET is the secret in the App's settings",
  badContentType: "the content type must be application/json: choose it in the App's webhook settings",
  noHeaders: 'X-GitHub-Delivery or X-GitHub-Event is missing or malformed',
  notJson: 'the payload is not a JSON object',
} as const;

/** The texts of the status pages. */
export const statusAnswers = {
  home: 'allocgate is running. /healthz, /readyz, /metrics',
  alive: 'ok',
  ready: 'ready',
  stopping: 'stopping',
  databaseAway: 'the database does not answer',
  notFound: 'not found',
  unavailable: 'temporarily unavailable',
} as const;

/** Log messages of the App for its operator. */
export const appLogs = {
  workerStarted: 'worker started',
  statusServed: 'serving status pages',
  channelOpen: 'connected',
  channelDown: 'the channel cannot be reached; it is tried again',
  deliveryFailed: 'processing the delivery failed; it is tried again',
  deliveryNotStored: 'the delivery was not stored',
  senderGone: 'the sender closed the connection',
  notAnswered: 'the command was carried out, but could not be answered',
  mayNotComment: 'the App lacks a permission to comment',
  tryFailed: 'this try failed, because GitHub, the database or git did; the run is tried again',
} as const;

/** Why a run went back into the queue, for the log. */
export const handBackReasons = {
  shutdown: 'this worker stops',
  rateLimited: 'GitHub asks to wait',
  checkUnderWay: 'another process may be creating its check',
  gaveWay: 'a more urgent run waits',
} as const;

/** Log messages about a check that could not be completed. */
export const checkLogs = {
  forbidden:
    'the App lacks a permission, so the check stays as it is: allocgate doctor names the permission and who can grant it',
  refused: 'the check could not be completed and stays as it is',
  cancelledRefused: 'the check of the cancelled run could not be completed and stays as it is',
} as const;

/**
 * Why `allocgate doctor` could not ask GitHub about the App.
 * @param isRefused whether GitHub answered and refused the credentials
 * @param reason the message of GitHub or of the network
 */
export function describeAppRefusal(
  apiUrl: string,
  isRefused: boolean,
  reason: string,
): { message: string; hint: string; lines: string[] } {
  const { message, hint } = isRefused
    ? {
        message: `${apiUrl} refuses the App's credentials.`,
        hint: 'APP_ID and PRIVATE_KEY must belong to the same App: its settings page on GitHub shows the number and generates keys. A clock that is wrong by minutes has the same effect.',
      }
    : {
        message: `${apiUrl} does not answer as expected.`,
        hint: 'Check that this machine can reach GitHub. GHE_HOST selects a server other than github.com.',
      };
  return { message, hint, lines: [reason] };
}

/** Database errors that a person must fix. */
export const databaseErrors = {
  inUse: (dir: string, holder: { pid: string; host: string; file: string }): string =>
    `The embedded database ${dir} is in use by process ${holder.pid} on ${holder.host} (${holder.file}). ` +
    'Only one process at a time may open it; use PostgreSQL for several.',
  crashed: (dir: string, reason: string): string =>
    `The embedded database ${dir} crashed, and this process ends with it: ${reason}`,
  notAFolder: (dir: string): string => `${dir} is a file: ALLOCGATE_DATA must name a folder`,
  noFolder: (parent: string, reason: string): string => `cannot create a folder in ${parent}: ${reason}`,
  newer: (version: number, known: number): string =>
    `The database has version ${version}, and this allocgate knows versions up to ${known}: install a newer allocgate.`,
} as const;
