import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  isSetUp,
  readAddress,
  readAppEnvironment,
  readDatabasePlace,
  requireAddress,
} from '../../../src/app/operate/environment.ts';
import { createLogger } from '../../../src/app/operate/logs.ts';
import { describeDatabasePlace } from '../../../src/app/operate/start.ts';
import { Failure } from '../../../src/errors.ts';
import { findPort } from '../../support/ports.ts';

const { privateKey: pair } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = String(pair.export({ type: 'pkcs1', format: 'pem' }));
const complete = { APP_ID: '7', PRIVATE_KEY: key, WEBHOOK_SECRET: 's' };

const variableOf = ({ reason: { code, facts } }: Failure): unknown[] => [
  code,
  code === 'bad-environment' ? facts.variable : null,
];

const refusal = (read: () => unknown): unknown => {
  try {
    read();
  } catch (error) {
    return error instanceof Failure ? variableOf(error) : error;
  }
  return null;
};

test('complete credentials name github.com, or an Enterprise Server', () => {
  const { appId, apiUrl, gitUrl } = readAppEnvironment(complete);
  assert.deepEqual([appId, apiUrl, gitUrl], [7, 'https://api.github.com', 'https://github.com']);
  const own = readAppEnvironment({ ...complete, GHE_HOST: 'git.example.com' });
  assert.deepEqual([own.apiUrl, own.gitUrl], ['https://git.example.com/api/v3', 'https://git.example.com']);
});

test('a key in one line, as files of variables have it, is the same key', () => {
  const line = key.trim().replaceAll('\n', String.raw`\n`);
  const { privateKey } = readAppEnvironment({ ...complete, PRIVATE_KEY: line });
  assert.equal(privateKey.trim(), key.trim());
});

test('what is missing or wrong is named by its variable', () => {
  for (const [variable, value] of [
    ['APP_ID', 'seven'],
    ['APP_ID', '0'],
    ['PRIVATE_KEY', 'no key'],
    ['WEBHOOK_SECRET', ''],
    ['GHE_HOST', 'https://git.example.com'],
    ['GHE_HOST', 'git.example.com/'],
    ['GHE_HOST', 'git.example.com:99999'],
    ['GHE_HOST', 'user@git.example.com'],
    ['WEBHOOK_PROXY_URL', 'foo'],
    ['WEBHOOK_PROXY_URL', 'smee.io:1/channel'],
  ] as const) {
    const read = () => readAppEnvironment({ ...complete, [variable]: value });
    assert.deepEqual(refusal(read), ['bad-environment', variable]);
  }
  assert.deepEqual(
    refusal(() => readAppEnvironment({ ...complete, GHE_HOST: 'h', GHE_PROTOCOL: 'ftp' })),
    ['bad-environment', 'GHE_PROTOCOL'],
  );
  assert.deepEqual(
    refusal(() => readAddress({ PORT: '70000' })),
    ['bad-environment', 'PORT'],
  );
});

test('a key that cannot sign is refused by the variable that it came from', () => {
  const [begin = '', ...rest] = key.trim().split('\n');
  const { privateKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (const [variable, value] of [
    ['PRIVATE_KEY', [begin, ...rest.slice(5)].join('\n')],
    ['PRIVATE_KEY', String(curve.export({ type: 'pkcs8', format: 'pem' }))],
    ['PRIVATE_KEY_PATH', tmpdir()],
    ['PRIVATE_KEY_PATH', '/nowhere/key.pem'],
    ['PRIVATE_KEY_PATH', fileURLToPath(import.meta.url)],
  ] as const) {
    const read = () => readAppEnvironment({ ...complete, PRIVATE_KEY: '', [variable]: value });
    assert.deepEqual(refusal(read), ['bad-environment', variable]);
  }
});

test('an address that nobody can listen at is refused by the variable that is wrong', async () => {
  // 192.0.2.0/24 is for documents (RFC 5737), .invalid for no name (RFC 2606).
  for (const host of ['192.0.2.1', 'nowhere.invalid']) {
    await assert.rejects(requireAddress({ host, port: 0 }), (error: Failure) => {
      assert.deepEqual(variableOf(error), ['bad-environment', 'HOST']);
      return true;
    });
  }
  const port = await findPort();
  await requireAddress({ host: '127.0.0.1', port });
  await requireAddress({ host: '127.0.0.1', port });
});

test('a level of logs that there is not is refused with those that there are', () => {
  const loud: Record<string, string> = { LOG_LEVEL: 'loud' };
  assert.deepEqual(
    refusal(() => createLogger(loud)),
    ['bad-environment', 'LOG_LEVEL'],
  );
  assert.equal(createLogger({ LOG_LEVEL: 'silent' }).level, 'silent');
});

test('without an App there is nothing to serve yet', () => {
  assert.equal(isSetUp({}), false);
  assert.equal(isSetUp({ APP_ID: '7' }), false);
  assert.equal(isSetUp(complete), true);
});

test('the database is that of DATABASE_URL, else a folder; its password is never shown', () => {
  const shared = readDatabasePlace({ DATABASE_URL: 'postgres://u:secret@db.example.com:5432/allocgate' });
  assert.equal(describeDatabasePlace(shared), 'db.example.com:5432/allocgate');
  assert.deepEqual(readDatabasePlace({ XDG_DATA_HOME: '/data' }), { dataDir: '/data/allocgate' });
  assert.deepEqual(readDatabasePlace({ ALLOCGATE_DATA: '/d', XDG_DATA_HOME: '/data' }), { dataDir: '/d' });
  assert.deepEqual(
    refusal(() => readDatabasePlace({ DATABASE_URL: 'mysql://x' })),
    ['bad-environment', 'DATABASE_URL'],
  );
});
