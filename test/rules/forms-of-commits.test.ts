import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadRules } from '../../src/review/rule-files.ts';
import { diff, file, makeDelta, makeEscape, makeSite, match } from './match-input.ts';
import { ruleBeside, ruleOf, saying } from './one-change.ts';

const { rules } = await loadRules();

describe('a string with a name of its own', () => {
  const types = 'type name string\ntype cell struct{ raw []byte }\n\n';
  const stored = (conversion: string, said = true): string =>
    ruleOf(
      `${types}func (f *feed) push(b []byte, s string, c *cell, w *bytes.Buffer) {\n\tf.last = ${conversion} // here\n}`,
      said ? saying(conversion, [conversion, 'spill'], [`f.last = ${conversion}`, 'assign']) : null,
    );
  it('is a conversion of the bytes', () => {
    assert.equal(stored('name(b)'), 'MA-03');
    assert.equal(stored('name(b[1:])'), 'MA-03');
    assert.equal(stored('name(c.raw)'), 'MA-03');
    assert.equal(stored('name(c.raw[:4])'), 'MA-03');
    assert.equal(stored('name(w.Bytes())'), 'MA-03');
    assert.equal(stored('name(b)', false), 'MA-03', 'more than 32 bytes that do not escape');
  });
  it('has that name in another file of the package, where fields and functions are, too', () => {
    const beside = (conversion: string, other: string): string =>
      ruleBeside(
        other,
        `func (f *feed) push(key raw, c *cell) {\n\tf.last = ${conversion} // here\n}`,
        saying(conversion, [conversion, 'spill'], [`f.last = ${conversion}`, 'assign']),
      );
    const others = 'type (\n\tname string\n\traw []byte\n)\n\ntype cell struct{ data []byte }\n';
    assert.equal(beside('name(key)', others), 'MA-03');
    assert.equal(beside('name(c.data)', others), 'MA-03');
    assert.notEqual(beside('name(key)', others.replace('[]byte', 'string')), 'MA-03');
    assert.notEqual(beside('name(key)', others.replace('name string', 'name []byte')), 'MA-03');
  });
  it('is no conversion of bytes if it was a string before, or the call is one of a function', () => {
    assert.notEqual(stored('name(s)'), 'MA-03');
    assert.notEqual(stored('hash(b)'), 'MA-03');
  });
});

describe('the elements of a list or a tree', () => {
  const types =
    'type node struct {\n\tnext *node\n\tvalue int\n}\ntype tree[T any] struct{ left, right *tree[T] }\ntype extra struct{ n int }\ntype item struct{ extra *extra }\n\n';
  const set = (made: string, field: string, value: string): string =>
    ruleOf(
      `${types}func (l *list) push(n int) {\n\thead := ${made}\n\thead.${field} = ${value} // here\n\tl.head = head\n}`,
      saying(value, [value, 'spill'], [`head.${field} = ${value}`, 'assign']),
    );
  const nested = (outer: string, value: string): string =>
    ruleOf(
      `${types}func (l *list) push(n int) {\n\tl.head = &${outer}{${value}} // here\n}`,
      saying(value.replace(/\{.*/u, '{...}'), [value, 'spill'], [`${outer}{...}`, 'struct literal element']),
    );
  it('are no parts that could be values', () => {
    assert.notEqual(set('&node{}', 'next', '&node{...}'), 'MA-09');
    assert.notEqual(set('l.head', 'next', 'new(node)'), 'MA-09');
    assert.notEqual(set('&tree[int]{}', 'left', '&tree[int]{...}'), 'MA-09');
    assert.notEqual(nested('node', '&node{value: n}'), 'MA-09');
  });
  it('are not mistaken for optional parts', () => {
    assert.equal(set('&item{}', 'extra', '&extra{...}'), 'MA-09');
    assert.equal(set('&item{}', 'extra', 'new(extra)'), 'MA-09');
    assert.equal(nested('item', '&extra{n}'), 'MA-09');
  });
});

describe('what fmt.Fprint writes to', () => {
  const written = (call: string): string =>
    ruleOf(
      `func (v *version) String() string {\n\tvar buf bytes.Buffer // here\n\tif v.pre != "" {\n\t\t${call}\n\t}\n\treturn buf.String()\n}`,
      {
        kind: 'moved-to-heap',
        expression: 'buf',
        flow: ['&buf', '&buf', call].map((text, at) => ({
          text,
          reason: ['address-of', 'interface-converted', 'call parameter'][at] ?? null,
          position: null,
        })),
      },
    );
  it('is a buffer per call, and no operand of an error message', () => {
    assert.equal(written('fmt.Fprintf(&buf, "-%s", v.pre)'), 'MA-06');
    assert.equal(written('fmt.Fprintln(&buf, v.pre)'), 'MA-06');
    assert.equal(written('fmt.Errorf("%v", &buf)'), 'XX-09');
  });
});

describe('the slice of a variadic call', () => {
  const [slice, printed] = ['... argument', 'c.Log.Printf(format, a...)'];
  const logged = (base: string, more = ''): string =>
    ruleOf(
      `func (c *Cors) handle(h http.Header) {\n\tc.logf("headers: %v", h) // here\n${more}}`,
      saying(
        slice,
        [slice, 'spill'],
        [`c, format, a := c, "headers: %v", ${slice}`, 'assign-pair'],
        [printed, 'call parameter'],
      ),
      {},
      `func (c *Cors) handle(h http.Header) {\n\t${base}\n}`,
    );
  it('is made before the check that base made around the call', () => {
    assert.equal(logged('if c.Log != nil {\n\t\tc.logf("headers: %v", h)\n\t}'), 'XX-11');
  });
  it('is so, too, if other branches of the function changed', () => {
    const base = 'if c.Log != nil {\n\t\tc.logf("headers: %v", h)\n\t}';
    assert.equal(logged(base, '\tif c.all {\n\t\th.Set("Vary", "*")\n\t}\n'), 'XX-11');
  });
  it('escapes through a call of an interface where nothing else of the line is new', () => {
    assert.equal(logged(''), 'ST-03');
  });
});

describe('an append after a loop', () => {
  const text =
    'package pkg\n\nfunc set(context []string, key string) {\n\tvar keys []string\n\tfor _, k := range context {\n\t\tkeys = append(keys, k)\n\t}\n\tkeys = append(keys, key)\n\tput(keys)\n}\n';
  it('needs the room that base made', () => {
    const [finding] = match({
      rules,
      deltas: [makeDelta('BenchmarkA', 1, [makeSite(8, 1)])],
      diff: [],
      readHead: (path) => (path === file ? text : null),
      readBase: () => text.replace('var keys []string', 'keys := make([]string, 0, len(context)+1)'),
      causeOf: () => ({ kind: 'reuse-lost', file, line: 4, text: 'var keys []string', via: [] }),
    });
    assert.equal(finding?.ruleId, 'MA-05');
  });
});

describe('an error that no benchmark makes', () => {
  const possible = (call: string): string => {
    const text = `package pkg\n\nfunc check(n int, name string) error {\n\tif n < 0 {\n\t\treturn ${call}\n\t}\n\treturn nil\n}\n`;
    const hunks = [{ base: { start: 5, lines: 1 }, head: { start: 5, lines: 1 } }];
    const value = '&errors.errorString{...}';
    const [finding] = match({
      rules,
      deltas: [],
      diff: diff.map((change) => ({ ...change, hunks })),
      readHead: (path) => (path === file ? text : null),
      readBase: () => text.replace(call, 'errNegative'),
      isBenchmarked: () => false,
      escapes: [
        makeEscape(
          5,
          saying(value, [value, 'spill'], [value, 'interface-converted'], ['return fmt.err', 'return']),
        ),
      ],
    });
    return `${finding?.evidence} ${finding?.ruleId}`;
  };
  it('is a constant, or made of its operands', () => {
    assert.equal(possible('fmt.Errorf("%s: %d", name, n)'), 'possible XX-14');
    assert.equal(possible('fmt.Errorf("%w", errNegative)'), 'possible XX-14');
    assert.equal(possible('errors.New(name + " is negative")'), 'possible XX-14');
    assert.equal(possible('errors.New("negative")'), 'possible MA-15');
    assert.equal(possible('fmt.Errorf("negative")'), 'possible MA-15');
  });
});
