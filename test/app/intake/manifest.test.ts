import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { readIntent } from '../../../src/app/intake/events.ts';
import { asApp, definitions, type Payload } from '../examples.ts';

const manifest = z
  .object({
    name: z.string(),
    description: z.string(),
    url: z.url(),
    public: z.boolean(),
    default_permissions: z.record(z.string(), z.string()),
    default_events: z.array(z.string()),
  })
  .parse(parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')));

test('the manifest asks for permissions that GitHub has, and for no more than is needed', () => {
  const found: unknown = createRequire(import.meta.url)('@octokit/openapi/generated/api.github.com.json');
  const property = z.object({ enum: z.array(z.string()) });
  const appPermissions = z
    .object({
      components: z.object({
        schemas: z.object({
          'app-permissions': z.object({ properties: z.record(z.string(), property) }),
        }),
      }),
    })
    .parse(found).components.schemas['app-permissions'].properties;
  for (const [name, level] of Object.entries(manifest.default_permissions)) {
    assert.ok(appPermissions[name]?.enum.includes(level), `${name}: ${level}`);
  }
  assert.deepEqual(manifest.default_permissions, {
    checks: 'write',
    contents: 'read',
    issues: 'write',
    merge_queues: 'read',
    metadata: 'read',
    pull_requests: 'write',
  });
});

const APP_ID = 1;

/** The example as if its check were ours and its comment a command on a pull request. */
function withEverything(payload: Payload): unknown {
  const text = JSON.stringify(asApp(payload))
    .replaceAll(/"app":\{"id":\d+/gu, `"app":{"id":${APP_ID}`)
    .replaceAll('"body":"', '"body":"/allocgate ')
    .replaceAll('"body":null', '"body":"/allocgate"')
    .replaceAll('"issue":{', '"issue":{"pull_request":{},');
  return JSON.parse(text);
}

test('the manifest names the events that are read, without those that come by themselves', () => {
  const read = definitions.filter(({ name, examples }) =>
    examples.some((payload) => readIntent(name, withEverything(payload), APP_ID) !== null),
  );
  const names = read.map(({ name }) => name).filter((name) => !name.startsWith('installation'));
  assert.deepEqual([...manifest.default_events].sort(), names.sort());
});
