import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SiteChange } from '../../src/compare/types.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import type { Finding } from '../../src/rules/types.ts';
import { diff, file, makeDelta, makeEscape, makeSite, match } from './match-input.ts';

const { rules } = await loadRules();

/** What else there is than head's code: words of the compiler about the line, and base's code. */
type Others = { said?: Parameters<typeof makeEscape>[1]; base?: string };

/** The finding of all rules for one line that newly allocates: the line with `// here`. */
function review(
  code: string,
  part: Partial<SiteChange> = {},
  { said, base = '' }: Others = {},
): Finding | undefined {
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
    escapes: said ? [makeEscape(line, said)] : [],
    readBase: () => `package pkg\n\n${base}\n`,
  })[0];
}

const ruleOf = (code: string, part: Partial<SiteChange> = {}, others: Others = {}): string =>
  review(code, part, others)?.ruleId ?? 'none';

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

describe('a builder whose size base reserved', () => {
  const without =
    'func f(b byte) string {\n\tvar s strings.Builder\n\ts.WriteByte(b) // here\n\treturn s.String()\n}';
  const called = { callees: [['strings.(*Builder).WriteByte']] };
  it('has grown by itself since', () => {
    for (const reserved of ['s.Grow(n)', 'if n > 0 {\n\t\ts.Grow(n)\n\t}']) {
      const base = without.replace('\ts.WriteByte(b) // here', `\t${reserved}\n\ts.WriteByte(b)`);
      assert.equal(ruleOf(without, called, { base }), 'MA-05', reserved);
    }
  });
  it('is a buffer per call if base reserved nothing, or head does so as well', () => {
    assert.equal(ruleOf(without, called, { base: without }), 'MA-06');
    const grown = without.replace('\ts.Write', '\ts.Grow(3)\n\ts.Write');
    assert.equal(ruleOf(grown, called, { base: grown }), 'MA-06');
  });
});

describe('a call that has the allocation inside', () => {
  const inside = (code: string, ...callees: string[]): string =>
    ruleOf(`func f() {\n\t${code} // here\n}`, { callees: [callees] });
  it('is one of a header: of a key that is not canonical, or of a slice for the value', () => {
    const canonical = 'net/textproto.canonicalMIMEHeaderKey';
    assert.equal(inside('h.Set("x-id", id)', 'net/http.Header.Set'), 'XX-05');
    assert.equal(inside('id := r.Header.Get("x-id")', 'net/http.Header.Get', canonical), 'XX-05');
    assert.equal(inside('h.Add("X-Id", id)', 'net/textproto.MIMEHeader.Add'), 'XX-05');
    assert.equal(inside('h.Write(w)', 'net/http.Header.Write'), 'XX-01');
  });
  it('is a reader of a string, unless the reader around it is the larger one', () => {
    assert.equal(inside('n, err := io.Copy(w, strings.NewReader(s))', 'strings.NewReader'), 'XX-05');
    assert.equal(inside('b.src = bytes.NewReader(p)', 'bytes.NewReader'), 'XX-05');
    assert.equal(inside('r := bufio.NewReader(strings.NewReader(s))', 'bufio.NewReader'), 'FA-06');
    assert.equal(inside('d := json.NewDecoder(bytes.NewReader(p))', 'encoding/json.NewDecoder'), 'MA-11');
  });
  it('is a number of any size that has no memory for its digits', () => {
    assert.equal(inside('p := new(big.Int).Mul(a, b)', 'math/big.(*Int).Mul', 'math/big.nat.make'), 'MA-06');
    assert.equal(inside('q.Quo(x, y)', 'math/big.(*Rat).Quo', 'math/big.nat.make'), 'MA-06');
    assert.equal(inside('s := p.String()', 'math/big.(*Int).String'), 'XX-05');
  });
});

describe('a method that the compiler does not know', () => {
  const dictionary = '(func(go.shape.struct { X int }, []byte) []byte)(&.dict[0])(p, scratch[:0])';
  const code = 'func f[T appender](ps []T) {\n\tvar scratch [64]byte // here\n\tuse(scratch[:0])\n}';
  const rule = (text: string): string =>
    ruleOf(
      code,
      {},
      {
        said: {
          kind: 'moved-to-heap',
          expression: 'scratch',
          flow: [
            { text: '{heap} ← &scratch', reason: null, position: null },
            { text, reason: 'call parameter', position: null },
          ],
        },
      },
    );
  it('is one of a type parameter', () => {
    assert.equal(rule(dictionary), 'ST-03');
    assert.notEqual(rule('keep(&.dict[0], scratch[:0])'), 'ST-03', 'a generic function is known');
  });
});

describe('a loop over a function', () => {
  const rule = (text: string, code: string): string =>
    ruleOf(
      code,
      {},
      {
        said: { expression: 'func literal', flow: [{ text, reason: null, position: null }] },
      },
    );
  it('has a closure for its body', () => {
    const loop = 'func f(s Source) {\n\tfor v := range s.All() { // here\n\t\tuse(v)\n\t}\n}';
    assert.equal(rule('#yield1 ← &{storage for func literal}', loop), 'MA-07');
    assert.notEqual(rule('yield ← &{storage for func literal}', loop), 'MA-07');
  });
});

describe('text that a loop adds to', () => {
  const inLoop = (sum: string): string =>
    ruleOf(
      `func f(rs []rune) string {\n\tout := ""\n\tfor _, r := range rs {\n\t\t${sum} // here\n\t}\n\treturn out\n}`,
      {},
      { said: { expression: 'string(r)' } },
    );
  it('is copied each time, whatever the piece is converted from', () => {
    assert.equal(inLoop('out += string(r)'), 'MA-04');
    assert.equal(inLoop('out = out + string(r)'), 'MA-04');
    assert.equal(inLoop('out = string(r) + out'), 'MA-04');
    assert.equal(inLoop('names[i] = string(r)'), 'MA-03', 'nothing is added to');
  });
});

describe('what an interface gets', () => {
  const boxed = (types: string, expression = 'b'): string =>
    ruleOf(
      `${types}\n\nfunc f(k *keeper) {\n\tk.keep(${expression}) // here\n}`,
      { bytesPerOp: { base: 0, head: 24 } },
      {
        said: {
          expression,
          flow: [
            { text: `k.last ← &{storage for ${expression}}`, reason: null, position: null },
            { text: expression, reason: 'interface-converted', position: null },
          ],
        },
      },
    );
  it('is no strategy if it is a slice, which has no methods', () => {
    assert.equal(boxed('var b []byte'), 'MA-08');
    assert.equal(boxed('type msg struct { b []string }', 'm.b'), 'MA-08');
    assert.equal(boxed('func b() []byte { return nil }', 'b()'), 'MA-08');
  });
  it('can be one if the type has a name, or is not known', () => {
    assert.equal(boxed('type names []string\n\nvar b names'), 'ST-01');
    assert.equal(boxed('type rate struct { a, b, c int }\n\nvar b rate'), 'ST-01');
    assert.equal(boxed('var other []byte'), 'ST-01');
    assert.equal(boxed('var b []byte\n\nfunc g(b rate) {}'), 'ST-01', 'one of two');
  });
});

describe('a value that is appended', () => {
  const rule = (text: string, reason: string): string =>
    ruleOf(
      'func f(q *queue, n int) {\n\tq.list = append(q.list, n) // here\n}',
      {},
      {
        said: {
          expression: 'n',
          flow: [
            { text, reason, position: null },
            { text: 'append(q.list, m)', reason: 'call parameter', position: null },
          ],
        },
      },
    );
  it('is boxed for a slice of interfaces', () => {
    assert.equal(rule('n', 'spill'), 'ST-07');
    assert.equal(rule('v = n', 'assign'), 'ST-07');
  });
  it('is boxed for a field, if it is in a struct', () => {
    assert.equal(rule('m.body = n', 'assign'), 'FC-03');
    assert.equal(rule('msg{...}', 'struct literal element'), 'FC-03');
  });
});
