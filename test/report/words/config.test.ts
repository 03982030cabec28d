import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/config/load.ts';
import { describeConfigProblem } from '../../../src/report/words/config.ts';

/** What a person reads about a config file. */
function complain(text: string): string[] {
  const result = parseConfig(text, 'a.yml');
  return 'problems' in result ? result.problems.map(describeConfigProblem) : [];
}

test('problems read as place, fault and remedy', () => {
  const cases: [string, string][] = [
    ['gait: fail\n', 'a.yml:1:1: "gait" is not a known key. Did you mean "gate"?'],
    ['rules: {zebra: 1}\n', 'a.yml:1:9: "rules.zebra" is not a known key. Known here: disable, only.'],
    [
      'gate: fial\n',
      'a.yml:1:7: "gate" must be one of fail, neutral, pass, off, not "fial". Did you mean "fail"?',
    ],
    [
      'version: 2\n',
      'a.yml:1:10: This allocgate reads version 1 of the configuration, not "2". Write "version: 1".',
    ],
    ['rules:\n', 'a.yml:1:7: "rules" has no value. Give it a mapping of keys to values or remove it.'],
    ['comments: {inline: 1}\n', 'a.yml:1:20: "comments.inline" must be true or false, not a number.'],
    ['- a\n', 'a.yml:1:1: The file must be a mapping of keys to values, not a list.'],
    ['gate: fail\ngate: off\n', 'a.yml:2:1: This key stands in its section twice. Remove one of them.'],
    ['comments: {max: 99}\n', 'a.yml:1:17: "comments.max" must be at most 50.'],
    [
      'benchmarks: {skip: "a("}\n',
      'a.yml:1:20: "benchmarks.skip" is not a valid Go regular expression: missing closing ): "a(".',
    ],
    [
      'benchmarks: {modules: []}\n',
      'a.yml:1:23: "benchmarks.modules" must not be empty. Remove it to get the default.',
    ],
    ['thresholds: {overrides: [{}]}\n', 'a.yml:1:26: "thresholds.overrides.0.benchmark" is missing.'],
  ];
  for (const [text, sentence] of cases) assert.deepEqual(complain(text), [sentence]);
});

test('every sentence keeps to one clean line', () => {
  for (const text of [
    '"\\e[2Jx\\n": 1',
    'gate: "\\e[31mred\\n"',
    '[',
    'a: *b',
    'x'.repeat(70_000),
    'benchmarks: {tags: ["\\u202E"]}',
  ]) {
    for (const sentence of complain(text)) {
      // oxlint-disable-next-line no-control-regex
      assert.match(sentence, /^a\.yml:\d+:\d+: [^\u0000-\u001F\u202E]+[.?]$/);
    }
    assert.ok(complain(text).length > 0, text.slice(0, 20));
  }
});
