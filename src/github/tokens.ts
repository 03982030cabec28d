import { lacksPermission, statusOf } from './errors.ts';
import type { GitHub } from './types.ts';

/** The permissions of a token, and its repositories; `repositoryIds` null: all repositories of the installation. */
type TokenScope = {
  permissions: Readonly<Record<string, 'read' | 'write'>>;
  repositoryIds: readonly number[] | null;
};

export type TokenCache = {
  /** A token that is valid long enough for a fetch. Throws GitHub's errors. */
  get: (installationId: number, scope: TokenScope) => Promise<string>;
  /** Forgets a token that GitHub refused. */
  drop: (token: string) => void;
};

type Token = { token: string; expiresAt: Date };

/** A token is renewed when less than this is left of its hour. */
const MARGIN_MS = 10 * 60 * 1000;

async function createToken(app: GitHub, installationId: number, scope: TokenScope): Promise<Token> {
  const { data } = await app.rest.apps.createInstallationAccessToken({
    installation_id: installationId,
    permissions: { ...scope.permissions },
    ...(scope.repositoryIds && { repository_ids: [...scope.repositoryIds] }),
  });
  return { token: data.token, expiresAt: new Date(data.expires_at) };
}

/** The wanted permissions that are granted. One that is granted at a lower level keeps that level. */
function keepGranted(
  wanted: TokenScope['permissions'],
  granted: Readonly<Record<string, string | undefined>>,
): TokenScope['permissions'] {
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, level]) => {
      const has = granted[name];
      if (has === undefined) return [];
      return [[name, has === 'read' ? 'read' : level] as const];
    }),
  );
}

/**
 * Requests a token. GitHub refuses it completely if one permission is missing, so an installation that has not accepted
 * a new permission gets a token with those that it has granted, and only requests that need the others fail.
 */
async function requestToken(app: GitHub, installationId: number, scope: TokenScope): Promise<Token> {
  try {
    return await createToken(app, installationId, scope);
  } catch (error) {
    if (statusOf(error) !== 422 || !lacksPermission(error)) throw error;
    const { data } = await app.rest.apps.getInstallation({ installation_id: installationId });
    const permissions = keepGranted(scope.permissions, { ...data.permissions });
    // For an empty list, GitHub would grant all permissions.
    if (Object.keys(permissions).length === 0) throw error;
    return createToken(app, installationId, { ...scope, permissions });
  }
}

/** A cache of installation tokens. Simultaneous requests wait for the same token. */
export function createTokenCache(asApp: () => Promise<GitHub>): TokenCache {
  const kept = new Map<string, Token>();
  const pending = new Map<string, Promise<Token>>();
  const renew = async (key: string, installationId: number, scope: TokenScope): Promise<Token> => {
    try {
      const token = await requestToken(await asApp(), installationId, scope);
      kept.set(key, token);
      return token;
    } finally {
      pending.delete(key);
    }
  };
  return {
    get: async (installationId, scope) => {
      const key = JSON.stringify([installationId, scope]);
      const known = kept.get(key);
      if (known && known.expiresAt.getTime() - Date.now() > MARGIN_MS) return known.token;
      const asked = pending.get(key) ?? renew(key, installationId, scope);
      pending.set(key, asked);
      return (await asked).token;
    },
    drop: (token) => {
      for (const [key, known] of kept) if (known.token === token) kept.delete(key);
    },
  };
}
