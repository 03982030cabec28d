import { createPrivateKey } from 'node:crypto';
import { createGitHubApp } from '../../github/client.ts';
import { statusOf } from '../../github/errors.ts';
import { readAppSetup } from '../../github/pull-requests.ts';
import type { SetUpProblem } from '../../report/words/set-up-page.ts';
import { createLogger } from '../operate/logs.ts';

/** What the App signs with, and what GitHub signs with. */
export type Credentials = { appId: number; privateKey: string; webhookSecret: string };

function isRsaKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** Credentials as a person typed them, or as GitHub gave them: checked as far as that goes without GitHub. */
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

/** Whether GitHub knows an App of that number by that key; null: it does. */
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
