import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDeliveries } from './deliveries.ts';
import { createFaults } from './faults.ts';
import { git } from './git.ts';
import { createServer } from './http.ts';
import { createContributors } from './people-pulls.ts';
import { createMergers } from './people-merges.ts';
import { createMovers } from './people-moves.ts';
import { createOwners } from './people-repositories.ts';
import { createWorkflows } from './routes-actions.ts';
import { createReviewers } from './people-reviews.ts';
import { takeSnapshot } from './snapshot.ts';
import type { RateLimit } from './state-types.ts';
import type { FakeGitHub, LoggedRequest, Violation } from './types.ts';
import { createWorld, pullRequestOf, repositoryOf, type World } from './world.ts';

async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://${host}:${address.port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function setRateLimit(world: World, id: number, state: Partial<RateLimit>): void {
  const installation = world.installations.find((one) => one.id === id);
  if (!installation) throw new Error(`the fake has no installation ${id}`);
  Object.assign(installation.rate, state);
}

/**
 * Starts a fake GitHub with an App and nothing else; `port` 0 or absent: any; `host`: the IPv4 address to listen on,
 * which containers need. `close` it when done.
 */
export async function createFakeGitHub(options: { port?: number; host?: string } = {}): Promise<FakeGitHub> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-fake-github-'));
  const world = createWorld(dir);
  const [faults, deliveries] = [createFaults(), createDeliveries(world)];
  const requests: LoggedRequest[] = [];
  const violations: Violation[] = [];
  const server = createServer(world, faults, requests, violations);
  world.url = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  const rest = {
    ...createOwners(world),
    ...createContributors(world),
    ...createMergers(world),
    ...createMovers(world),
    ...createReviewers(world),
    ...createWorkflows(world),
    url: world.url,
    app: world.app,
    manifestCode: world.manifestCode,
    oauth: world.oauth,
    limits: world.limits,
    faults,
    requests,
    violations,
    repository: (ref) => repositoryOf(world, ref),
    pullRequest: (ref, number) => pullRequestOf(world, ref, number),
    checkRuns: (ref, headSha) =>
      world.checkRuns.filter((run) => run.repository === repositoryOf(world, ref) && run.headSha === headSha),
    snapshot: (ref, number) => Promise.resolve(takeSnapshot(world, pullRequestOf(world, ref, number))),
    git: (ref, ...args) => git(repositoryOf(world, ref).gitDir, args),
    revokeTokens: () => world.tokens.clear(),
    advance: (ms) => {
      world.ahead += ms;
    },
    setRateLimit: (id, state) => setRateLimit(world, id, state),
    close: async () => {
      await deliveries.settled();
      await closeServer(server);
      await rm(dir, { recursive: true, force: true });
    },
  } satisfies Omit<FakeGitHub, keyof typeof deliveries>;
  // The settings of deliveries are changed on the object that is handed out: it must be the same one.
  return Object.assign(deliveries, rest);
}
