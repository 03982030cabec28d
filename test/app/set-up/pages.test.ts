import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUrl } from '../../../src/app/set-up/pages.ts';

test('the path of a request, whatever was sent', () => {
  const cases: [url: string | undefined, path: string, query: string][] = [
    ['/set-up?key=a', '/set-up', '?key=a'],
    ['//', '//', ''],
    ['//host/sign-in?to=x', '//host/sign-in', '?to=x'],
    ['/\\host', '//host', ''],
    ['//[', '//[', ''],
    ['/%', '/%', ''],
    ['http://host/sign-in', '/sign-in', ''],
    ['http://[', '/', ''],
    ['*', '/', ''],
    ['', '/', ''],
    [undefined, '/', ''],
  ];
  for (const [url, path, query] of cases) {
    const { pathname, search } = readUrl({ url });
    assert.deepEqual([pathname, search], [path, query], url);
  }
});
