import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeOldNode, oldestNode } from '../../src/report/words/old-node.ts';

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

test('the oldest Node is the same for npm and in what an older one is told', () => {
  const { major, minor } = oldestNode;
  const { engines }: { engines: { node: string } } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.equal(engines.node, `>=${major}.${minor}.0`);
  for (const version of ['22.12.0', '22.23.3', '24.0.0', '25.0.0-nightly'])
    assert.equal(describeOldNode(version), null, version);
  for (const version of ['20.20.2', '22.0.0', '22.9.0'])
    assert.match(describeOldNode(version) ?? '', /Node 22\.12 or newer/u, version);
});
