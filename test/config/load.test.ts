import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { configJsonSchema, parseConfig } from '../../src/config/load.ts';
import { resolveGate } from '../../src/config/gate.ts';
import { configSchema, type ConfigProblem } from '../../src/config/schema.ts';
import { processorTime } from '../support/processor-time.ts';

const path = '.github/allocgate.yml';

function problemsOf(text: string): ConfigProblem[] {
  const result = parseConfig(text, path);
  assert.ok('problems' in result, `expected problems in ${JSON.stringify(text)}`);
  return result.problems;
}

function onlyProblem(text: string): ConfigProblem {
  const problems = problemsOf(text);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  const [problem] = problems;
  assert.ok(problem);
  return problem;
}

test('an empty file, a comment and an empty mapping are the defaults', () => {
  const defaults = configSchema.parse({});
  for (const text of ['', '# nothing yet\n', '{}', '---\n', 'version: 1\n']) {
    assert.deepEqual(parseConfig(text, path), defaults);
  }
  assert.equal(defaults.thresholds.bytes.increase, 64);
});

test('the full example of the design is read', () => {
  const config = parseConfig(
    `version: 1
benchmarks: {packages: ["./..."], run: ".", skip: "", modules: ["."], tags: []}
thresholds:
  allocs: {increase: 1}
  bytes: {increase: 64, percent: 10}
  overrides: [{benchmark: "example.com/m/pkg.BenchmarkX/*", allocs: {increase: 5}}]
gate: off
comments: {inline: true, summary: changes, max: 30}
rules: {disable: [], only: []}
forks: approve
`,
    path,
  );
  assert.ok(!('problems' in config));
  assert.equal(config.gate, 'off');
  assert.deepEqual(config.thresholds.overrides, [
    { benchmark: 'example.com/m/pkg.BenchmarkX/*', allocs: { increase: 5 } },
  ]);
});

test('an unknown key is named at its place, with the key that was meant', () => {
  assert.deepEqual(onlyProblem('version: 1\nthresholds:\n  alocs: {increase: 2}\n'), {
    path,
    line: 3,
    column: 3,
    key: 'thresholds.alocs',
    kind: 'unknown-key',
    suggestion: 'allocs',
    known: ['allocs', 'bytes', 'overrides'],
  });
});

test('an unknown key inside a list entry is found', () => {
  const problem = onlyProblem('thresholds:\n  overrides:\n    - benchmark: x\n      byte: {percent: 1}\n');
  assert.equal(problem.kind === 'unknown-key' && problem.suggestion, 'bytes');
  assert.deepEqual([problem.line, problem.column], [4, 7]);
});

test('a key of another section is sent there, a word like none gets no suggestion', () => {
  const moved = onlyProblem('allocs: {increase: 2}\n');
  assert.equal(moved.kind === 'unknown-key' && moved.suggestion, 'thresholds.allocs');
  const strange = onlyProblem('zebra: 2\n');
  assert.equal(strange.kind === 'unknown-key' && strange.suggestion, null);
});

test('a prototype key is an unknown key like any other', () => {
  assert.equal(onlyProblem('__proto__: {gate: off}\n').kind, 'unknown-key');
  assert.equal(onlyProblem('constructor: 1\n').kind, 'unknown-key');
});

test('wrong types point at the value', () => {
  const cases: [
    text: string,
    expected: string,
    found: string,
    line: number,
    column: number,
    value?: string,
  ][] = [
    ['benchmarks:\n  packages: ./...\n', 'list', 'text', 2, 13],
    ['thresholds: {allocs: {increase: one}}\n', 'number', 'text', 1, 33],
    ['thresholds: {allocs: {increase: 1.5}}\n', 'whole-number', 'number', 1, 33, '1.5'],
    ['thresholds: {allocs: {increase: .nan}}\n', 'number', 'number', 1, 33, '.nan'],
    ['budget: 1e400\n', 'number', 'number', 1, 9, '1e400'],
    ['comments:\n  inline: "yes"\n', 'boolean', 'text', 2, 11],
    ['rules:\n', 'mapping', 'nothing', 1, 7],
    ['- version: 1\n', 'mapping', 'list', 1, 1],
    ['just words\n', 'mapping', 'text', 1, 1],
    ['rules:\n  only: [1]\n', 'text', 'number', 2, 10, '1'],
  ];
  for (const [text, expected, found, line, column, value] of cases) {
    const problem = onlyProblem(text);
    assert.equal(problem.kind, 'wrong-type', text);
    assert.deepEqual(
      { ...problem, path: '', key: '' },
      {
        ...(value !== undefined && { value }),
        path: '',
        line,
        column,
        key: '',
        kind: 'wrong-type',
        expected,
        found,
      },
      text,
    );
  }
});

test('values out of bounds, unknown words and missing keys are distinguished', () => {
  assert.equal(onlyProblem('thresholds: {allocs: {increase: 0}}').kind, 'out-of-range');
  assert.equal(onlyProblem('comments: {max: 51}').kind, 'out-of-range');
  assert.equal(onlyProblem('benchmarks: {modules: []}').kind, 'empty');
  assert.equal(onlyProblem('benchmarks: {tags: ["a b"]}').kind, 'bad-format');
  assert.equal(onlyProblem('thresholds: {overrides: [{allocs: {increase: 2}}]}').kind, 'missing-key');
  const gate = onlyProblem('gate: nuetral\n');
  assert.equal(gate.kind === 'not-allowed' && gate.suggestion, 'neutral');
});

test('another version than 1 is refused', () => {
  const { kind, line, column, key } = onlyProblem('version: 2\n');
  assert.deepEqual([kind, line, column, key], ['not-allowed', 1, 10, 'version']);
  assert.equal(onlyProblem('version: "1"\n').kind, 'not-allowed');
});

test('a list in the place of a word, and the text of an allowed number, are told by their types', () => {
  const types = ['gate: [fail]\n', 'version: "1"\n', 'version: 2\n'].map((text) => {
    const problem = onlyProblem(text);
    return problem.kind === 'not-allowed' && [problem.type, problem.suggestion];
  });
  assert.deepEqual(types, [
    ['list', null],
    ['text', null],
    ['number', null],
  ]);
});

test('duplicate keys and broken YAML name their line', () => {
  const duplicate = onlyProblem('gate: fail\nforks: never\ngate: off\n');
  assert.deepEqual([duplicate.kind, duplicate.line, duplicate.column], ['duplicate-key', 3, 1]);
  const broken = onlyProblem('gate: fail\nrules: {only: [a\n');
  assert.deepEqual([broken.kind, broken.line], ['syntax', 3]);
  assert.equal(onlyProblem('gate: fail\n---\ngate: off\n').kind, 'syntax');
  assert.equal(onlyProblem('gate: !!js/function x\n').kind, 'syntax');
  assert.equal(onlyProblem('\tgate: fail\n').kind, 'syntax');
});

test('hostile files end in one problem', () => {
  const bomb =
    'a: &a [x,x]\n' +
    ['b', 'c', 'd', 'e']
      .map((name, i) => {
        const previous = 'abcd'[i];
        return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${previous}`).join(',')}]\n`;
      })
      .join('');
  assert.equal(onlyProblem(bomb).kind, 'syntax');
  const unknown = onlyProblem('gate: fail\nforks: *nobody\n');
  assert.deepEqual([unknown.kind, unknown.line, unknown.column], ['syntax', 2, 8]);
  assert.equal(onlyProblem('['.repeat(30_000)).kind, 'syntax');
  assert.equal(onlyProblem(`# ${'x'.repeat(70_000)}`).kind, 'too-large');
  assert.equal(onlyProblem('rules: &r {only: [*r]}\n').kind, 'wrong-type');
});

test('an alias is followed', () => {
  const config = parseConfig('rules:\n  only: &some [a]\n  disable: *some\n', path);
  assert.ok(!('problems' in config));
  assert.deepEqual(config.rules, { only: ['a'], disable: ['a'] });
});

test('a bad regular expression is a problem of its key', () => {
  assert.deepEqual(onlyProblem('benchmarks:\n  run: "Parse("\n'), {
    path,
    line: 2,
    column: 8,
    key: 'benchmarks.run',
    kind: 'bad-regexp',
    description: 'missing closing )',
    fragment: 'Parse(',
  });
});

test('all problems are reported at once, in the order of the file', () => {
  const kinds = problemsOf('version: 3\ngait: fail\ncomments: {max: -1}\n').map((p) => [p.line, p.kind]);
  assert.deepEqual(kinds, [
    [1, 'not-allowed'],
    [2, 'unknown-key'],
    [3, 'out-of-range'],
  ]);
});

const timeOf = (text: string): number =>
  processorTime(() => void parseConfig(text, path, ['MA-01', 'sprintf-in-hot-path']));

test('ten times the text takes about ten times the time, however wrong it is', () => {
  const repeat = (count: number, write: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => write(index)).join('\n');
  const shapes: ((count: number) => string)[] = [
    (count) => repeat(count, (index) => `k${index}: 1`),
    (count) => repeat(count, () => 'k: 1'),
    (count) => `rules:\n  only:\n${repeat(count, (index) => `    - name-${index}`)}`,
    (count) => `thresholds:\n  overrides:\n${repeat(count, () => '    - {bench: 1}')}`,
    (count) => repeat(count, (index) => `k${index}: *a${index}`),
    (count) => repeat(count, (index) => `k${index}: &a${index} 1`),
    (count) => `rules: {only: [${repeat(count, (index) => `name-${index},`)}]}`,
  ];
  for (const shape of shapes) {
    const [small, large] = [timeOf(shape(300)), timeOf(shape(3000))];
    assert.ok(large < 40 * (small + 1), `${shape(1)}: ${small} ms and ${large} ms`);
  }
});

test('of many problems the first are reported', () => {
  const many = Array.from({ length: 3000 }, (_, index) => `key-${index}: 1`).join('\n');
  assert.deepEqual(
    problemsOf(many).map(({ line }) => line),
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
});

test('the JSON Schema accepts what the reader accepts', () => {
  const validate = new Ajv2020({ strict: false }).compile(configJsonSchema());
  assert.ok(validate({}));
  assert.ok(validate({ gate: 'off', thresholds: { allocs: { increase: 3 } } }));
  assert.ok(!validate({ gait: 'off' }));
});

test('the gate is one word, or a mapping of kinds of evidence', () => {
  const gateOf = (text: string) => {
    const config = parseConfig(text, path);
    assert.ok(!('problems' in config), text);
    return resolveGate(config.gate);
  };
  const defaults = {
    proven: 'fail',
    adapted: 'neutral',
    tested: 'neutral',
    unmeasured: 'neutral',
    contract: 'fail',
  };
  for (const text of ['', 'gate: fail', 'gate: {}']) assert.deepEqual(gateOf(text), defaults);
  assert.deepEqual(gateOf('gate: neutral'), {
    ...defaults,
    proven: 'neutral',
    contract: 'neutral',
  });
  assert.deepEqual(gateOf('gate: {unmeasured: fail, tested: off}'), {
    ...defaults,
    unmeasured: 'fail',
    tested: 'off',
  });
  assert.deepEqual(Object.values(gateOf('gate: off')), ['off', 'off', 'off', 'off', 'off']);
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(configJsonSchema());
  assert.ok(validate({ gate: { adapted: 'pass' } }) && !validate({ gate: { adapted: 'red' } }));
});

test('a contract is a limit for the benchmarks that fit', () => {
  const config = parseConfig("contracts: [{benchmark: '**.BenchmarkGet', allocs: 0}]", path);
  assert.deepEqual('problems' in config ? null : config.contracts, [
    { benchmark: '**.BenchmarkGet', allocs: 0 },
  ]);
  assert.equal(onlyProblem('contracts: [{benchmark: x, allocs: 0.5}]').key, 'contracts.0.allocs');
  assert.equal(onlyProblem('contracts: [{benchmark: x, allocs: -1}]').kind, 'out-of-range');
});

test('a fault in the gate is reported at its place, as of a word or of a mapping', () => {
  assert.deepEqual(onlyProblem('gate:\n  proven: fail\n  unmesured: pass\n'), {
    path,
    line: 3,
    column: 3,
    key: 'gate.unmesured',
    kind: 'unknown-key',
    suggestion: 'unmeasured',
    known: ['proven', 'adapted', 'tested', 'unmeasured', 'contract'],
  });
  const value = onlyProblem('gate: {adapted: nuetral}\n');
  assert.deepEqual(
    [value.key, value.kind === 'not-allowed' && value.suggestion],
    ['gate.adapted', 'neutral'],
  );
  const word = onlyProblem('gate: 3\n');
  assert.deepEqual([word.key, word.kind], ['gate', 'not-allowed']);
  assert.equal(problemsOf('gate: {proven: x, tested: y}\n').length, 2);
});
