import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRule } from '../../src/rules/parse-rule.ts';

const yaml = `
id: MA-01
slug: some-pattern
title: Some pattern
source: {document: D, section: Exercise 1, url: null}
specificity: 10
matches: [{callee: '^fmt\\.'}]
advice: Do less.
`;
const exercise = `# Some pattern

About it.

## Before → after

## Measured

| | allocs/op |
| --- | --- |
| before | 1 |

## Why

## When it pays

## Guard

## Trade-off

## When not to

## Source
`;

/** The paths of the problems, `rule` when there are none. */
function outcome(id: string, yamlText: string, page: string): string[] {
  const parsed = parseRule(id, yamlText, page);
  return parsed.kind === 'rule' ? ['rule'] : parsed.problems.map((problem) => problem.path);
}

describe('parseRule', () => {
  it('gives the rule with defaults and its page', () => {
    const parsed = parseRule('MA-01', yaml, exercise);
    assert.equal(parsed.kind, 'rule');
    assert.deepEqual(parsed.rule.matches, [{ on: ['site', 'decision'], callee: '^fmt\\.', older: [] }]);
    assert.deepEqual(parsed.rule.related, []);
    assert.equal(parsed.rule.exercise, exercise);
  });

  it('names the key that is wrong', () => {
    assert.deepEqual(outcome('MA-01', yaml.replace('specificity: 10', 'specificity: 101'), exercise), [
      'specificity',
    ]);
    assert.deepEqual(outcome('MA-01', yaml.replace('^fmt\\.', '(fmt'), exercise), ['matches.0.callee']);
    assert.deepEqual(outcome('MA-02', yaml, exercise), ['id']);
  });

  it('refuses what is not YAML or empty', () => {
    assert.deepEqual(outcome('MA-01', 'id: [', exercise), ['rule.yaml']);
    assert.ok(outcome('MA-01', '', exercise).length > 0);
  });

  it('asks for every part of the page, headings in code blocks do not count', () => {
    assert.deepEqual(
      outcome('MA-01', yaml, ''),
      Array.from({ length: 10 }, () => 'exercise.md'),
    );
    const hidden = exercise.replace('## Why\n', '```go\n## Why\n```\n');
    assert.deepEqual(outcome('MA-01', yaml, hidden), ['exercise.md']);
  });
});
