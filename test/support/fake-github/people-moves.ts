import { renderUser, type Json } from './render-accounts.ts';
import { announce } from './people-repositories.ts';
import type { Repository, User } from './state-types.ts';
import type { People } from './types.ts';
import { installationOf, repositoryOf, userOf, type World } from './world.ts';

async function renameRepository(world: World, repository: Repository, name: string): Promise<void> {
  const from = repository.name;
  world.formerNames.set(repository.fullName.toLowerCase(), repository);
  repository.name = name;
  repository.fullName = `${repository.owner.login}/${name}`;
  world.formerNames.delete(repository.fullName.toLowerCase());
  await world.emit({
    event: 'repository',
    action: 'renamed',
    sender: repository.owner,
    repository,
    overlay: { action: 'renamed', changes: { repository: { name: { from } } } },
  });
}

async function deleteRepository(world: World, repository: Repository): Promise<void> {
  const installation = installationOf(world, repository);
  repository.deleted = true;
  for (const pull of world.pullRequests) {
    if (pull.headRepository === repository && pull.repository !== repository) pull.headRepository = null;
  }
  await world.emit({
    event: 'repository',
    action: 'deleted',
    sender: repository.owner,
    repository,
    installation,
    overlay: { action: 'deleted' },
  });
}

/** The installation that covers the repository afterwards gets the event; one that loses it gets only the removal. */
async function transferRepository(world: World, repository: Repository, owner: User): Promise<void> {
  const { owner: former, fullName } = repository;
  const lost = installationOf(world, repository);
  world.formerNames.set(fullName.toLowerCase(), repository);
  repository.owner = owner;
  repository.fullName = `${owner.login}/${repository.name}`;
  repository.roles.set(owner.login.toLowerCase(), 'admin');
  world.formerNames.delete(repository.fullName.toLowerCase());
  const from: Json =
    former.type === 'Organization'
      ? { organization: renderUser(world, former) }
      : { user: renderUser(world, former) };
  await world.emit({
    event: 'repository',
    action: 'transferred',
    sender: former,
    repository,
    overlay: { action: 'transferred', changes: { owner: { from } } },
  });
  const gained = installationOf(world, repository);
  if (gained) await announce(world, gained, 'added', [repository]);
  if (lost) await announce(world, lost, 'removed', [repository]);
}

/**
 * An archived repository can be read but not written
 * (https://docs.github.com/repositories/archiving-a-github-repository).
 */
async function setArchived(world: World, repository: Repository, archived: boolean): Promise<void> {
  repository.archived = archived;
  const action = archived ? 'archived' : 'unarchived';
  await world.emit({
    event: 'repository',
    action,
    sender: repository.owner,
    repository,
    overlay: { action },
  });
}

type Movers = Pick<
  People,
  'renameRepository' | 'deleteRepository' | 'transferRepository' | 'archiveRepository' | 'unarchiveRepository'
>;

/** Actions of owners on whole repositories. */
export function createMovers(world: World): Movers {
  return {
    renameRepository: (ref, name) => renameRepository(world, repositoryOf(world, ref), name),
    deleteRepository: (ref) => deleteRepository(world, repositoryOf(world, ref)),
    transferRepository: (ref, owner) =>
      transferRepository(world, repositoryOf(world, ref), userOf(world, owner, 'Organization')),
    archiveRepository: (ref) => setArchived(world, repositoryOf(world, ref), true),
    unarchiveRepository: (ref) => setArchived(world, repositoryOf(world, ref), false),
  };
}
