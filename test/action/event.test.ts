import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toEvent } from '../../src/action/event.ts';
import { examplesOf } from '../app/examples.ts';

// GitHub's own examples of the payloads, as a runner writes them to GITHUB_EVENT_PATH.

const kinds: Record<string, readonly string[]> = {
  pull_request: ['pull-request'],
  merge_group: ['merge-group'],
  push: ['push', 'other'],
  issue_comment: ['comment', 'other'],
  workflow_run: ['workflow-run'],
};

for (const [name, allowed] of Object.entries(kinds)) {
  test(`every example of ${name} is understood`, () => {
    const examples = examplesOf(name);
    assert.ok(examples.length > 0);
    for (const example of examples) assert.ok(allowed.includes(toEvent(name, example).kind));
  });
}

test('comments of bots, and comments on issues, are not commands', () => {
  const comment = (type: string, isPull: boolean): unknown => ({
    repository: { id: 1, name: 'shop', owner: { login: 'ann' }, default_branch: 'main' },
    issue: { number: 1, ...(isPull && { pull_request: {} }) },
    comment: {
      id: 2,
      body: '/allocgate help',
      created_at: '2026-01-01T00:00:00Z',
      user: { login: 'x', type },
    },
  });
  assert.equal(toEvent('issue_comment', comment('User', true)).kind, 'comment');
  assert.equal(toEvent('issue_comment', comment('Bot', true)).kind, 'other');
  assert.equal(toEvent('issue_comment', comment('User', false)).kind, 'other');
});
