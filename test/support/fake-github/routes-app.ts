import { z } from 'zod';
import { createToken, isWithin } from './auth.ts';
import { renderDelivery, renderDeliveryDetail, type SentDelivery } from './render-deliveries.ts';
import {
  renderApp,
  renderFullRepository,
  renderInstallation,
  renderRepository,
  renderTime,
  renderUser,
} from './render-accounts.ts';
import {
  answerPage,
  installationOfCall,
  notFound,
  ok,
  paginate,
  parameter,
  read,
  Refusal,
  repositoryOfCall,
  type Answer,
  type Call,
  type Routes,
} from './routing.ts';
import type { Installation, RateLimit } from './state-types.ts';
import { fullRate, installationOf, repositoriesOf } from './world.ts';

const TokenRequest = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
});

function findInstallation(call: Call): Installation {
  const id = Number(parameter(call, 'installation_id'));
  const found = call.world.installations.find((one) => one.id === id);
  if (!found) throw notFound();
  return found;
}

function refuseScope(message: string): Refusal {
  return new Refusal(422, { message });
}

function scopeToRepositories(
  call: Call,
  installation: Installation,
  wanted: z.infer<typeof TokenRequest>,
): Set<number> | null {
  if (wanted.repositories === undefined && wanted.repository_ids === undefined) return null;
  const covered = repositoriesOf(call.world, installation);
  const [names, ids] = [new Set(wanted.repositories), new Set(wanted.repository_ids)];
  const found = covered.filter((one) => names.has(one.name) || ids.has(one.id));
  const number = names.size + ids.size;
  if (found.length < number || number === 0) {
    throw refuseScope(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return new Set(found.map((one) => one.id));
}

function makeToken(call: Call): Answer {
  const installation = findInstallation(call);
  if (installation.suspendedAt !== null) {
    throw new Refusal(403, { message: 'This installation has been suspended' });
  }
  const wanted = read(TokenRequest, call);
  const permissions = wanted.permissions ?? installation.permissions;
  if (!isWithin(permissions, installation.permissions)) {
    throw refuseScope('The permissions requested are not granted to this installation.');
  }
  const repositoryIds = scopeToRepositories(call, installation, wanted);
  // Every token may read metadata.
  const granted = { ...permissions, metadata: 'read' };
  const token = createToken(call.world, installation, { repositoryIds, permissions: granted });
  const repositories = repositoriesOf(call.world, installation).filter((one) => repositoryIds?.has(one.id));
  return ok(
    {
      token: token.value,
      expires_at: renderTime(token.expiresAt),
      permissions: granted,
      repository_selection: (repositoryIds ?? installation.repositoryIds) === null ? 'all' : 'selected',
      ...(repositoryIds === null
        ? {}
        : { repositories: repositories.map((one) => renderRepository(call.world, one)) }),
    },
    201,
  );
}

function listRepositories(call: Call): Answer {
  const installation = installationOfCall(call);
  const { token } = call.caller;
  const ids = token?.kind === 'installation' ? token.repositoryIds : null;
  const all = repositoriesOf(call.world, installation).filter((one) => ids?.has(one.id) ?? true);
  const page = paginate(call, all);
  return {
    status: 200,
    headers: page.headers,
    body: {
      total_count: all.length,
      repository_selection: installation.repositoryIds === null ? 'all' : 'selected',
      repositories: page.items.map((one) => renderRepository(call.world, one)),
    },
  };
}

/** A code can be exchanged once. */
function convertManifest(call: Call): Answer {
  const { world } = call;
  if (world.manifestCode === '' || parameter(call, 'code') !== world.manifestCode) throw notFound();
  world.manifestCode = '';
  return ok(
    {
      ...renderApp(world),
      client_id: world.app.clientId,
      client_secret: world.app.clientSecret,
      webhook_secret: world.app.webhookSecret,
      pem: world.app.privateKey,
    },
    201,
  );
}

function renderRate(rate: RateLimit): object {
  const { limit, remaining } = rate;
  return { limit, used: limit - remaining, remaining, reset: Math.ceil(rate.resetAt.getTime() / 1000) };
}

function showRate(call: Call): Answer {
  const { token } = call.caller;
  const own = token?.kind === 'installation' ? token.installation.rate : token?.rate;
  const core = renderRate(own ?? fullRate(call.world));
  return ok({ resources: { core, search: core, graphql: core }, rate: core });
}

function showUser(call: Call): Answer {
  const { token } = call.caller;
  if (token?.kind !== 'user') throw new Refusal(403, { message: 'Resource not accessible by integration' });
  const zeroes = { public_repos: 0, public_gists: 0, followers: 0, following: 0 };
  return ok({ ...renderUser(call.world, token.user), ...unknownPerson, ...zeroes });
}

const unknownPerson = {
  name: null,
  company: null,
  blog: null,
  location: null,
  email: null,
  hireable: null,
  bio: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

function findAccount(call: Call): Answer {
  const user = call.world.users.get(parameter(call, 'username').toLowerCase());
  if (!user) throw notFound();
  const zeroes = { public_repos: 0, public_gists: 0, followers: 0, following: 0 };
  return ok({ ...renderUser(call.world, user), ...unknownPerson, ...zeroes });
}

function findInstallationOfRepository(call: Call): Answer {
  const installation = installationOf(call.world, repositoryOfCall(call));
  if (!installation) throw notFound();
  return ok(renderInstallation(call.world, installation));
}

/** Each time that something was sent, the last one first. */
function listSent({ world }: Call): SentDelivery[] {
  return world.deliveries
    .flatMap((delivery) => delivery.attempts.map((attempt) => ({ delivery, attempt })))
    .toSorted((a, b) => b.attempt.id - a.attempt.id);
}

function findSent(call: Call): SentDelivery {
  const id = Number(parameter(call, 'delivery_id'));
  const found = listSent(call).find(({ attempt }) => attempt.id === id);
  if (!found) throw notFound();
  return found;
}

/** Pages by cursor: the deliveries before the one that the cursor names. */
function listDeliveries(call: Call): Answer {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30)));
  const cursor = Number(call.query.get('cursor') ?? Infinity);
  const older = listSent(call).filter(({ attempt }) => attempt.id < cursor);
  const items = older.slice(0, size);
  const query = new URLSearchParams(call.query);
  query.set('cursor', String(items.at(-1)?.attempt.id));
  const next = `<${call.address}?${query.toString()}>; rel="next"`;
  return {
    status: 200,
    body: items.map((one) => renderDelivery(one)),
    headers: older.length > size ? { link: next } : {},
  };
}

function redeliver(call: Call): Answer {
  void call.world.redeliver(findSent(call).delivery);
  return ok({}, 202);
}

export const appRoutes: Routes = {
  'GET /app': { by: 'app', run: (call) => ok(renderApp(call.world)) },
  'GET /app/installations': {
    by: 'app',
    run: (call) => answerPage(call, call.world.installations, (one) => renderInstallation(call.world, one)),
  },
  'GET /app/installations/{installation_id}': {
    by: 'app',
    run: (call) => ok(renderInstallation(call.world, findInstallation(call))),
  },
  'POST /app/installations/{installation_id}/access_tokens': { by: 'app', run: makeToken },
  'GET /app/hook/deliveries': {
    by: 'app',
    run: listDeliveries,
  },
  'GET /app/hook/deliveries/{delivery_id}': {
    by: 'app',
    run: (call) => ok(renderDeliveryDetail(call.world, findSent(call))),
  },
  'POST /app/hook/deliveries/{delivery_id}/attempts': { by: 'app', run: redeliver },
  'POST /app-manifests/{code}/conversions': { by: 'any', run: convertManifest },
  'GET /installation/repositories': { by: 'installation', run: listRepositories },
  'GET /repos/{owner}/{repo}/installation': { by: 'app', run: findInstallationOfRepository },
  'GET /repos/{owner}/{repo}': {
    by: 'any',
    needs: [['metadata', 'read']],
    run: (call) => ok(renderFullRepository(call.world, repositoryOfCall(call))),
  },
  'GET /rate_limit': { by: 'any', run: showRate },
  'GET /user': { by: 'token', run: showUser },
  'GET /users/{username}': { by: 'any', run: findAccount },
};
