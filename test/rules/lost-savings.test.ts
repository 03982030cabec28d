import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Decision } from '../../src/compare/types.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import type { Finding } from '../../src/rules/types.ts';
import { diff, file, makeDelta, makeEscape, makeSite, match } from './match-input.ts';

const { rules } = await loadRules();

/** The finding for the line of head with `// here`, which newly allocates; `base` is base's code. */
function review(
  head: string,
  base: string,
  said: Partial<Decision> | null = null,
  among = rules,
): Finding | undefined {
  const text = `package pkg\n\n${head}\n`;
  const lines = text.split('\n');
  const line = lines.findIndex((one) => one.includes('// here')) + 1;
  const hunks = [{ base: { start: 1, lines: 1 }, head: { start: 1, lines: lines.length } }];
  return match({
    rules: among,
    deltas: [makeDelta('BenchmarkA', 1, [makeSite(line, 1)])],
    diff: diff.map((change) => ({ ...change, hunks })),
    readHead: (path) => (path === file ? text : null),
    readBase: () => `package pkg\n\n${base}\n`,
    escapes: said ? [makeEscape(line, said)] : [],
  })[0];
}

describe('a slice of pointers', () => {
  /** What the compiler says of the new object. */
  const appended = (expression: string): Partial<Decision> => ({
    expression,
    flow: [
      { text: `{heap} ← &{storage for ${expression}}`, reason: null, position: null },
      { text: expression, reason: 'spill', position: null },
      { text: `append(f.all, ${expression})`, reason: 'call parameter', position: null },
    ],
  });
  const inFunction = (line: string): string => `func (f *list) add(n int) {\n\t${line}\n}`;
  const ruleOf = (head: string, base: string, expression: string): string =>
    review(inFunction(`${head} // here`), inFunction(base), appended(expression))?.ruleId ?? 'none';

  it('has an object for each element, where base put the structs themselves into the slice', () => {
    const base = 'f.all = append(f.all, item{n})';
    assert.equal(ruleOf('f.all = append(f.all, &item{n})', base, '&item{...}'), 'XX-18');
    assert.equal(ruleOf('f.all = append(f.all, &pkg.Item[int]{', base, '&pkg.Item[int]{...}'), 'XX-18');
    assert.equal(ruleOf('f.all = append(f.all, new(item))', base, 'new(item)'), 'XX-18');
    assert.equal(ruleOf('return append(f.all, &item{n}, &item{n + 1})', base, '&item{...}'), 'XX-18');
    assert.equal(ruleOf('it := &item{n}\n\tf.all = append(f.all, it)', base, '&item{...}'), 'XX-18');
  });

  it('is told by the declaration of the element, too', () => {
    const base = 'it := item{n}\n\tf.all = append(f.all, it)';
    assert.equal(ruleOf('it := &item{n}', base, '&item{...}'), 'XX-18');
  });

  it('is nothing new if base had it, and no batch if base made no such elements', () => {
    const line = 'f.all = append(f.all, &item{n})';
    assert.notEqual(ruleOf(line, line, '&item{...}'), 'XX-18');
    assert.notEqual(ruleOf(line, 'f.n += n', '&item{...}'), 'XX-18');
    assert.notEqual(ruleOf(line, 'ids := []int{n}\n\tf.n += len(ids)', '&item{...}'), 'XX-18');
    assert.notEqual(ruleOf('f.last = &item{n}', 'f.last = item{n}', '&item{...}'), 'XX-18');
  });
});

describe('a function that changes a text or a list', () => {
  const copied = (signature: string): string =>
    `func ${signature} {\n\tres := make([]byte, len(in)) // here\n\tcopy(res, in)\n\tfor i := range res {\n\t\tres[i] = table[res[i]]\n\t}\n\treturn text(res)\n}`;
  const looking = (signature: string, result: string): string =>
    `func ${signature} {\n\tfor i := range len(in) {\n\t\tif table[in[i]] != in[i] {\n\t\t\tres := make([]byte, len(in))\n\t\t\tcopy(res, in)\n\t\t\treturn text(res)\n\t\t}\n\t}\n\treturn ${result}\n}`;
  const advice = (signature: string, result: string): string => {
    const finding = review(copied(signature), looking(signature, result));
    return finding?.ruleId === 'MA-06' && finding.advice.includes('nothing to change')
      ? 'look first'
      : 'other';
  };

  it('looks first, as base did, which returned what it was given', () => {
    assert.equal(advice('lower(in string) string', 'in'), 'look first');
    assert.equal(advice('lower(table *table, in string) string', 'in'), 'look first');
    assert.equal(advice('(t *table) lower(in []byte) ([]byte, bool)', 'in, false'), 'look first');
    assert.equal(advice('lower[S ~string](in S) S', 'in'), 'look first');
    assert.equal(advice('(in name) lower() name', 'in'), 'look first');
  });

  it('did not return its argument, or still does, or it is an error', () => {
    assert.equal(advice('lower(in string) string', '""'), 'other');
    assert.equal(advice('lower(in string) string', 'input'), 'other');
    assert.equal(advice('lower(in string, err error) error', 'err'), 'other');
    const signature = 'lower(in string) string';
    const appending = 'func all(in []string) []string {\n\tin = append(in, "x")\n\treturn in\n}';
    const making =
      'func all(in []string) []string {\n\tres := make([]string, len(in)) // here\n\treturn res\n}';
    const some = rules.filter(({ id }) => ['MA-06', 'XX-01'].includes(id));
    assert.equal(review(making, appending, null, some)?.ruleId, 'XX-01');
    assert.equal(
      review(making, appending.replace('\tin = append(in, "x")\n', ''), null, some)?.ruleId,
      'MA-06',
    );
    const still = copied(signature).replace('\tcopy', '\tif in == "" {\n\t\treturn in\n\t}\n\tcopy');
    const finding = review(still, looking(signature, 'in'));
    assert.ok(!finding?.advice.includes('nothing to change'));
  });
});

describe('a slice whose size is a variable', () => {
  const text = 'package pkg\n\nfunc encode(n int) []byte {\n\tb := make([]byte, n)\n\treturn b\n}\n';
  const rule = (said: Decision[], cause: 'caller' | null): string =>
    match({
      rules,
      diff: [],
      deltas: [makeDelta('BenchmarkA', 1, [makeSite(4, 1)])],
      readHead: (path) => (path === file ? text : null),
      readBase: () => text,
      headDecisions: said,
      causeOf: () => cause && { kind: cause, file, line: 9, text: 'encode(n)', via: [] },
    })[0]?.ruleId ?? 'none';
  const returned = makeEscape(4, {
    expression: 'make([]byte, n)',
    flow: [{ text: 'return b', reason: 'return', position: null }],
  }).decision;

  it('is on the heap for its size only if the compiler knows no other reason', () => {
    assert.equal(rule([], null), 'XX-02');
    assert.notEqual(rule([returned], null), 'XX-02');
  });
  it('is a buffer per call if a changed line newly calls the function that returns it', () => {
    assert.equal(rule([returned], 'caller'), 'MA-06');
  });
});

describe('an append that base made only sometimes', () => {
  const base =
    'func f(v, s []byte) []byte {\n\tif !raw {\n\t\tv = append(v, s.buf...)\n\t\treturn v\n\t}\n\treturn nil\n}';
  const rule = (line: string): string =>
    review(`func f(v, s []byte) []byte {\n\t${line} // here\n\treturn v\n}`, base)?.ruleId ?? 'none';
  it('has no room', () => {
    assert.equal(rule('v = append(v, s...)'), 'MA-05');
    assert.equal(rule('for range 2 { v = append(v, 1) }'), 'MA-05');
    assert.equal(rule('return append(v, s...)'), 'MA-05');
  });
  it('makes an object besides, which is something else', () => {
    assert.notEqual(rule('v = append(v, &item{})'), 'MA-05');
    assert.notEqual(rule('v = append(v, make([]byte, n)...)'), 'MA-05');
  });
});
