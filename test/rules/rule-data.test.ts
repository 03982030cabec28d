import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { loadRules } from '../../src/review/rule-files.ts';
import { ownDirectories } from '../tools/directories.ts';
import { testRuleData } from './rule-data.ts';

await testRuleData(ownDirectories);

/** All files below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

for (const { id } of (await loadRules()).rules) {
  it(`${id} holds nothing of the example that npm run rules:new wrote`, () => {
    const { rules, fixtures } = ownDirectories;
    const files = [...filesBelow(path.join(rules, id)), ...filesBelow(path.join(fixtures, id))];
    const left = files.filter((file) => /\bEDIT\b|\bchangeMe\b/u.test(readFileSync(file, 'utf8')));
    assert.deepEqual(left, []);
  });
}
