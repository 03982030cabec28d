import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nextId, testEachBackend } from './support.ts';

testEachBackend((store) => {
  it('finds a session until its time is over, or until it is removed', async () => {
    const user = { userId: nextId(), login: 'gopher' };
    await store().saveSession('lasting', user, 60_000);
    await store().saveSession('over', user, -1);
    assert.deepEqual(await store().findSession('lasting'), user);
    assert.equal(await store().findSession('over'), null);
    await store().sweep();
    assert.deepEqual(await store().findSession('lasting'), user);
    await store().removeSession('lasting');
    assert.equal(await store().findSession('lasting'), null);
  });

  it('finds a repository by its name, whatever the case', async () => {
    const id = nextId();
    const repository = {
      id,
      installationId: nextId(),
      owner: 'Acme',
      name: `Log-${id}`,
      defaultBranch: 'main',
    };
    await store().saveRepositories([repository]);
    assert.deepEqual(await store().findRepositoryByName('acme', `log-${id}`), repository);
    assert.equal(await store().findRepositoryByName('acme', 'log-none'), null);
  });
});
