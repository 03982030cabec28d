import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ownDirectories } from './directories.ts';
import { renderReadme } from './readme.ts';

const text = await readFile(path.join(ownDirectories.rules, 'README.md'), 'utf8');
const rendered = await renderReadme(text, ownDirectories);

test('rules/README.md has what the data says', () => {
  // Not assert.equal: it would print the whole file twice.
  assert.ok(text === rendered, 'stale: npm run rules:table brings it up to date');
});

test('a generated part is replaced, and all else stays', async () => {
  const stale = rendered.replace(/\| \[MA-08\].*\n/, '').replace('# Rules\n', '# Other title\n');
  assert.doesNotMatch(stale, /\[MA-08\]/);
  const renewed = await renderReadme(stale, ownDirectories);
  assert.ok(renewed === rendered.replace('# Rules\n', '# Other title\n'));
});

test('a part that nothing writes is an error', async () => {
  const unknown = text.replaceAll('begin rules:', 'begin other:').replaceAll('end rules ', 'end other ');
  await assert.rejects(renderReadme(unknown, ownDirectories), /part "other"/);
});
