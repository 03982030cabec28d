import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/config/load.ts';
import { describeConfigProblem } from '../../../src/report/words/config.ts';
import { assertGolden } from '../../support/golden.ts';

/** What a person reads about a config file. */
function complain(text: string): string[] {
  const result = parseConfig(text, 'a.yml', ['MA-01', 'sprintf-in-hot-path']);
  return 'problems' in result ? result.problems.map(describeConfigProblem) : [];
}

const files = [
  'gait: fail\n',
  'allocs: {increase: 1}\n',
  'rules: {zebra: 1}\n',
  'gate: fial\n',
  'gate: {provn: fail}\n',
  'gate: {proven: fial}\n',
  'gate: 1\n',
  'version: 2\n',
  'version: "1"\n',
  'gate: [fail]\n',
  'rules:\n',
  'comments: {inline: 1}\n',
  'thresholds: {allocs: {increase: 1.5}}\n',
  '- a\n',
  'gate: fail\ngate: off\n',
  'comments: {max: 99}\n',
  'comments: {max: -1}\n',
  'benchmarks: {skip: "a("}\n',
  'benchmarks: {run: "a\\\\"}\n',
  'benchmarks: {modules: []}\n',
  'benchmarks: {tags: ["a b"]}\n',
  'thresholds: {overrides: [{}]}\n',
  'rules: {disable: [sprintf-in-hotpath, zzz]}\n',
  'thresholds: {allocs: {increase: .nan}, bytes: {percent: .inf}}\n',
  'contracts: [{allocs: 0.5}]\n',
  'gate: [\n',
  'comments: {max: 1\nbudget: 5\n',
  'budget: 5\n---\nbudget: 5\n',
  'gate: *nobody\n',
  `${'# x'.repeat(30_000)}\n`,
];

test('each problem reads as place, fault and remedy', () => {
  const texts = files.map((text) => `${text.slice(0, 60).trimEnd()}\n${complain(text).join('\n')}\n`);
  assertGolden('config-problems.txt', texts.join('\n'));
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
