import { Octokit } from '@octokit/rest';
import { z } from 'zod';

/** The data of a new App made from a manifest. GitHub returns it only once. */
export type NewApp = {
  id: number;
  url: string;
  privateKey: string;
  webhookSecret: string;
  /** The ID for signing in with GitHub (OAuth). */
  clientId: string;
  clientSecret: string;
};

const newAppSchema = z.object({
  id: z.number().int().positive(),
  html_url: z.url({ protocol: /^https?$/u }),
  pem: z.string(),
  webhook_secret: z.string().min(1),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
});

const TIMEOUT_MS = 30_000;

/** Octokit would log the path of a failed request, which contains the secret code. */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Exchanges the code that GitHub gave the browser for the credentials of the new App. A code works once, within an
 * hour. Throws GitHub's errors, and an error for an unexpected answer. Source:
 * https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
 */
export async function convertManifest(apiUrl: string, code: string): Promise<NewApp> {
  const octokit = new Octokit({ baseUrl: apiUrl, userAgent: 'allocgate', log: silent });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { data } = await octokit.rest.apps.createFromManifest({ code, request: { signal } });
  const made = newAppSchema.parse(data);
  return {
    id: made.id,
    url: made.html_url,
    privateKey: made.pem,
    webhookSecret: made.webhook_secret,
    clientId: made.client_id,
    clientSecret: made.client_secret,
  };
}
