import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccess } from '../../../src/app/pages/access.ts';
import type { GitHub } from '../../../src/github/types.ts';

const repository = { id: 7, installationId: 1, owner: 'acme', name: 'log', defaultBranch: 'main' };
const person = { userId: 5, login: 'gopher' };

test('who may read a report is asked again after three minutes', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  let permission = 'read';
  const repos = {
    get: async () => ({ data: { id: repository.id, private: true } }),
    getCollaboratorPermissionLevel: async () => ({ data: { permission, user: { id: person.userId } } }),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of GitHub is asked
  const github = { rest: { repos } } as unknown as GitHub;
  const { canRead } = createAccess({ forInstallation: () => Promise.resolve(github) });
  assert.equal(await canRead(repository, person), true);
  permission = 'none';
  t.mock.timers.tick(3 * 60_000 - 1);
  assert.equal(await canRead(repository, person), true, 'remembered');
  assert.equal(await canRead(repository, { ...person, userId: 6 }), false, 'another person is not');
  t.mock.timers.tick(1);
  assert.equal(await canRead(repository, person), false, 'asked again');
});
