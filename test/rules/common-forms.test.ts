import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadRules } from '../../src/review/rule-files.ts';
import { file, makeDelta, makeEscape, makeSite, match } from './match-input.ts';
import type { Cause } from '../../src/compare/cause.ts';
import { adviceOf, ruleOf, saying, type Said, type Step } from './one-change.ts';

const { rules } = await loadRules();

describe('the runes of a string', () => {
  it('can be walked over without a slice, unlike bytes for a writer', () => {
    const made = (conversion: string, said: Said | null): string =>
      ruleOf(`func f(s string) int {\n\tr := ${conversion} // here\n\treturn use(r)\n}`, said);
    assert.equal(made('[]rune(s)', null), 'XX-05');
    assert.equal(made('[]rune(s)', saying('([]rune)(s)', ['r := ([]rune)(s)', 'assign'])), 'XX-05');
    assert.equal(made('[]byte(s)', null), 'MA-02');
    assert.equal(made('[]byte(s)', saying('([]byte)(s)', ['r := ([]byte)(s)', 'assign'])), 'MA-02');
  });
});

describe('an error of an own type', () => {
  const large = { bytesPerOp: { base: 0, head: 32 } };
  const made = (line: string, result: string, value: string, ...steps: Step[]): string =>
    ruleOf(
      `func parse(n int) ${result} {\n\tif n < 0 {\n\t\t${line} // here\n\t}\n\treturn 0, nil\n}`,
      saying(value, [`~r1 ← &{storage for ${value}}`], [value, 'spill'], ...steps),
      large,
    );
  const [value, pointer, both] = ['parseError{...}', '&failure{...}', '(int, error)'];
  it('is an object for each failure, as a pointer or as a value', () => {
    const boxed: Step = [pointer, 'interface-converted'];
    assert.equal(
      made('return 0, parseError{n}', both, value, ['return 0, parseError{...}', 'return']),
      'XX-14',
    );
    assert.equal(
      made('return 0, &failure{n}', both, pointer, boxed, ['return 0, &failure{...}', 'return']),
      'XX-14',
    );
    assert.equal(made('return 0, e', both, 'e', ['return 0, e', 'return']), 'XX-14');
    assert.equal(
      made('q.report(parseError{n})', both, value, ['q, err := q, parseError{...}', 'assign-pair']),
      'XX-14',
    );
    assert.equal(
      made('err = parseError{n}', '(err error)', value, ['err = parseError{...}', 'assign']),
      'XX-14',
    );
  });
  it('is no error where the function returns none, or where it is returned beside one', () => {
    assert.equal(made('return tier{n}', 'pricer', 'tier{...}', ['return tier{...}', 'return']), 'ST-01');
    const item: Step = ['return &item{...}', 'return'];
    assert.notEqual(made('return &item{n}, nil', '(*item, error)', '&item{...}', item), 'XX-14');
    assert.notEqual(made('return &item{n}, err', '(*item, error)', '&item{...}', item), 'XX-14');
  });
});

describe('options in a slice', () => {
  const kept = (elements: string): string =>
    ruleOf(
      `func (c *client) get(n int) {\n\tc.opts = ${elements} // here\n}`,
      saying(
        '[]RequestOption{...}',
        ['[]RequestOption{...}', 'spill'],
        ['c.opts = []RequestOption{...}', 'assign'],
      ),
    );
  it('are built per call, whatever keeps them', () => {
    assert.equal(kept('[]RequestOption{timeout(n), retries(n)}'), 'FO-01');
    assert.equal(kept('[]api.CallOption{x}'), 'FO-01');
    assert.equal(kept('[]func(*request){WithTimeout(n)}'), 'FO-01');
  });
  it('are options by their type or their names', () => {
    assert.notEqual(kept('[]Caption{caption(n)}'), 'FO-01');
    assert.notEqual(kept('[]error{errors.WithStack(err)}'), 'FO-01');
  });
});

describe('a formatted value', () => {
  const number = (line: string, ...callees: string[]): string =>
    ruleOf(
      `func f(n int) string {\n\t${line} // here\n}`,
      saying('a + strconv.Itoa(n)', ['return a + strconv.Itoa(n)', 'return']),
      { callees: callees.map((name) => (name === '' ? [] : [name])) },
    );
  it('that is joined with other text is a part of the join, whichever the profile shows', () => {
    for (const line of [
      'return a + strconv.Itoa(n)',
      'return "a" + strconv.Itoa(f(g(n))) + b',
      'm[a+strconv.Itoa(n)]++',
    ]) {
      for (const callees of [[''], ['strconv.Itoa'], ['', 'strconv.Itoa']]) {
        assert.equal(number(line, ...callees), 'XX-08', `${line}: ${callees.join(', ')}`);
      }
    }
    assert.equal(number('return d + t.Format(time.RFC3339)', 'time.Time.Format'), 'XX-08');
    assert.notEqual(number('m[a+b.String()] = read(r)', 'io.ReadAll'), 'XX-08');
  });
  it('has a form that appends where it stands alone', () => {
    assert.equal(number('return strconv.Itoa(n + 1)', 'strconv.Itoa'), 'XX-05');
    assert.equal(number('return n + 1, strconv.Itoa(n)', 'strconv.Itoa'), 'XX-05');
    assert.equal(number('b = append(b, strconv.Itoa(n)...)', 'strconv.Itoa'), 'XX-05');
    assert.equal(number('use(a + b, strconv.Itoa(n))', 'strconv.Itoa'), 'XX-05');
  });
});

describe('a copy whose address is returned', () => {
  const copied = (base: string, ...steps: Step[]): string =>
    ruleOf(
      'func (c conf) with(n int) *conf {\n\td := c // here\n\td.n = n\n\treturn &d\n}',
      {
        kind: 'moved-to-heap',
        ...saying('d', ['~r0 ← &d'], ['d', 'address-of'], ...steps),
      },
      {},
      base,
    );
  it('could be returned itself', () => {
    assert.equal(
      copied('func (c conf) with(n int) conf {\n\tc.n = n\n\treturn c\n}', ['return &d', 'return']),
      'FA-02',
    );
    assert.equal(copied('', ['return &d', 'return']), 'FA-02');
  });
  it('is stored if it is not only returned', () => {
    assert.equal(copied('', ['kept = &d', 'assign']), 'XX-04');
  });
});

describe('a check that moved into the function that is called', () => {
  const noted = (base: string): string =>
    ruleOf(
      'func (q *queue) put(n int) {\n\tq.note("put %d", n) // here\n}',
      saying(
        'n',
        ['n', 'spill'],
        ['... argument', 'slice-literal-element'],
        ['(*queue).write(q, format, args...)', 'call parameter'],
      ),
      {},
      `func (q *queue) put(n int) {\n\t${base}\n}`,
    );
  it('comes after the operands are boxed', () => {
    assert.equal(noted('if q.verbose {\n\t\tq.write("put %d", n)\n\t}'), 'XX-11');
    assert.equal(noted('q.n = n'), 'MA-08');
  });
});

describe('the address of an object in an error', () => {
  const made = (literal: string, converted = 'interface-converted'): string =>
    ruleOf(
      `func parse(b []byte) (*part, error) {\n\tp := &part{len: len(b)} // here\n\tif len(b) == 0 {\n\t\treturn nil, ${literal.replace('...', 'p')}\n\t}\n\treturn p, nil\n}`,
      saying(
        '&part{...}',
        ['&part{...}', 'spill'],
        ['p := &part{...}', 'assign'],
        [literal, 'struct literal element'],
        [literal, converted],
      ),
    );
  it('is stored with it, in each call', () => {
    for (const one of ['lengthError{...}', '&ErrLength{...}', 'fails.Error{...}'])
      assert.equal(made(one), 'XX-04', one);
  });
  it('is not, if another object has it', () => {
    assert.notEqual(made('record{...}'), 'XX-04');
  });
});

describe('a slice of arguments that a function hands on', () => {
  it('is kept by the function that it is handed to, since that keeps its parameter', () => {
    const kept = (kind: Cause['kind']): string =>
      ruleOf(
        'func f(a, b error) error {\n\treturn join(a, b) // here\n}',
        saying(
          '... argument',
          ['... argument', 'spill'],
          ['errors := ... argument', 'assign-pair'],
          ['fromSlice(errors)', 'call parameter'],
        ),
        {},
        '',
        { kind, file: 'pkg/join.go', line: 3, text: 'fromSlice keeps its parameter', via: [] },
      );
    assert.equal(kept('leaking-param'), 'FO-02');
    assert.notEqual(kept('caller'), 'FO-02');
  });
});

describe('a decoder for each message', () => {
  const made = '\tdec := json.NewDecoder(r)\n';
  const advised = (before: string, call: string, ...callees: string[]): string =>
    adviceOf(`func f(r io.Reader) {\n${before}\tx, err := ${call} // here\n\tuse(x, err)\n}`, {
      callees: [callees],
    });
  const decoded = ['encoding/json.(*Decoder).Decode', 'encoding/json.(*Decoder).refill'];
  it('is told of as a decoder', () => {
    assert.match(
      advised('', 'json.NewDecoder(r)', 'encoding/json.NewDecoder'),
      /^Make one decoder per stream/u,
    );
    assert.match(advised(made, 'dec.Decode(&v)', ...decoded), /^Make one decoder per stream/u);
    assert.match(
      advised('', 'gob.NewDecoder(r).Decode(&v)', 'encoding/gob.(*Decoder).Decode'),
      /^Make one decoder/u,
    );
  });
  it('is told of with its tokens, which are copied', () => {
    const token = 'encoding/json.(*Decoder).Token';
    assert.match(advised(made, 'dec.Token()', token, ...decoded), /`Token` returns every token/u);
    assert.match(
      advised('', 'xml.NewDecoder(r).Token()', 'encoding/xml.(*Decoder).Token'),
      /`Token` returns/u,
    );
  });
  it('is not told of an encoder', () => {
    const encoder = '\tenc := json.NewEncoder(w)\n';
    assert.match(advised(encoder, 'enc.Encode(v)', 'encoding/json.(*Encoder).Encode'), /^Make one encoder/u);
    assert.match(advised('', 'json.Marshal(v)', 'encoding/json.Marshal'), /^Make one encoder/u);
  });
});

describe('a function of the standard library or of a known module', () => {
  const rule = (call: string, ...callees: string[]): string =>
    ruleOf(`func f(s string) {\n\tx := ${call} // here\n\tuse(x)\n}`, null, { callees: [callees] });
  it('has the exercise of what it makes', () => {
    const cases: [expected: string, call: string, callee: string][] = [
      ['MA-03', 'buf.String()', 'bytes.(*Buffer).String'],
      ['MA-05', 'slices.Insert(a, 0, b)', 'slices.Insert[go.shape.[]int,go.shape.int]'],
      ['MA-11', 'gzip.NewWriter(w)', 'compress/gzip.NewWriter'],
      ['MA-11', 'proto.Marshal(m)', 'google.golang.org/protobuf/proto.Marshal'],
      ['XX-05', 'slices.Concat(a, b)', 'slices.Concat[go.shape.[]int,go.shape.int]'],
      ['XX-05', 'r.URL.Query()', 'net/url.(*URL).Query'],
      ['XX-05', 'r.FormValue("id")', 'net/http.(*Request).FormValue'],
      ['XX-05', 'read(name)', 'os.ReadFile'],
      ['XX-05', 'r.Read()', 'encoding/csv.(*Reader).Read'],
      ['XX-08', 'filepath.Join(a, b)', 'path/filepath.Join'],
      ['XX-08', 'net.JoinHostPort(h, p)', 'net.JoinHostPort'],
      ['XX-12', 'r.WithContext(ctx)', 'net/http.(*Request).WithContext'],
      ['XX-12', 'context.AfterFunc(ctx, f)', 'context.AfterFunc'],
      ['XX-13', 'd.newHash()', 'crypto/sha256.New'],
      ['XX-13', 'aes.NewCipher(key)', 'crypto/aes.NewCipher'],
      ['XX-14', 'number(s)', 'strconv.ParseInt'],
      ['XX-16', 'r.Header.Clone()', 'net/http.Header.Clone'],
      ['XX-17', 'rand.New(rand.NewSource(n))', 'math/rand.NewSource'],
    ];
    for (const [expected, call, callee] of cases) assert.equal(rule(call, callee), expected, call);
  });
  it('is no other function of the same name', () => {
    const others = [
      'example.com/m/slices.Concat',
      'example.com/m/db.(*Rows).Query',
      'example.com/m/aes.NewCipher',
      'example.com/m/path.Join',
      'example.com/m/strconv.ParseInt',
    ];
    for (const callee of others) assert.equal(rule('call(s)', callee), 'XX-01', callee);
    assert.equal(rule('call(s)', 'example.com/m/own.Load', 'os.ReadFile'), 'XX-01', 'called by another');
  });
});

describe('a value that a loop converts', () => {
  const boxed = (value: string, call: string, before = ''): string =>
    ruleOf(
      `func (l *ledger) book(unit cents, all []int64) {\n\tfor _, a := range all {\n\t\t${before}${call} // here\n\t}\n}`,
      saying(value, [value, 'spill'], [`l, s, n := l, ${value}, a`, 'assign-pair'], ['l.last = s', 'assign']),
    );
  it('is the same each time if the loop does not change it, wherever it is among the arguments', () => {
    assert.equal(boxed('unit', 'l.note(unit, a)'), 'ST-02');
    assert.equal(boxed('unit', 'l.note(a, unit)'), 'ST-02');
    assert.notEqual(boxed('a', 'l.note(unit, a)'), 'ST-02', 'another argument');
    assert.notEqual(boxed('unit', 'l.note(unit, a)', 'unit++; '), 'ST-02');
  });
});

describe('bytes with a name of their own', () => {
  const stored = (conversion: string): string =>
    ruleOf(
      `type payload []byte\ntype count int\n\nfunc (f *feed) push(s string) {\n\tf.body = ${conversion} // here\n}`,
      saying(conversion, [conversion, 'spill'], [`f.body = ${conversion}`, 'assign']),
    );
  it('are a conversion of the string', () => {
    assert.equal(stored('json.RawMessage(s)'), 'MA-02');
    assert.equal(stored('payload(s)'), 'MA-02');
    assert.equal(stored('count(s)'), 'FC-03');
  });
});

describe('an error that a constructor makes', () => {
  const text =
    'package pkg\n\nfunc New(n int, text string) error {\n\treturn &fault{n, text}\n}\n\nfunc check(n int) (int, error) {\n\treturn 0, CALL\n}\n';
  const at = (call: string): string | undefined => {
    const callers = [
      { function: 'example.com/m/pkg.check', position: { file, line: 8, column: 0 }, inlines: true },
    ];
    const site = makeSite(4, 1, { function: 'example.com/m/fault.New', callers });
    const said = saying(
      '&fault{...}',
      ['&fault{...}', 'interface-converted'],
      ['return &fault{...}', 'return'],
    );
    const [finding] = match({
      rules,
      deltas: [makeDelta('BenchmarkA', 1, [site])],
      diff: [],
      readHead: (path) => (path === file ? text.replace('CALL', call) : null),
      headDecisions: [makeEscape(4, said).decision],
      causeOf: () => ({ kind: 'flow', file, line: 8, text: 'New', via: [] }),
    });
    return finding?.ruleId;
  };
  it('is always the same if it is called with constants', () => {
    assert.equal(at('fault.New(7, "out of range")'), 'MA-15');
    assert.equal(at('fault.New(n, "out of range")'), 'XX-14');
    assert.equal(at('fault.New(7, text)'), 'XX-14');
  });
});
