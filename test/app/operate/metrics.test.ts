import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createMetrics } from '../../../src/app/operate/metrics.ts';

test('the README names each metric', async () => {
  const readme = readFileSync('README.md', 'utf8');
  const text = await createMetrics().render({
    depth: async () => ({ deliveries: 0, runs: 0 }),
    countRuns: async () => [],
  });
  const names = [...text.matchAll(/^# TYPE (?<name>\w+)/gmu)].map(({ groups }) => groups?.['name'] ?? '');
  assert.ok(names.length > 5);
  for (const name of names) assert.ok(readme.includes(`\`${name}\``), name);
});
