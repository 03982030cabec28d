import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { openApp, realParts } from '../../src/app/operate/start.ts';
import type { App, Engine } from '../../src/app/types.ts';
import type { StoredRepository } from '../../src/store/types.ts';
import { writeLog } from './app-scenario.ts';
import { addDatabase } from './pglite-template.ts';
import { createFakeGitHub, type FakeGitHub, type PullRequest, type Repository } from './fake-github/index.ts';

/** The engine must not be called. */
const refuse = (): Promise<never> => Promise.reject(new Error('it was to be measured again'));
const engine: Engine = {
  fetchCommits: refuse,
  reviewCommits: refuse,
  proveCommits: refuse,
  warmCaches: refuse,
  measureCommits: refuse,
};

/** The App's parts in this process, with a repository on a fake GitHub; nothing runs by itself. */
export type InProcessApp = {
  fake: FakeGitHub;
  repository: Repository;
  stored: StoredRepository;
  app: App;
  /** Opens a pull request by `gopher`, who has write access. */
  open: (branch: string, options?: { draft?: boolean }) => Promise<PullRequest>;
  close: () => Promise<void>;
};

export async function createInProcessApp(): Promise<InProcessApp> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-run-'));
  await addDatabase(dir);
  const fake = await createFakeGitHub();
  fake.addUser('gopher');
  const files = { 'go.mod': 'module example.com/m\n', 'log/log.go': writeLog(0) };
  const repository = await fake.addRepository({ owner: 'acme', name: 'log', files });
  fake.setPermission(repository, 'gopher', 'write');
  const installation = await fake.install('acme');
  const environment = {
    appId: fake.app.id,
    privateKey: fake.app.privateKey,
    webhookSecret: fake.app.webhookSecret,
    webhookProxyUrl: null,
    apiUrl: `${fake.url}/api/v3`,
    gitUrl: fake.url,
  };
  const pace = { writeSpacingMs: 0, retryDelayMs: 0 };
  const log = pino({ level: 'silent' });
  const app = await openApp(environment, { dataDir: dir }, log, { ...realParts, engine, pace });
  const { id, owner, name, defaultBranch } = { ...repository, defaultBranch: 'main' };
  await app.store.saveRepositories([
    { id, installationId: installation.id, owner: owner.login, name, defaultBranch },
  ]);
  const stored = await app.store.findRepository(id);
  assert.ok(stored);
  return {
    fake,
    repository,
    stored,
    app,
    open: (branch, options = {}) =>
      fake.openPullRequest(repository, {
        author: 'gopher',
        head: { branch, contents: { change: { 'log/log.go': writeLog(1) } } },
        ...options,
      }),
    close: async () => {
      await app.store.close();
      await fake.close();
      await rm(dir, { recursive: true });
    },
  };
}
