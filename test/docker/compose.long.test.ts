import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { appEnvironment, until } from '../support/app-process.ts';
import { findCheck } from '../support/app-scenario.ts';
import { createFakeGitHub, type FakeGitHub, type Repository } from '../support/fake-github/index.ts';
import { readTree } from '../support/go-repository.ts';
import { output, provideCompose, provideImages, startDaemon } from './daemon.ts';

/** The images and compose.yml in a real Docker daemon, as an operator starts them. It takes some minutes, and root. */
const ROOT = path.resolve(import.meta.dirname, '../..');
const DEMO = path.join(ROOT, 'fixtures/demo');
const PROJECT = 'allocgate-test';
const WEB = 'http://127.0.0.1:3000';

let stopDaemon: () => Promise<void>;
let composeCommand: string[];
let fake: FakeGitHub;
let repository: Repository;

/** An address of this machine that containers reach. */
function findAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const address = all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  assert.ok(address, 'this machine has no address but its loopback');
  return address;
}

function compose(...args: string[]): Promise<string> {
  const [program = '', ...first] = composeCommand;
  return output(program, [...first, '-f', path.join(ROOT, 'compose.yml'), '-p', PROJECT, ...args], {
    ...process.env,
    ...appEnvironment(fake),
    POSTGRES_PASSWORD: 'a password',
  });
}

const isReady = (): Promise<boolean> =>
  fetch(`${WEB}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

async function up(): Promise<void> {
  await compose('up', '-d');
  await until(isReady, () => compose('logs', '--tail', '50'));
}

async function openPullRequest(branch: string): Promise<number> {
  const head = { branch, contents: { files: await readTree(`${DEMO}/head`) } };
  return (await fake.openPullRequest(repository, { author: 'gopher', head })).number;
}

/** The caches of the workers are empty, so the standard library is compiled first. */
const seeRed = (number: number): Promise<unknown> =>
  until(
    async () => findCheck(await fake.snapshot(repository, number))?.conclusion === 'failure',
    () => compose('logs', '--tail', '80'),
    10,
  );

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const isListening = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  server.close();
  return isListening;
}

describe('Docker', () => {
  before(async () => {
    assert.ok(await isFree(3000), 'another program uses port 3000, which compose.yml publishes');
    stopDaemon = await startDaemon();
    composeCommand = await provideCompose();
    await provideImages();
    fake = await createFakeGitHub({ host: findAddress() });
    fake.webhookUrl = `${WEB}/api/github/webhooks`;
    fake.addUser('gopher');
    const files = await readTree(`${DEMO}/base`);
    repository = await fake.addRepository({ owner: 'acme', name: 'log', files });
    fake.setPermission(repository, 'gopher', 'write');
    await fake.install('acme');
    // Compose finds all steps in the cache. Only this command can give them the machine's own network.
    for (const target of ['web', 'worker'])
      await output('docker', [
        'build',
        '--network',
        'host',
        '--target',
        target,
        '-t',
        `${PROJECT}-${target}`,
        ROOT,
      ]);
    await compose('build', '--quiet');
  });
  after(async () => {
    try {
      await compose('down', '--volumes', '--timeout', '35');
    } finally {
      await fake.close();
      await stopDaemon();
    }
  });

  test('the web image is small, has no Go, and runs as an ordinary user', async () => {
    const bytes = await output('docker', ['image', 'inspect', `${PROJECT}-web`, '--format', '{{.Size}}']);
    assert.ok(Number(bytes) < 500e6, `${bytes} bytes`);
    const inside = (image: string, command: string): Promise<string> =>
      output('docker', ['run', '--rm', '--entrypoint', 'sh', image, '-c', command]);
    assert.equal(await inside(`${PROJECT}-web`, 'command -v go git gcc npm; id -u'), '1000');
    assert.match(await inside(`${PROJECT}-worker`, 'go version; id -u'), /go1\.\d+.*\n1000$/u);
    assert.equal(
      await inside(`${PROJECT}-worker`, 'ls -d node_modules/node 2>/dev/null || echo none'),
      'none',
    );
  });

  test('what it starts reviews a pull request, and loses nothing when it is taken down and started again', async () => {
    await up();
    await seeRed(await openPullRequest('first'));
    const number = await openPullRequest('second');
    await until(
      async () => (await fake.snapshot(repository, number)).checks.length > 0,
      () => compose('logs', '--tail', '50'),
    );
    await compose('down', '--timeout', '35');
    await up();
    await seeRed(number);
    assert.deepEqual(fake.violations, []);
  });
});
