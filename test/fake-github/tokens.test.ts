import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScene, pick, signJwt, type Scene } from './scene.ts';

async function makeToken(scene: Scene, scope: object = {}): Promise<string> {
  const path = `/app/installations/${scene.installationId}/access_tokens`;
  const { status, body } = await scene.askWith(scene.jwt)('POST', path, scope);
  assert.equal(status, 201, JSON.stringify(body));
  return String(pick(body, 'token'));
}

async function expectRefusal(
  asked: Promise<{ status: number; body: unknown }>,
  status: number,
  message: RegExp,
): Promise<void> {
  const reply = await asked;
  assert.equal(reply.status, status, JSON.stringify(reply.body));
  assert.match(String(pick(reply.body, 'message')), message);
  assert.equal(typeof pick(reply.body, 'documentation_url'), 'string');
}

test("the App's own token is checked closely", async () => {
  await using scene = await createScene();
  const { fake } = scene;
  const seconds = Math.floor(Date.now() / 1000);
  const ask = (jwt: string) => scene.askWith(jwt)('GET', '/app');
  assert.equal((await ask(signJwt(fake))).status, 200);
  assert.equal((await ask(signJwt(fake, { iss: fake.app.clientId }))).status, 200);
  await expectRefusal(ask(signJwt(fake, { exp: seconds - 10 })), 401, /exp/);
  await expectRefusal(ask(signJwt(fake, { exp: seconds + 900 })), 401, /too far/);
  await expectRefusal(ask(signJwt(fake, { iat: seconds + 120 })), 401, /iat/);
  await expectRefusal(ask(signJwt(fake, { iss: 1 })), 401, /decoded/);
  const [header, , signature] = signJwt(fake).split('.');
  const [, payload] = signJwt(fake, { exp: seconds + 400 }).split('.');
  await expectRefusal(ask(`${header}.${payload}.${signature}`), 401, /decoded/);
  await expectRefusal(ask(scene.token), 401, /decoded/);
  await expectRefusal(scene.askWith(scene.jwt)('GET', '/installation/repositories'), 403, /integration/);
});

test('a token that expired or was never given is bad', async () => {
  await using scene = await createScene();
  const { fake } = scene;
  assert.equal((await scene.ask('GET', '/repos/acme/shop')).status, 200);
  await expectRefusal(scene.askWith('ghs_x')('GET', '/repos/acme/shop'), 401, /^Bad credentials$/);
  fake.advance(3_601_000);
  await expectRefusal(scene.ask('GET', '/repos/acme/shop'), 401, /^Bad credentials$/);
  const late = await scene.askWith(
    signJwt(fake, { iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 60 }),
  )('GET', '/app');
  assert.equal(late.status, 401);
});

test('a token covers only its repositories', async () => {
  await using scene = await createScene({ private: true });
  const { fake, repository } = scene;
  const other = await fake.addRepository({ owner: 'acme', name: 'secret', private: true });
  await fake.addRepository({ owner: 'else', name: 'open' });
  const ask = scene.askWith(await makeToken(scene, { repository_ids: [other.id] }));
  assert.equal((await ask('GET', '/repos/acme/secret')).status, 200);
  await expectRefusal(ask('GET', '/repos/acme/shop'), 404, /^Not Found$/);
  assert.equal((await ask('GET', '/repos/else/open')).status, 200);
  const comment = ask('POST', '/repos/else/open/issues/1/comments', { body: 'x' });
  await expectRefusal(comment, 403, /^Resource not accessible by integration$/);
  const { body } = await ask('GET', '/installation/repositories');
  assert.equal(pick(body, 'total_count'), 1);
  assert.equal(pick(body, 'repositories', 0, 'full_name'), 'acme/secret');
  await fake.removeFromInstallation(scene.installationId, repository);
  await expectRefusal(scene.ask('GET', '/repos/acme/shop'), 404, /^Not Found$/);
  await fake.addToInstallation(scene.installationId, repository);
  assert.equal((await scene.ask('GET', '/repos/acme/shop')).status, 200);
});

test('a token has only its permissions, and none that the installation has not', async () => {
  await using scene = await createScene();
  await scene.fake.openPullRequest(scene.repository, {
    author: 'ann',
    head: { branch: 'change', contents: { change: { 'b.txt': 'b\n' } } },
  });
  const ask = scene.askWith(await makeToken(scene, { permissions: { pull_requests: 'read' } }));
  assert.equal((await ask('GET', '/repos/acme/shop/pulls/1')).status, 200);
  assert.equal((await ask('GET', '/repos/acme/shop/issues/1/comments')).status, 200);
  const comment = ask('POST', '/repos/acme/shop/issues/1/comments', { body: 'x' });
  await expectRefusal(comment, 403, /^Resource not accessible by integration$/);
  const path = `/app/installations/${scene.installationId}/access_tokens`;
  const tooMuch = scene.askWith(scene.jwt)('POST', path, { permissions: { contents: 'write' } });
  await expectRefusal(tooMuch, 422, /permissions requested are not granted/);
  const elsewhere = scene.askWith(scene.jwt)('POST', path, { repository_ids: [1] });
  await expectRefusal(elsewhere, 422, /does not exist or is not accessible/);
});

test('a suspended installation and one that is gone have no tokens', async () => {
  await using scene = await createScene();
  const { fake, installationId } = scene;
  await fake.suspend(installationId);
  await expectRefusal(scene.ask('GET', '/repos/acme/shop'), 403, /suspended/);
  await fake.unsuspend(installationId);
  assert.equal((await scene.ask('GET', '/repos/acme/shop')).status, 200);
  await fake.uninstall(installationId);
  await expectRefusal(scene.ask('GET', '/repos/acme/shop'), 401, /^Bad credentials$/);
  const path = `/app/installations/${installationId}/access_tokens`;
  await expectRefusal(scene.askWith(scene.jwt)('POST', path), 404, /^Not Found$/);
});

test('a person reads, comments and gets their role', async () => {
  await using scene = await createScene();
  const { fake, repository } = scene;
  await fake.openPullRequest(repository, {
    author: 'ann',
    head: { branch: 'change', contents: { change: { 'b.txt': 'b\n' } } },
  });
  const ask = scene.askWith(fake.createUserToken('bob'));
  const made = await ask('POST', '/repos/acme/shop/issues/1/comments', { body: 'x' });
  assert.equal(pick(made.body, 'user', 'login'), 'bob');
  assert.equal(pick(made.body, 'performed_via_github_app'), null);
  const check = ask('POST', '/repos/acme/shop/check-runs', { name: 'x', head_sha: 'y' });
  await expectRefusal(check, 403, /^You must authenticate via a GitHub App\.$/);
  assert.equal(pick((await ask('GET', '/user')).body, 'login'), 'bob');
  await expectRefusal(scene.ask('GET', '/user'), 403, /integration/);

  fake.setPermission(repository, 'eve', 'triage');
  fake.addUser('mallory');
  const roles = ['bob', 'eve', 'mallory', 'acme'].map(async (login) => {
    const { body } = await scene.ask('GET', `/repos/acme/shop/collaborators/${login}/permission`);
    return [pick(body, 'permission'), pick(body, 'role_name')];
  });
  assert.deepEqual(await Promise.all(roles), [
    ['write', 'write'],
    ['read', 'triage'],
    ['read', 'read'],
    ['admin', 'admin'],
  ]);
  await expectRefusal(
    scene.ask('GET', '/repos/acme/shop/collaborators/nobody/permission'),
    404,
    /^Not Found$/,
  );
});

test('a manifest is exchanged for the App once', async () => {
  await using scene = await createScene();
  const { fake } = scene;
  const path = `/app-manifests/${fake.manifestCode}/conversions`;
  const { body } = await scene.askWith(null)('POST', path);
  assert.equal(pick(body, 'pem'), fake.app.privateKey);
  assert.equal(pick(body, 'webhook_secret'), fake.app.webhookSecret);
  await expectRefusal(scene.askWith(null)('POST', path), 404, /^Not Found$/);
});
