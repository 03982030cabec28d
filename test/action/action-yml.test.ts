import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';

const text = z.string().min(1);

/** https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax, as far as action.yml uses it. */
const step = z.strictObject({
  name: text,
  id: z
    .string()
    .regex(/^[a-z_][\w-]*$/iu)
    .optional(),
  if: text.optional(),
  uses: z
    .string()
    .regex(/^[\w-]+\/[\w./-]+@v\d+$/u)
    .optional(),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  run: text.optional(),
  shell: z.literal('bash').optional(),
  env: z.record(z.string(), z.string()).optional(),
  'working-directory': text.optional(),
  'continue-on-error': z.boolean().optional(),
});
const actionSchema = z.strictObject({
  name: text,
  description: z.string().max(125, 'the Marketplace takes 125 characters'),
  author: text,
  branding: z.strictObject({
    icon: text,
    color: z.enum(['white', 'yellow', 'blue', 'green', 'orange', 'red', 'purple', 'gray-dark']),
  }),
  inputs: z.record(z.string(), z.strictObject({ description: text, default: z.string() })),
  outputs: z.record(z.string(), z.strictObject({ description: text, value: text })),
  runs: z.strictObject({ using: z.literal('composite'), steps: z.array(step) }),
});

const action = actionSchema.parse(parse(readFileSync('action.yml', 'utf8')));
const { steps } = action.runs;

test('each step either uses an action or runs a script in a named shell', () => {
  for (const { name, uses, run, shell } of steps) {
    assert.equal(uses === undefined, run !== undefined, name);
    assert.equal(run !== undefined, shell !== undefined, name);
  }
});

test('inputs, outputs and steps that are named exist', () => {
  const source = readFileSync('action.yml', 'utf8');
  for (const [, name = ''] of source.matchAll(/inputs\.([\w-]+)/gu)) assert.ok(name in action.inputs, name);
  const ids = new Set(steps.map(({ id }) => id));
  for (const [, id = ''] of source.matchAll(/steps\.([\w-]+)/gu)) assert.ok(ids.has(id), id);
});

test('nothing that a pull request names becomes part of a script', () => {
  for (const { name, run = '' } of steps) assert.doesNotMatch(run, /\$\{\{/u, name);
});

test('a step that runs code under review has no other token than the job’s', () => {
  const tokens = steps.filter(({ env }) => env?.['GITHUB_TOKEN'] !== undefined).map(({ name }) => name);
  assert.deepEqual(tokens, ['Measure', 'Find what was measured', 'Gate']);
});

test('only a push to the default branch saves the cache', () => {
  const saving = steps.filter(({ uses }) => /actions\/cache(?:\/save)?@/u.test(uses ?? ''));
  assert.deepEqual(
    saving.map(({ name }) => name),
    ['Save modules and compilations'],
  );
  assert.match(saving[0]?.if ?? '', /event_name == 'push'[^]*default_branch/u);
});

const workflowSchema = z.strictObject({
  name: text,
  on: z.record(z.string(), z.unknown()),
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: z.record(z.string(), z.string()),
      steps: z.array(z.looseObject({ uses: text })).length(1),
    }),
  ),
});
const readWorkflow = (name: string) => workflowSchema.parse(parse(readFileSync(`examples/${name}`, 'utf8')));

test('the job that measures may only read, and the one that writes runs nothing of the pull request', () => {
  const { jobs } = readWorkflow('allocgate.yml');
  assert.deepEqual(jobs['measure']?.permissions, { contents: 'read' });
  assert.deepEqual(jobs['gate']?.steps[0]?.['with'], { job: 'gate' });
  for (const name of readdirSync('examples')) {
    for (const job of Object.values(readWorkflow(name).jobs)) {
      assert.doesNotMatch(JSON.stringify(job.steps), /checkout/u, name);
      if (Object.values(job.permissions).includes('write'))
        assert.equal(JSON.stringify(job.steps[0]?.['with']), '{"job":"gate"}');
    }
  }
});

test('the README shows the workflows as they are in examples', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const name of readdirSync('examples')) {
    assert.ok(
      readme.includes(readFileSync(`examples/${name}`, 'utf8')),
      `README.md does not have examples/${name}`,
    );
  }
});
