import { randomBytes } from 'node:crypto';
import { commit } from './commits.ts';
import { renderBriefRepository } from './events.ts';
import { git, initRepository } from './git.ts';
import { renderInstallation } from './render-accounts.ts';
import type { Installation, Repository, User } from './state-types.ts';
import type { NewRepository, People } from './types.ts';
import {
  fullRate,
  gitDirOf,
  installationOf,
  nextId,
  now,
  repositoriesOf,
  repositoryOf,
  userOf,
  type World,
} from './world.ts';

function makeRepository(
  world: World,
  wanted: Pick<Repository, 'owner' | 'name' | 'defaultBranch' | 'private' | 'forkOf'>,
): Repository {
  const id = nextId(world);
  return {
    ...wanted,
    id,
    fullName: `${wanted.owner.login}/${wanted.name}`,
    gitDir: gitDirOf(world, id),
    roles: new Map([[wanted.owner.login.toLowerCase(), 'admin']]),
    createdAt: now(world),
    lastNumber: 0,
    deleted: false,
    archived: false,
  };
}

async function fill(world: World, repository: Repository, wanted: NewRepository): Promise<void> {
  const { gitDir, defaultBranch } = repository;
  await initRepository(gitDir, defaultBranch);
  if (wanted.source !== undefined) {
    await git(gitDir, ['fetch', '--quiet', wanted.source, '+refs/heads/*:refs/heads/*']);
    return;
  }
  await commit(gitDir, {
    ref: `refs/heads/${defaultBranch}`,
    parent: null,
    contents: { files: wanted.files ?? { 'README.md': `# ${wanted.name}\n` } },
    message: 'first',
    author: repository.owner.login,
    date: now(world),
  });
}

async function addRepository(world: World, wanted: NewRepository): Promise<Repository> {
  const repository = makeRepository(world, {
    owner: userOf(world, wanted.owner, 'Organization'),
    name: wanted.name,
    defaultBranch: wanted.defaultBranch ?? 'main',
    private: wanted.private ?? false,
    forkOf: null,
  });
  await fill(world, repository, wanted);
  world.repositories.push(repository);
  const installation = installationOf(world, repository);
  if (installation) await announce(world, installation, 'added', [repository]);
  return repository;
}

async function forkRepository(world: World, parent: Repository, owner: User): Promise<Repository> {
  const fork = makeRepository(world, {
    owner,
    name: parent.name,
    defaultBranch: parent.defaultBranch,
    private: parent.private,
    forkOf: parent,
  });
  await initRepository(fork.gitDir, fork.defaultBranch);
  await git(fork.gitDir, ['fetch', '--quiet', parent.gitDir, '+refs/heads/*:refs/heads/*']);
  world.repositories.push(fork);
  return fork;
}

/** Tells the App about what happened to one of its installations. */
async function tell(world: World, installation: Installation, action: string): Promise<void> {
  const repositories = repositoriesOf(world, installation).map((one) => renderBriefRepository(one));
  const listed = action === 'created' || action === 'deleted' ? { repositories } : {};
  await world.emit({
    event: 'installation',
    action,
    sender: installation.account,
    repository: null,
    installation,
    overlay: { action, installation: renderInstallation(world, installation), ...listed },
  });
}

/** Tells an installation which repositories it covers now, or no longer. */
export async function announce(
  world: World,
  installation: Installation,
  action: 'added' | 'removed',
  repositories: Repository[],
): Promise<void> {
  const rendered = repositories.map((one) => renderBriefRepository(one));
  await world.emit({
    event: 'installation_repositories',
    action,
    sender: installation.account,
    repository: null,
    installation,
    overlay: {
      action,
      installation: renderInstallation(world, installation),
      repository_selection: installation.repositoryIds === null ? 'all' : 'selected',
      repositories_added: action === 'added' ? rendered : [],
      repositories_removed: action === 'removed' ? rendered : [],
      requester: null,
    },
  });
}

function findInstallation(world: World, id: number): Installation {
  const found = world.installations.find((one) => one.id === id);
  if (!found) throw new Error(`the fake has no installation ${id}`);
  return found;
}

async function suspend(world: World, id: number, at: Date | null): Promise<void> {
  const installation = findInstallation(world, id);
  installation.suspendedAt = at;
  await tell(world, installation, at === null ? 'unsuspend' : 'suspend');
}

async function uninstall(world: World, id: number): Promise<void> {
  const installation = findInstallation(world, id);
  await tell(world, installation, 'deleted');
  world.installations = world.installations.filter((one) => one !== installation);
  for (const [value, token] of world.tokens) {
    if (token.kind === 'installation' && token.installation === installation) world.tokens.delete(value);
  }
}

function selectedIds(world: World, installation: Installation): Set<number> {
  return installation.repositoryIds ?? new Set(repositoriesOf(world, installation).map((one) => one.id));
}

type Owners = Pick<
  People,
  | 'addUser'
  | 'createUserToken'
  | 'addRepository'
  | 'setPermission'
  | 'forkRepository'
  | 'install'
  | 'uninstall'
  | 'suspend'
  | 'unsuspend'
  | 'addToInstallation'
  | 'removeFromInstallation'
>;

/** Actions of owners of accounts and repositories. */
export function createOwners(world: World): Owners {
  return {
    addUser: (login, options = {}) => userOf(world, login, options.type),
    createUserToken: (login) => {
      const value = `ghp_${randomBytes(18).toString('hex')}`;
      world.tokens.set(value, { kind: 'user', user: userOf(world, login), rate: fullRate(world) });
      return value;
    },
    addRepository: (wanted) => addRepository(world, wanted),
    setPermission: (ref, login, role) => {
      repositoryOf(world, ref).roles.set(userOf(world, login).login.toLowerCase(), role);
    },
    forkRepository: (ref, owner) => forkRepository(world, repositoryOf(world, ref), userOf(world, owner)),
    install: async (account, options = {}) => {
      const ids = options.repositories?.map((ref) => repositoryOf(world, ref).id);
      const installation: Installation = {
        id: nextId(world),
        account: userOf(world, account, 'Organization'),
        repositoryIds: ids ? new Set(ids) : null,
        permissions: { ...(options.permissions ?? world.app.permissions) },
        suspendedAt: null,
        createdAt: now(world),
        rate: fullRate(world),
      };
      world.installations.push(installation);
      await tell(world, installation, 'created');
      return installation;
    },
    uninstall: (id) => uninstall(world, id),
    suspend: (id) => suspend(world, id, now(world)),
    unsuspend: (id) => suspend(world, id, null),
    addToInstallation: async (id, ref) => {
      const installation = findInstallation(world, id);
      const repository = repositoryOf(world, ref);
      installation.repositoryIds = selectedIds(world, installation).add(repository.id);
      await announce(world, installation, 'added', [repository]);
    },
    removeFromInstallation: async (id, ref) => {
      const installation = findInstallation(world, id);
      const repository = repositoryOf(world, ref);
      const ids = selectedIds(world, installation);
      ids.delete(repository.id);
      installation.repositoryIds = ids;
      await announce(world, installation, 'removed', [repository]);
    },
  };
}
