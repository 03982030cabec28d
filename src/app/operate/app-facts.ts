import type { GitHubApp } from '../../github/client.ts';
import { listInstallations, readAppSetup } from '../../github/pull-requests.ts';
import type { AppFacts } from '../../report/words/app-gaps.ts';
import { subscribedEvents } from '../intake/events.ts';
import { appManifest } from './app-manifest.ts';

const { default_permissions: neededPermissions } = appManifest;

const levels = ['read', 'write', 'admin'];

function covers(has: string | undefined, needs: string): boolean {
  return levels.indexOf(has ?? '') >= levels.indexOf(needs);
}

function listLacking(has: Readonly<Record<string, string>>): AppFacts['permissions'] {
  return Object.entries(neededPermissions)
    .filter(([name, needs]) => !covers(has[name], needs))
    .map(([name, needs]) => ({ name, needs, has: has[name] ?? null }));
}

/**
 * Compares the App's settings on GitHub, and those of its installations, with app.yml. An installation lacks a
 * permission of the App if its owner has not accepted it yet. Throws GitHub's errors.
 */
export async function readAppFacts(gitHub: Pick<GitHubApp, 'asApp'>): Promise<AppFacts> {
  const app = await gitHub.asApp();
  const setup = await readAppSetup(app);
  const installations = await listInstallations(app);
  return {
    slug: setup.slug,
    url: setup.url,
    permissions: listLacking(setup.permissions),
    missingEvents: subscribedEvents.filter((event) => !setup.events.includes(event)),
    installations: installations.map(({ account, permissions, events }) => ({
      account,
      lacking: listLacking(permissions)
        .filter(({ name, needs }) => covers(setup.permissions[name], needs))
        .map(({ name, needs }) => `${name}: ${needs}`),
      missingEvents: subscribedEvents.filter(
        (event) => setup.events.includes(event) && !events.includes(event),
      ),
    })),
  };
}
