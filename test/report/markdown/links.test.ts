import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkLine } from '../../../src/report/markdown/links.ts';
import { BODY_LIMIT } from '../../../src/report/model/body-limits.ts';
import { reserveCommentLink, linkComments } from '../../../src/report/model/comment-links.ts';

const links = { repositoryUrl: 'https://github.com/acme/shop', headSha: 'abc123' };

test('a line is linked at the commit that was reviewed, whatever its file is called', () => {
  const link = (file: string, line = 7): string => linkLine('`it`', { file, line }, links);
  assert.equal(link('log/log.go'), '[`it`](https://github.com/acme/shop/blob/abc123/log/log.go#L7)');
  assert.equal(
    link('a b/(x)|#?%.go'),
    '[`it`](https://github.com/acme/shop/blob/abc123/a%20b/%28x%29%7C%23%3F%25.go#L7)',
  );
  assert.equal(link('log/log.go', 0), '`it`', 'a finding without a line');
  assert.equal(linkLine('`it`', { file: 'log/log.go', line: 7 }, null), '`it`', 'no repository on the web');
});

test('a comment is linked once its address is known, and leaves nothing behind before', () => {
  const text = `before${reserveCommentLink('00c0ffee')} after`;
  const urls = new Map([['00c0ffee', 'https://github.com/acme/shop/pull/7#discussion_r1']]);
  assert.equal(
    linkComments(text, urls),
    'before ([comment](https://github.com/acme/shop/pull/7#discussion_r1)) after',
  );
  assert.equal(linkComments(text, new Map()), 'before after');
});

test('links to comments never make a body too long', () => {
  const text = `${'x'.repeat(BODY_LIMIT - 50)}${reserveCommentLink('00c0ffee')}`;
  const urls = new Map([['00c0ffee', `https://github.com/acme/shop/pull/7#discussion_r${'1'.repeat(30)}`]]);
  assert.equal(linkComments(text, urls), 'x'.repeat(BODY_LIMIT - 50));
});
