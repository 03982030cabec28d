import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPullRequestUrl } from '../../src/cli/pull-request-url.ts';
import { Failure } from '../../src/errors.ts';

type Environment = Record<string, string>;

const read = (url: string, environment: Environment = {}): string => {
  const { owner, repo, number, apiUrl, serverUrl } = readPullRequestUrl(url, environment);
  return `${owner}/${repo}#${number} ${apiUrl} ${serverUrl}`;
};

const onGitHub = 'o/r.go#17 https://api.github.com https://github.com';

test('addresses as browsers show them', () => {
  for (const rest of ['', '/', '/files', '/files?w=1#diff-x', '/commits/abc', '#issuecomment-1', '?x=y']) {
    assert.equal(read(`https://github.com/o/r.go/pull/17${rest}`), onGitHub);
  }
  assert.equal(read('https://www.github.com/o/r.go/pull/17'), onGitHub);
  assert.equal(read('HTTPS://GitHub.com/o/r.go/pull/17'), onGitHub);
  const { url } = readPullRequestUrl('https://www.github.com/o/r/pull/1/files', {});
  assert.equal(url, 'https://github.com/o/r/pull/1');
});

test('servers that the environment names', () => {
  const enterprise = 'o/r#1 https://git.example.com/api/v3 https://git.example.com';
  const url = 'https://git.example.com/o/r/pull/1';
  assert.equal(read(url, { GHE_HOST: 'git.example.com' }), enterprise);
  assert.equal(read(url, { GITHUB_SERVER_URL: 'https://git.example.com/' }), enterprise);
  const plain = { GHE_HOST: 'git.example.com:8080', GHE_PROTOCOL: 'http' };
  assert.equal(
    read('http://git.example.com:8080/o/r/pull/1', plain),
    'o/r#1 http://git.example.com:8080/api/v3 http://git.example.com:8080',
  );
  const actions = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_API_URL: 'https://api.github.com' };
  assert.equal(read('https://github.com/o/r.go/pull/17', actions), onGitHub);
  const tenant = { GITHUB_SERVER_URL: 'https://a.ghe.com', GITHUB_API_URL: 'https://api.a.ghe.com/' };
  assert.equal(read('https://a.ghe.com/o/r/pull/1', tenant), 'o/r#1 https://api.a.ghe.com https://a.ghe.com');
  // A workflow on another server still reviews pull requests of github.com, at github.com.
  assert.equal(read('https://github.com/o/r.go/pull/17', tenant), onGitHub);
});

test('anything else is refused, and no token can go there', () => {
  const urls = [
    'https://github.com.evil.example/o/r/pull/1',
    'https://evil.example/https://github.com/o/r/pull/1',
    'https://www.git.example.com/o/r/pull/1',
    'https://github.com:444/o/r/pull/1',
    'https://github.com@evil.example/o/r/pull/1',
    'https://user:pass-word@github.com/o/r/pull/1',
    'https://github.com/o/r/pull/0',
    'https://github.com/o/r/pull/1x',
    'https://github.com/o/r/pull/',
    'https://github.com/o/r/issues/1',
    'https://github.com/o/pull/1',
    'https://github.com/../r/pull/1',
    'https://github.com/o/%2e%2e/pull/1',
    'https://github.com/o/r%2f..%2fx/pull/1',
    'https://github.com/o/r/pull/12345678901',
    'https://',
  ];
  for (const url of urls) {
    const isRefusal = (error: unknown): boolean =>
      error instanceof Failure && error.code === 'bad-option' && !/pass-word/u.test(error.message);
    assert.throws(() => read(url, { GHE_HOST: 'git.example.com' }), isRefusal, url);
  }
});
