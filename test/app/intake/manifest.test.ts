import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { readIntent, subscribedEvents, webhookEvents } from '../../../src/app/intake/events.ts';
import { listAppGaps } from '../../../src/report/words/app-gaps.ts';
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

const openApi: unknown = createRequire(import.meta.url)('@octokit/openapi/generated/api.github.com.json');

test('the manifest asks for permissions that GitHub has, and for no more than is needed', () => {
  const property = z.object({ enum: z.array(z.string()) });
  const appPermissions = z
    .object({
      components: z.object({
        schemas: z.object({
          'app-permissions': z.object({ properties: z.record(z.string(), property) }),
        }),
      }),
    })
    .parse(openApi).components.schemas['app-permissions'].properties;
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

test('the manifest names the events that the App subscribes to', () => {
  assert.deepEqual([...manifest.default_events].sort(), [...subscribedEvents].sort());
});

test("every event and action that is read is one of GitHub's", () => {
  const { 'x-webhooks': webhooks } = z
    .object({ 'x-webhooks': z.record(z.string(), z.unknown()) })
    .parse(openApi);
  const names = Object.entries(webhookEvents).flatMap(([event, entry]) =>
    'actions' in entry ? Object.keys(entry.actions).map((action) => `${event}-${action}`) : [event],
  );
  for (const name of names) assert.ok(name.replaceAll('_', '-') in webhooks, name);
});

test('every event of the list gives an intent for one of its examples, and no other event does', () => {
  const read = definitions.filter(({ name, examples }) =>
    examples.some((payload) => readIntent(name, withEverything(payload), APP_ID) !== null),
  );
  assert.deepEqual(read.map(({ name }) => name).sort(), Object.keys(webhookEvents).sort());
});

test('doctor says what does not work without each permission and each event of the manifest', () => {
  const permissions = Object.entries(manifest.default_permissions);
  const gaps = listAppGaps({
    slug: manifest.name,
    url: manifest.url,
    permissions: permissions.map(([name, needs]) => ({ name, needs, has: null })),
    missingEvents: manifest.default_events,
    installations: [],
  });
  assert.equal(gaps.length, permissions.length + manifest.default_events.length);
  for (const gap of gaps) assert.match(gap, / is missing.*: \S/u);
});
