import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { testRuleData } from '../rules/rule-data.ts';
import { ownDirectories, ToolError } from './directories.ts';
import { measure } from './measure.ts';
import { createRule } from './new-rule.ts';
import { writeTemplate } from './rule-template.ts';
import { after } from '../support/hooks.ts';
import { formatText } from './format-text.ts';

const root = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
const directories = { rules: path.join(root, 'rules'), fixtures: path.join(root, 'fixtures') };
after(() => rm(root, { recursive: true, force: true }));

for (const id of ['MA-08', 'XX-01']) {
  await cp(path.join(ownDirectories.rules, id), path.join(directories.rules, id), { recursive: true });
  await cp(path.join(ownDirectories.fixtures, id), path.join(directories.fixtures, id), { recursive: true });
}
// MA-08 names a rule that this copy lacks.
await createRule(directories, 'MA-01');
await createRule(directories, 'FA-08', 'tiny-object-kept');

describe('what rules:new writes', () => {
  it('is formatted', async () => {
    const names = await readdir(root, { recursive: true });
    const go = names.filter((name) => name.includes('FA-08') && name.endsWith('.go'));
    assert.equal(go.length, 6);
    assert.equal(execFileSync('gofmt', ['-l', ...go], { cwd: root, encoding: 'utf8' }), '');
    const { rule } = writeTemplate({ id: 'FA-08', slug: 'a-b', source: null, release: '1.26' });
    const text = rule['rule.yaml'] ?? '';
    assert.equal(await formatText('rule.yaml', text), text);
  });

  it('counts what it says', async () => {
    const lines: string[] = [];
    assert.equal(await measure(directories, ['FA-08'], (line) => lines.push(line)), 0, lines.join('\n'));
    assert.equal(lines.at(-1), 'Nothing changed.');
  });
});

describe('rules:new refuses', () => {
  const refused = (id: string, slug?: string): Promise<string> =>
    createRule(directories, id, slug).then(
      () => 'made',
      (error: unknown) => (error instanceof ToolError ? error.message : String(error)),
    );

  it('bad ids and names', async () => {
    for (const id of ['', 'fa-09', 'FA-9', 'FAB-01', '../FA-09', '--help']) {
      assert.match(await refused(id), /is no rule id/, id);
    }
    for (const slug of ['', 'Big', 'a_b', 'a--b', '-a', '../x']) {
      assert.match(await refused('FA-09', slug), /is no name for a rule/, slug);
    }
  });

  it('ids that exist and names that are taken', async () => {
    assert.match(await refused('FA-08'), /^FA-08 exists already/);
    assert.match(await refused('FA-09', 'boxing-into-any'), /taken by MA-08: Boxing into any/);
    assert.match(await refused('FA-09', 'ma-08'), /taken by MA-08/);
    assert.deepEqual((await readdir(directories.rules)).sort(), ['FA-08', 'MA-01', 'MA-08', 'XX-01']);
  });
});

await testRuleData(directories);
