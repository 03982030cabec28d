import { Octokit } from '@octokit/rest';
import { z } from 'zod';

/** What GitHub tells of an App that was made from a manifest, once. */
export type NewApp = { id: number; url: string; privateKey: string; webhookSecret: string };

const newAppSchema = z.object({
  id: z.number().int().positive(),
  html_url: z.url({ protocol: /^https?$/u }),
  pem: z.string(),
  webhook_secret: z.string().min(1),
});

const TIMEOUT_MS = 30_000;

/** Octokit would print the path of a request that fails, and the code is in it. */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Exchanges the code that GitHub gave the browser for the credentials of the new App; a code works once, for an hour.
 * Throws what GitHub answers, and an error for an answer that is no App.
 * Source: https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
 */
export async function convertManifest(apiUrl: string, code: string): Promise<NewApp> {
  const octokit = new Octokit({ baseUrl: apiUrl, userAgent: 'allocgate', log: silent });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { data } = await octokit.rest.apps.createFromManifest({ code, request: { signal } });
  const { id, html_url: url, pem: privateKey, webhook_secret: webhookSecret } = newAppSchema.parse(data);
  return { id, url, privateKey, webhookSecret };
}
