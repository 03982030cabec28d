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

const given = z.record(z.string(), z.union([z.string(), z.boolean()]));
const job = z.strictObject({
  if: text.optional(),
  needs: z.literal('measure').optional(),
  'runs-on': z.literal('ubuntu-latest').optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write'])).optional(),
  outputs: z.record(z.string(), text).optional(),
  uses: text.optional(),
  steps: z
    .array(z.strictObject({ id: text.optional(), uses: text, with: given.optional() }))
    .length(1)
    .optional(),
});
const workflowSchema = z.strictObject({
  name: text,
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.enum(['read', 'write'])).optional(),
  jobs: z.record(z.string(), job),
});
const readWorkflow = (file: string) => workflowSchema.parse(parse(readFileSync(file, 'utf8')));

const CALLED = '.github/workflows/review.yml';
const callSchema = z.object({ inputs: z.record(z.string(), z.object({ type: text, description: text })) });
const files = [CALLED, ...readdirSync('examples').map((name) => `examples/${name}`)];
const [called, short, long] = [
  readWorkflow(CALLED),
  readWorkflow('examples/allocgate.yml'),
  readWorkflow('examples/allocgate-jobs.yml'),
];

test('a job that measures may only read, and only one that runs nothing of the pull request may write', () => {
  for (const file of files) {
    const { permissions: all, jobs } = readWorkflow(file);
    for (const { permissions = all, steps, uses } of Object.values(jobs)) {
      if (steps === undefined) {
        assert.equal(uses, `OWNER/allocgate/${CALLED}@v1`, 'it exists, and is not looked for in the caller');
        continue;
      }
      const [{ uses: used, with: inputs = {} } = { uses: '' }] = steps;
      assert.equal(used, 'OWNER/allocgate@v1', file);
      const mayWrite = permissions === undefined || Object.values(permissions).includes('write');
      assert.equal(mayWrite, inputs['job'] === 'gate', file);
    }
  }
  for (const { jobs } of [called, long]) assert.deepEqual(jobs['measure']?.permissions, { contents: 'read' });
});

test('the called workflow asks for no permission but to read, so that it starts for every caller', () => {
  assert.equal(called.permissions, undefined);
  assert.equal(called.jobs['gate']?.permissions, undefined);
});

test('the short workflow has ten lines, and does the same as the long one, but in no merge queue', () => {
  assert.equal(readFileSync('examples/allocgate.yml', 'utf8').trimEnd().split('\n').length, 10);
  assert.deepEqual({ ...short.on, merge_group: {} }, long.on);
  assert.deepEqual(short.jobs['allocgate']?.permissions, long.jobs['gate']?.permissions);
  for (const name of ['measure', 'gate']) {
    const [own, other] = [called.jobs[name], long.jobs[name]];
    assert.deepEqual([own?.if, own?.needs], [other?.if, other?.needs]);
  }
});

test('a change of the title and a draft start no job that is skipped under the name of the required check', () => {
  const types = z.object({ types: z.array(text) }).parse(short.on['pull_request']).types;
  assert.ok(types.includes('edited'), 'the target branch may change');
  // The calling job is skipped as a whole, under its own name.
  assert.match(
    short.jobs['allocgate']?.if ?? '',
    /!.*draft && \(.*action != 'edited' \|\| .*changes\.base\)/u,
  );
  for (const { jobs } of [called, long]) assert.doesNotMatch(jobs['gate']?.if ?? '', /edited/u);
});

test('the inputs of the called workflow are those of the action', () => {
  const source = readFileSync(CALLED, 'utf8');
  const { inputs } = callSchema.parse(called.on['workflow_call']);
  for (const [, name = ''] of source.matchAll(/inputs\.([\w-]+)/gu)) assert.ok(name in inputs, name);
  for (const { steps } of Object.values(called.jobs)) {
    for (const name of Object.keys(steps?.[0]?.with ?? {})) assert.ok(name in action.inputs, name);
  }
  for (const name of Object.keys(inputs)) assert.ok(name in action.inputs, name);
});

test('the README shows the workflows as they are in examples, and names the one that it does not show', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const name of ['allocgate.yml', 'allocgate-forks.yml']) {
    assert.ok(
      readme.includes(readFileSync(`examples/${name}`, 'utf8')),
      `README.md does not have examples/${name}`,
    );
  }
  assert.ok(readme.includes('](examples/allocgate-jobs.yml)'));
});
