import { createSign } from 'node:crypto';
import {
  createFakeGitHub,
  type FakeGitHub,
  type Files,
  type Repository,
} from '../support/fake-github/index.ts';

export type Reply = { status: number; body: unknown; headers: Headers };

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Reply>;

export type Scene = AsyncDisposable & {
  fake: FakeGitHub;
  repository: Repository;
  installationId: number;
  /** A token of the installation, for all that it may. */
  token: string;
  /** Asks with that token. */
  ask: Ask;
  /** Asks with another one, or (null) none. */
  askWith: (token: string | null) => Ask;
  jwt: string;
};

/** A JSON Web Token of the App; `claims` in seconds since the epoch. */
export function signJwt(
  fake: FakeGitHub,
  claims: { iat?: number; exp?: number; iss?: unknown } = {},
): string {
  const seconds = Math.floor(Date.now() / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = { iat: seconds - 30, exp: seconds + 500, iss: fake.app.id, ...claims };
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(payload)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(fake.app.privateKey, 'base64url')}`;
}

/** What a value in an answer's body is, by its keys. */
export function pick(value: unknown, ...keys: (string | number)[]): unknown {
  return keys.reduce<unknown>((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    return Reflect.get(inner, key);
  }, value);
}

export function makeAsk(fake: FakeGitHub, token: string | null): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${fake.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  };
}

/** Numbered lines, some of them replaced. */
export function countTo(last: number, changed: Readonly<Record<number, string>> = {}): string {
  const lines = Array.from({ length: last }, (_, at) => changed[at + 1] ?? `line ${at + 1}`);
  return `${lines.join('\n')}\n`;
}

/** A fake with an installed App, one repository `acme/shop`, and the people `ann` (reads) and `bob` (writes). */
export async function createScene(options: { files?: Files; private?: boolean } = {}): Promise<Scene> {
  const fake = await createFakeGitHub();
  const repository = await fake.addRepository({
    owner: 'acme',
    name: 'shop',
    files: options.files ?? { 'a.txt': countTo(40) },
    private: options.private ?? false,
  });
  fake.setPermission(repository, 'ann', 'read');
  fake.setPermission(repository, 'bob', 'write');
  const installation = await fake.install('acme');
  const jwt = signJwt(fake);
  const made = await makeAsk(fake, jwt)('POST', `/app/installations/${installation.id}/access_tokens`);
  const token = String(pick(made.body, 'token'));
  return {
    fake,
    repository,
    installationId: installation.id,
    token,
    ask: makeAsk(fake, token),
    askWith: (other) => makeAsk(fake, other),
    jwt,
    [Symbol.asyncDispose]: () => fake.close(),
  };
}
