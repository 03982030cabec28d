import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('the manifests and their commands name images of the version of the package', () => {
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
  const tags = (file: string, pattern: RegExp): (string | undefined)[] =>
    [...readFileSync(file, 'utf8').matchAll(pattern)].map((match) => match[1]);
  const named = [
    ...tags('deploy/kubernetes/kustomization.yaml', /newTag: (\S+)/gu),
    ...tags('deploy/kubernetes/README.md', /allocgate-(?:web|worker):(\S+)/gu),
  ];
  assert.equal(named.length, 6);
  assert.deepEqual([...new Set(named)], [version]);
});
