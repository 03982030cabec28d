import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CALLED_WORKFLOW, pinAction } from './pin-action.ts';

test('a release calls its own action, and changes nothing else', () => {
  const workflow = readFileSync(CALLED_WORKFLOW, 'utf8');
  const pinned = pinAction(workflow, '1.2.3-rc.1');
  const used = [...pinned.matchAll(/uses: (.+)/gu)].map((match) => match[1]);
  assert.equal(used.length, 2);
  assert.deepEqual([...new Set(used)], ['OWNER/allocgate@v1.2.3-rc.1']);
  assert.equal(pinned.replaceAll('@v1.2.3-rc.1', '@v1'), workflow);
  assert.throws(() => pinAction(pinned, '1.2.4'), /does not name the action by a major version/u);
});
