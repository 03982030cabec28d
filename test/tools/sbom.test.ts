import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { writeSbom } from './sbom.ts';

const names = z.record(z.string(), z.string());
const packageSchema = z.object({ version: z.string(), dependencies: names, devDependencies: names });
const sbomSchema = z.object({
  metadata: z.object({ component: z.object({ name: z.string(), version: z.string() }) }),
  components: z.array(z.object({ name: z.string() })),
});

test('the bill of materials has all that is installed with the package, and nothing of its development', () => {
  const own = packageSchema.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  const { metadata, components } = sbomSchema.parse(JSON.parse(writeSbom('.')));
  assert.partialDeepStrictEqual(metadata.component, { name: 'allocgate', version: own.version });
  const listed = new Set(components.map(({ name }) => name));
  const missing = Object.keys(own.dependencies).filter((name) => !listed.has(name));
  const surplus = Object.keys(own.devDependencies).filter((name) => listed.has(name));
  assert.deepEqual({ missing, surplus }, { missing: [], surplus: [] });
});
