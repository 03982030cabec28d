import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { createOAuthState, type OAuthState } from './oauth.ts';
import type { Delivery, OutgoingEvent } from './delivery-types.ts';
import type {
  AppState,
  CheckRun,
  Installation,
  IssueComment,
  Limits,
  PullRequest,
  RateLimit,
  Repository,
  Review,
  ReviewComment,
  Token,
  User,
  WorkflowRun,
} from './state-types.ts';
import type { RepositoryRef } from './types.ts';

/** All that the fake knows. */
export type World = {
  /** Base URL; empty until the server listens. */
  url: string;
  /** Where the git repositories are. */
  dir: string;
  /** Milliseconds that the fake's clock is ahead. */
  ahead: number;
  lastId: number;
  app: AppState;
  manifestCode: string;
  oauth: OAuthState;
  limits: Limits;
  users: Map<string, User>;
  repositories: Repository[];
  pullRequests: PullRequest[];
  comments: IssueComment[];
  reviews: Review[];
  /** Reads of a new pull request that are answered 404. */
  newPullLag: { reads: number; forMs: number };
  reviewComments: ReviewComment[];
  checkRuns: CheckRun[];
  workflowRuns: WorkflowRun[];
  suites: { id: number; repositoryId: number; headSha: string; appId: number }[];
  installations: Installation[];
  tokens: Map<string, Token>;
  /** When content was created, for the secondary limits. */
  created: Date[];
  /** Repositories by the names that they had (in lower case). */
  formerNames: Map<string, Repository>;
  /** Sent at least once, oldest first. */
  deliveries: Delivery[];
  redeliver: (delivery: Delivery) => Promise<unknown>;
  /** Puts a webhook under way, if one is to be sent; resolves when it was answered or put by. */
  emit: (event: OutgoingEvent) => Promise<void>;
};

export const githubLimits: Limits = {
  bodyLength: 65_536,
  patchLines: 3_000,
  commentsPerMinute: null,
  secondary: null,
  tokenSeconds: 3_600,
};

/** The App has what the manifest asks for. */
const manifest = z
  .object({ default_permissions: z.record(z.string(), z.string()), default_events: z.array(z.string()) })
  .parse(parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')));

/** Making a key takes a third of a second of processor time, so all worlds of a process have the same. */
let keyPair: ReturnType<typeof makeKeyPair> | null = null;
const makeKeyPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

function createApp(slug: string): AppState {
  const pair = (keyPair ??= makeKeyPair());
  return {
    id: 7001,
    slug,
    name: slug,
    clientId: 'Iv23liFakeAllocgate0',
    clientSecret: randomBytes(20).toString('hex'),
    privateKey: pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey: pair.publicKey,
    webhookSecret: randomBytes(20).toString('hex'),
    permissions: { ...manifest.default_permissions },
    events: [...manifest.default_events],
    owner: { id: 7002, login: 'allocgate-makers', type: 'Organization' },
    bot: { id: 7003, login: `${slug}[bot]`, type: 'Bot' },
  };
}

/** A world with an App and nothing else. */
export function createWorld(dir: string): World {
  const app = createApp('allocgate');
  return {
    url: '',
    dir,
    ahead: 0,
    lastId: 10_000,
    app,
    manifestCode: randomBytes(20).toString('hex'),
    oauth: createOAuthState(),
    limits: { ...githubLimits },
    users: new Map([app.owner, app.bot].map((user) => [user.login.toLowerCase(), user])),
    repositories: [],
    pullRequests: [],
    comments: [],
    reviews: [],
    reviewComments: [],
    checkRuns: [],
    workflowRuns: [],
    suites: [],
    newPullLag: { reads: 0, forMs: Infinity },
    installations: [],
    tokens: new Map(),
    created: [],
    formerNames: new Map(),
    deliveries: [],
    redeliver: () => Promise.resolve(),
    emit: () => Promise.resolve(),
  };
}

/** The time of GitHub's clock. */
export function now(world: World): Date {
  return new Date(Date.now() + world.ahead);
}

export function nextId(world: World): number {
  world.lastId += 1;
  return world.lastId;
}

/** A full hour's worth of requests. */
export function fullRate(world: World): RateLimit {
  return { limit: 5_000, remaining: 5_000, resetAt: new Date(now(world).getTime() + 3_600_000) };
}

/** The account of that name; it is made, as a person, if there is none. */
export function userOf(world: World, login: string, type: User['type'] = 'User'): User {
  const found = world.users.get(login.toLowerCase());
  if (found) return found;
  const user: User = { id: nextId(world), login, type };
  world.users.set(login.toLowerCase(), user);
  return user;
}

/** The repository; a reference that leads nowhere is a mistake in the test. */
export function repositoryOf(world: World, ref: RepositoryRef): Repository {
  const id = typeof ref === 'object' ? ref.id : ref;
  const found = world.repositories.find(
    (one) => !one.deleted && (one.id === id || one.fullName.toLowerCase() === String(id).toLowerCase()),
  );
  if (!found) throw new Error(`the fake has no repository ${id}`);
  return found;
}

export function pullRequestOf(world: World, ref: RepositoryRef, number: number): PullRequest {
  const repository = repositoryOf(world, ref);
  const found = world.pullRequests.find((pull) => pull.repository === repository && pull.number === number);
  if (!found) throw new Error(`the fake has no pull request ${repository.fullName}#${number}`);
  return found;
}

export function checkRunOf(world: World, ref: RepositoryRef, id: number): CheckRun {
  const repository = repositoryOf(world, ref);
  const found = world.checkRuns.find((run) => run.repository === repository && run.id === id);
  if (!found) throw new Error(`the fake has no check run ${id} in ${repository.fullName}`);
  return found;
}

/** The installation that a repository belongs to. */
export function installationOf(world: World, repository: Repository): Installation | null {
  const covers = (one: Installation): boolean =>
    one.account === repository.owner && (one.repositoryIds?.has(repository.id) ?? true);
  return world.installations.find(covers) ?? null;
}

/** What an installation covers now. */
export function repositoriesOf(world: World, installation: Installation): Repository[] {
  return world.repositories.filter(
    (one) => !one.deleted && installationOf(world, one)?.id === installation.id,
  );
}

export function gitDirOf(world: World, id: number): string {
  return path.join(world.dir, `${id}.git`);
}
