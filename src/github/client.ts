import { Octokit } from '@octokit/rest';
import type { Logger } from 'pino';
import { createTokenCache } from './tokens.ts';
import { controlRequests, createPacer, type RequestReport, type Transport } from './transport.ts';
import type { GitHub, Writer } from './types.ts';

export type GitHubApp = {
  /**
   * The client of an installation. Its token has only the permissions that the App needs, and all clients of an
   * installation share one pace. `beforeWrite` is called right before each write; if it throws, the write is not sent.
   */
  forInstallation: (installationId: number, beforeWrite?: () => void) => Promise<GitHub>;
  /** Client of the App itself (JWT): /app, /app/installations. */
  asApp: () => Promise<GitHub>;
  /** `slug[bot]`. */
  writer: () => Promise<Writer>;
  /** A token for reading one repository's contents over git, valid for at least ten minutes. */
  gitToken: (installationId: number, repositoryId: number) => Promise<string>;
  /** Forgets a refused token, so that the next one is new. */
  dropToken: (token: string) => void;
};

/** How requests are sent, in milliseconds. The defaults follow GitHub's best practices. */
export type Pace = { writeSpacingMs?: number; timeoutMs?: number; retryDelayMs?: number };

export type GitHubAppOptions = Pace & {
  appId: number;
  /** PEM. */
  privateKey: string;
  /** `https://api.github.com`, or `https://HOST/api/v3` of GitHub Enterprise Server. */
  baseUrl: string;
  /** Persisted pauses, by installation; 0 is the App itself. */
  pauses: {
    find: (installationId: number) => Promise<Date | null>;
    save: (installationId: number, until: Date) => Promise<void>;
  };
  /** A longer pause throws `RateLimited` instead of waiting. */
  maxWaitMs: number;
  onRequest: (call: RequestReport) => void;
  log: Logger;
};

export type TokenClientOptions = Pace & { maxWaitMs?: number; onRequest?: (call: RequestReport) => void };

/** The permissions of the App and of its tokens. */
const appPermissions = {
  checks: 'write',
  contents: 'read',
  // Reactions to comments of the conversation (REST: permissions required for GitHub Apps).
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
} as const;

const defaultPace = { writeSpacingMs: 1000, timeoutMs: 30_000, retryDelayMs: 500 };
const TOKEN_CLIENT_WAIT_MS = 60_000;
/** The App's own key among the installations' pauses. */
const APP_KEY = 0;
const USER_AGENT = 'allocgate';

function noop(): void {}

/** Octokit's own log lines would contain the token in a request's headers. The transport writes our log lines. */
const silent = { debug: noop, info: noop, warn: noop, error: noop };

function readPace({
  writeSpacingMs,
  timeoutMs,
  retryDelayMs,
}: Pace): Pick<Transport, 'takeTurn' | 'beforeWrite' | 'timeoutMs' | 'retryDelayMs'> {
  return {
    takeTurn: createPacer(writeSpacingMs ?? defaultPace.writeSpacingMs),
    beforeWrite: noop,
    timeoutMs: timeoutMs ?? defaultPace.timeoutMs,
    retryDelayMs: retryDelayMs ?? defaultPace.retryDelayMs,
  };
}

/** Creates a client without plugins that repeat or throttle requests, because a repeated POST could write twice. */
function createClient(baseUrl: string, transport: Transport): GitHub {
  const octokit = new Octokit({ baseUrl, userAgent: USER_AGENT, log: silent, request: { log: silent } });
  controlRequests(octokit, transport);
  return octokit;
}

/**
 * Probot signs as the App, and corrects a wrong clock. It is loaded late, because the command line does not need it.
 */
async function createAppClient(options: GitHubAppOptions, transport: Transport): Promise<GitHub> {
  const { ProbotOctokit } = await import('probot');
  const octokit = new ProbotOctokit({
    auth: { appId: options.appId, privateKey: options.privateKey },
    baseUrl: options.baseUrl,
    userAgent: USER_AGENT,
    log: silent,
    request: { log: silent },
    retry: { enabled: false },
    throttle: { enabled: false },
  });
  controlRequests(octokit, transport);
  return octokit;
}

/** Creates the clients of the App and its installations. Nothing is sent before one is used. */
export function createGitHubApp(options: GitHubAppOptions): GitHubApp {
  const { baseUrl, pauses, maxWaitMs, onRequest, log } = options;
  const transportOf = (id: number, tokens: Transport['tokens']): Transport => ({
    ...readPace(options),
    pauses: { find: () => pauses.find(id), save: (until) => pauses.save(id, until) },
    maxWaitMs,
    tokens,
    onRequest,
    log,
  });
  const installations = new Map<number, { transport: Transport; client: GitHub }>();
  let app: Promise<GitHub> | null = null;
  let writer: Writer | null = null;
  const asApp = (): Promise<GitHub> => {
    // The App itself only creates tokens, so it needs no pace.
    app ??= createAppClient(options, { ...transportOf(APP_KEY, null), takeTurn: createPacer(0) });
    return app;
  };
  const cache = createTokenCache(asApp);
  const create = (id: number): { transport: Transport; client: GitHub } => {
    const scope = { permissions: appPermissions, repositoryIds: null };
    const tokens = { get: () => cache.get(id, scope), drop: cache.drop };
    const transport = transportOf(id, tokens);
    return { transport, client: createClient(baseUrl, transport) };
  };
  return {
    asApp,
    forInstallation: async (id, beforeWrite) => {
      const installation = installations.get(id) ?? create(id);
      installations.set(id, installation);
      const { transport, client } = installation;
      return beforeWrite ? createClient(baseUrl, { ...transport, beforeWrite }) : client;
    },
    writer: async () => {
      writer ??= await readAppWriter(await asApp());
      return writer;
    },
    gitToken: (id, repositoryId) =>
      cache.get(id, { permissions: { contents: 'read' }, repositoryIds: [repositoryId] }),
    dropToken: cache.drop,
  };
}

async function readAppWriter(app: GitHub): Promise<Writer> {
  const { data } = await app.rest.apps.getAuthenticated();
  if (!data) throw new Error('GitHub does not know this App');
  return { login: `${data.slug}[bot]` };
}

/** A client with a user's token (null: none), for the command line. Its pauses are not persisted. */
export function createTokenClient(
  token: string | null,
  baseUrl: string,
  options: TokenClientOptions = {},
): GitHub {
  let pause: Date | null = null;
  return createClient(baseUrl, {
    ...readPace(options),
    pauses: {
      find: async () => pause,
      save: async (until) => {
        pause = until;
      },
    },
    maxWaitMs: options.maxWaitMs ?? TOKEN_CLIENT_WAIT_MS,
    tokens: token === null ? null : { get: async () => token, drop: null },
    onRequest: options.onRequest ?? noop,
    log: silent,
  });
}
