import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SiteChange } from '../../src/compare/types.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import type { Finding } from '../../src/rules/types.ts';
import { diff, file, makeDelta, makeSite, match } from './match-input.ts';

const { rules } = await loadRules();

/** The finding of all rules for one line that newly allocates: the line with `// here`. */
function review(code: string, part: Partial<SiteChange> = {}): Finding | undefined {
  const text = `package pkg\n\n${code}\n`;
  const line = text.split('\n').findIndex((one) => one.includes('// here')) + 1;
  const [change] = diff;
  return match({
    rules,
    deltas: [makeDelta('BenchmarkA', 1, [makeSite(line, 1, part)])],
    diff: change
      ? [
          {
            ...change,
            hunks: [{ base: { start: 1, lines: 1 }, head: { start: 1, lines: text.split('\n').length } }],
          },
        ]
      : [],
    readHead: (path) => (path === file ? text : null),
    readBase: () => 'package pkg\n',
  })[0];
}

const ruleOf = (code: string, part: Partial<SiteChange> = {}): string => review(code, part)?.ruleId ?? 'none';

describe('a closure that another module makes', () => {
  const called = { callees: [['example.com/other.(*Detector).Check']] };
  it('is told by the call of what is returned', () => {
    for (const use of ['accept()', 'defer accept()', 'if !ok { return }\n\taccept()']) {
      const code = `func f(d Detector) {\n\taccept, ok := d.Check(1) // here\n\t_ = ok\n\t${use}\n}`;
      assert.equal(ruleOf(code, called), 'FA-05', use);
    }
    const assigned = 'func f(d Detector) {\n\tvar end func()\n\tend = d.Check(1) // here\n\tdefer end()\n}';
    assert.equal(ruleOf(assigned, called), 'FA-05');
  });

  it('is not what is only passed on, called with arguments, or another variable', () => {
    for (const use of ['keep(accept)', 'accept(1)', 'other()', 'accept.Do()']) {
      const code = `func f(d Detector) {\n\taccept, ok := d.Check(1) // here\n\t_ = ok\n\t${use}\n}`;
      assert.equal(ruleOf(code, called), 'XX-01', use);
    }
  });

  it('is asked about where no other rule fits', () => {
    const code =
      'func f(ctx context.Context) {\n\tctx, cancel := context.WithCancel(ctx) // here\n\tdefer cancel()\n}';
    assert.equal(ruleOf(code, { callees: [['context.WithCancel']] }), 'XX-12');
  });
});

describe('an element that is set', () => {
  it('makes a map grow, where it can be one of a map', () => {
    for (const set of ['m[key] = 1', 'm[key]++', 'm[pair{1, 2}] = 1'])
      assert.equal(ruleOf(`func f() {\n\t${set} // here\n}`), 'XX-10', set);
  });

  it('is one of a slice if it has a number', () => {
    for (const set of ['p[1] = g(x)', 'p[0]++', 'p[1] += tail']) {
      const finding = review(`func f() {\n\t${set} // here\n}`);
      assert.ok(finding && finding.ruleId !== 'XX-10' && !finding.alternatives.includes('XX-10'), set);
      assert.equal(finding.allocator, null);
    }
  });
});

describe('a builder that a caller made', () => {
  const called = { callees: [['strings.(*Builder).WriteByte']] };
  it('grows where it is written to', () => {
    assert.equal(
      ruleOf('func f(s *strings.Builder, b byte) {\n\ts.WriteByte(b) // here\n}', called),
      'MA-05',
    );
  });
  it('is a buffer per call where the function makes it itself', () => {
    const code =
      'func f(b byte) string {\n\tvar s strings.Builder\n\ts.WriteByte(b) // here\n\treturn s.String()\n}';
    assert.equal(ruleOf(code, called), 'MA-06');
  });
});

describe('big.NewInt of a constant', () => {
  const called = { callees: [['math/big.NewInt']] };
  it('can be made once, if nothing is written to it', () => {
    assert.equal(
      ruleOf('func f(x *big.Int) int {\n\treturn x.Cmp(big.NewInt(7)) // here\n}', called),
      'XX-17',
    );
  });
  it('is another number each time, if a result is written to it', () => {
    for (const write of ['Set(x)', 'Add(x, y)', 'Exp(x, y, nil)']) {
      const code = `func f(x, y *big.Int) *big.Int {\n\treturn big.NewInt(0).${write} // here\n}`;
      assert.notEqual(ruleOf(code, called), 'XX-17', write);
    }
  });
});
