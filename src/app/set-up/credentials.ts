import { createPrivateKey } from 'node:crypto';
import { createGitHubApp } from '../../github/client.ts';
import { statusOf } from '../../github/errors.ts';
import { readAppSetup } from '../../github/pull-requests.ts';
import type { SetUpProblem } from '../../report/words/set-up-page.ts';
import { createLogger } from '../operate/logs.ts';

/** The App's credentials: its own key, and the secret by which GitHub signs webhooks. */
export type Credentials = {
  appId: number;
  privateKey: string;
  webhookSecret: string;
  /** The credentials for signing people in. Only GitHub gives them, for a new App; the form does not ask for them. */
  client?: { id: string; secret: string };
};

function isRsaKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** Checks the form of credentials that a person typed or that GitHub returned, without a request to GitHub. */
export function readCredentials(given: {
  appId: string;
  privateKey: string;
  webhookSecret: string;
}): Credentials | SetUpProblem {
  const appId = given.appId.trim();
  if (!/^[1-9]\d{0,14}$/u.test(appId)) return { kind: 'bad-app-id' };
  const privateKey = `${given.privateKey.replaceAll('\r\n', '\n').trim()}\n`;
  if (!isRsaKey(privateKey)) return { kind: 'bad-key' };
  const webhookSecret = given.webhookSecret.trim();
  return webhookSecret === '' ? { kind: 'no-secret' } : { appId: Number(appId), privateKey, webhookSecret };
}

/** Asks GitHub whether the key belongs to the App with that ID. Resolves to the problem; null: there is none. */
export async function findCredentialProblem(
  { appId, privateKey }: Credentials,
  apiUrl: string,
): Promise<SetUpProblem | null> {
  const gitHub = createGitHubApp({
    appId,
    privateKey,
    baseUrl: apiUrl,
    pauses: { find: () => Promise.resolve(null), save: () => Promise.resolve() },
    maxWaitMs: 0,
    onRequest: () => {},
    log: createLogger({ LOG_LEVEL: 'silent' }),
  });
  try {
    const { id } = await readAppSetup(await gitHub.asApp());
    return id === appId ? null : { kind: 'other-app', id };
  } catch (error) {
    const status = statusOf(error);
    if (status === 401 || status === 404) return { kind: 'app-refused' };
    return { kind: 'github-failed', reason: error instanceof Error ? error.message : String(error) };
  }
}
