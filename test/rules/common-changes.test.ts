import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadRules } from '../../src/review/rule-files.ts';
import type { Cause, CauseKind } from '../../src/compare/cause.ts';
import { type EscapePart, file, makeDelta, makeEscape, makeSite, match } from './match-input.ts';
import { ruleOf, saying, type Said, type Step } from './one-change.ts';

const { rules } = await loadRules();

describe('an attribute of a log message', () => {
  const attribute = (...steps: Step[]): string => boxed(['slog.value ← &{storage for p}'], ...steps);
  const boxed = (...steps: Step[]): string =>
    ruleOf(
      'func f(p point) {\n\tlog.LogAttrs(ctx, slog.LevelDebug, "step", slog.Any("p", p)) // here\n}',
      saying('p', ...steps),
      { bytesPerOp: { base: 0, head: 24 } },
    );
  it('is boxed, and no field of an object that is kept', () => {
    const field: Step = ['slog.Attr{...}', 'struct literal element'];
    assert.equal(attribute(field, ['... argument', 'slice-literal-element']), 'MA-08');
    assert.equal(attribute(field, ['slog.AnyValue(slog.value)', 'call parameter']), 'MA-08');
    assert.equal(boxed(['{heap} ← &{storage for p}'], ['facade{...}', 'struct literal element']), 'FC-03');
  });
});

describe('an option', () => {
  const made = (loop: string, base: string): string =>
    ruleOf(
      `func New(opts ...Option) *C {\n\tc := &C{} // here\n\t${loop}\n\treturn c\n}`,
      saying('&C{}', ['c := &C{}', 'assign'], ['o(c)', 'call parameter']),
      {},
      base,
    );
  const before = 'func New(n int) *C {\n\treturn &C{n}\n}';
  it('gets a pointer to what the constructor makes', () => {
    assert.equal(made('for _, o := range opts { o(c) }', before), 'FO-04');
    assert.equal(made('for _, opt := range opts {\n\t\topt.apply(c)\n\t}', before), 'FO-04');
  });
  it('did so before, or is a hook of another kind', () => {
    const looped = 'func New(opts ...Option) *C {\n\tfor _, o := range opts { o(c) }\n\treturn c\n}';
    assert.notEqual(made('for _, o := range opts { o(c) }', looped), 'FO-04');
    assert.notEqual(made('hook(c)', before), 'FO-04');
  });
});

describe('a line of package log', () => {
  it('is formatted for each call', () => {
    const boxed: Step = ['log.l, log.format, log.v := lg, "%s: %d", ... argument', 'assign-pair'];
    const said = saying('k', ['k', 'spill'], boxed, [
      'fmt.Appendf(log.b, log.format, log.v...)',
      'call parameter',
    ]);
    assert.equal(ruleOf('func f(k string) {\n\tlg.Printf("%s: %d", k, 1) // here\n}', said), 'FC-02');
    const other = saying('k', ['k', 'spill'], ['own.v := ... argument', 'assign-pair']);
    assert.notEqual(ruleOf('func f(k string) {\n\tlg.Printf("%s: %d", k, 1) // here\n}', other), 'FC-02');
  });
});

describe('a logger that is derived for a call', () => {
  const derived = (call: string, callee: string): string =>
    ruleOf(`func (h *handler) do(id int) {\n\tl := ${call} // here\n\tuse(l)\n}`, null, {
      callees: [[callee]],
    });
  it('formats its attributes whether something is logged or not', () => {
    assert.equal(derived('h.log.With("id", id)', 'log/slog.(*Logger).With'), 'FC-02');
    assert.equal(derived('h.log.With(zap.Int("id", id))', 'go.uber.org/zap.(*Logger).With'), 'FC-02');
    assert.equal(
      derived('h.log.WithField("id", id)', 'github.com/sirupsen/logrus.(*Entry).WithField'),
      'FC-02',
    );
    const labelled = 'github.com/prometheus/client_golang/prometheus.(*CounterVec).WithLabelValues';
    assert.equal(derived('h.hits.WithLabelValues(name)', labelled), 'FC-02');
  });
  it('is no other object that is derived', () => {
    assert.equal(derived('h.opts.With("id", id)', 'example.com/m/opts.(*Set).With'), 'XX-01');
  });
});

describe('a list of errors', () => {
  const append = (name: string, base = ''): string =>
    ruleOf(
      `func f(n int) error {\n\tvar ${name} []error\n\tif n < 0 {\n\t\t${name} = append(${name}, errNegative) // here\n\t}\n\treturn errors.Join(${name}...)\n}`,
      null,
      {},
      base,
    );
  it('is what is joined', () => {
    for (const name of ['errs', 'errors', 'parseErrs']) assert.equal(append(name), 'XX-14', name);
  });
  it('is any other append if it has another name, or if base had it', () => {
    assert.equal(append('names'), 'MA-05');
    assert.equal(append('errs', 'func f() {\n\terrs = append(errs, errNegative)\n}'), 'MA-05');
  });
});

describe('the address of a new object', () => {
  const rule = (code: string, ...steps: Step[]): string =>
    ruleOf(
      `func (q *queue) put(k int) *item {\n\t${code} // here\n}`,
      saying('&item{...}', ['&item{...}', 'spill'], ...steps),
    );
  it('outlives the call in a channel or a field', () => {
    assert.equal(rule('q.ch <- &item{k}', ['q.ch <- (&item{...})', 'send']), 'XX-04');
    assert.equal(rule('q.head = &item{k}', ['q.head = &item{...}', 'assign']), 'XX-04');
  });
  it('is returned instead of a value', () => {
    assert.equal(rule('return &item{k, 1}', ['return &item{...}', 'return']), 'FA-02');
    assert.equal(rule('it := &item{k, 1}', ['it := &item{...}', 'assign'], ['return it', 'return']), 'FA-02');
  });
  it('is nothing new where the line only runs more often', () => {
    const text = 'package pkg\n\nfunc (s *shop) open() {\n\ts.last = &prices{1}\n}\n';
    const steps: Step[] = [
      ['&prices{...}', 'spill'],
      ['s.last = &prices{...}', 'assign'],
    ];
    const { decision } = makeEscape(4, saying('&prices{...}', ...steps));
    const [finding] = match({
      rules,
      diff: [],
      deltas: [makeDelta('BenchmarkA', 3, [makeSite(4, 3, { objectsPerOp: { base: 1, head: 4 } })])],
      readHead: (path) => (path === file ? text : null),
      headDecisions: [decision],
      causeOf: () => ({ kind: 'call-count', file, line: 9, text: 's.open()', via: [] }),
    });
    assert.equal(finding?.ruleId, 'XX-19');
  });
  it('has no rule of its own if a call keeps it', () => {
    assert.equal(rule('keep(&item{k})', ['keep(&item{...})', 'call parameter']), 'XX-01');
  });
});

describe('a line of a benchmark that head does not have', () => {
  const rule = (kind: CauseKind, part: EscapePart, ...steps: Step[]): string | undefined => {
    const { decision } = makeEscape(9, { ...saying('... argument', ...steps), ...part });
    const cause: Cause = { kind, file, line: 4, text: 'keep', via: [] };
    const known = { decision, cause, code: 'keep(one, two)' };
    const site = { ...makeSite(4, 1, { callees: [[]] }), known };
    const deltas = [{ ...makeDelta('BenchmarkA', 1, []), sites: [site] }];
    return match({ rules, deltas })[0]?.ruleId;
  };
  const passed: Step = ['keep(... argument...)', 'call parameter'];
  it('makes the slice of a variadic call, which the callee keeps', () => {
    assert.equal(rule('leaking-param', {}, passed), 'FO-02');
    assert.equal(rule('leaking-param', {}, ['lib.keep(... argument...)', 'call parameter']), 'FO-02');
    // The callee is inlined there.
    assert.equal(rule('function', {}, ['kept = items', 'assign']), 'FO-02');
    assert.equal(rule('flow', {}, ['list{...}', 'struct literal element']), 'FO-02');
  });
  it('does nothing more often: its value is newly on the heap', () => {
    for (const kind of ['function', 'flow', 'leaking-param'] as const) {
      for (const [expression, ...step] of [
        ['make([]int, n)', 'keep(items)', 'call parameter'],
        ['func literal', 'keep(func literal)', 'call parameter'],
        ['&item{...}', 'keep(&item{...})', 'call parameter'],
        ['x', 'keep(x)', 'interface-converted'],
      ] as const)
        assert.notEqual(rule(kind, { expression }, [...step]), 'XX-19', `${kind}: ${expression}`);
    }
    const moved = { kind: 'moved-to-heap', expression: 'x' } as const;
    assert.equal(rule('function', moved, ['&x', 'address-of'], ['keep(&x)', 'call parameter']), 'XX-04');
  });
});

describe('a value that a contract keeps off the heap', () => {
  it('has the rule that it would have in a benchmark', () => {
    const text = 'package pkg\n\nfunc (t *tally) add(v int) {\n\tx := v\n\tt.last = &x\n}\n';
    const steps: Step[] = [['t.last ← &x'], ['&x', 'address-of'], ['t.last = &x', 'assign']];
    const moved = makeEscape(4, { ...saying('x', ...steps), kind: 'moved-to-heap' });
    const found = match({
      rules,
      diff: [],
      readHead: (path) => (path === file ? text : null),
      escapes: [moved],
      forbidden: new Set([moved.decision]),
    });
    assert.deepEqual(
      found.map(({ ruleId, line }) => `${ruleId} ${line}`),
      ['XX-04 4'],
    );
  });
});

describe('what a closure refers to', () => {
  const go = (line: string, said: Said): string =>
    ruleOf(
      `func f(parts []part) {\n\t${line} // here\n\tfor _, p := range parts {\n\t\twg.Go(func() { sizes[p.id] = p.size() })\n\t}\n\twg.Wait()\n}`,
      said,
    );
  it('is on the heap with it', () => {
    const made = 'make([]int, len(parts))';
    const captured: Step = ['sizes', 'captured by a closure'];
    assert.equal(go(`sizes := ${made}`, saying(made, [made, 'spill'], captured)), 'MA-07');
  });
  it('is also the group that starts it', () => {
    const called: Step = ['(*sync.WaitGroup).Go(wg, func literal)', 'call parameter'];
    const moved = { ...saying('wg', ['wg', 'address-of'], called), kind: 'moved-to-heap' as const };
    assert.equal(go('var wg sync.WaitGroup', moved), 'MA-07');
  });
});

describe('a call of the standard library that hides what it makes', () => {
  const calling = (call: string, ...callees: string[]): string =>
    ruleOf(`func f(s string) {\n\t${call} // here\n}`, null, { callees: [callees] });
  it('pulls from an iterator', () => {
    assert.equal(calling('next, stop := iter.Pull(seq)', 'iter.Pull[go.shape.int]'), 'XX-05');
    assert.equal(calling('next, stop := iter.Pull2(seq)', 'iter.Pull2[go.shape.int,go.shape.int]'), 'XX-05');
  });
  it('copies a string for a writer of bytes', () => {
    assert.equal(calling('io.WriteString(w, s)', 'io.WriteString'), 'MA-02');
    const inside = 'bufio.(*Writer).WriteString';
    assert.equal(calling('w.WriteString(s)', inside), 'XX-01', 'the writer itself may allocate');
  });
  it('makes an element of a list', () => {
    assert.equal(calling('q.PushBack(s)', 'container/list.(*List).PushBack'), 'XX-05');
  });
  it('uses a replacer for the first time', () => {
    const building = ['sync.(*Once).doSlow', 'strings.(*Replacer).buildOnce', 'strings.(*Replacer).build'];
    assert.equal(calling('out := r.Replace(s)', 'strings.(*Replacer).Replace', ...building), 'XX-17');
    assert.notEqual(calling('out := r.Replace(s)', 'strings.(*Replacer).Replace'), 'XX-17');
  });
});

describe('a timer outside loops', () => {
  const timer = (call: string, callee: string): string =>
    ruleOf(
      `func (s *server) take() {\n\tselect {\n\tcase <-${call}: // here\n\tcase <-s.work:\n\t}\n}`,
      null,
      { callees: [[callee]] },
    );
  it('is made for each call', () => {
    assert.equal(timer('time.After(s.wait)', 'time.After'), 'MA-10');
    assert.equal(timer('time.NewTimer(s.wait).C', 'time.NewTimer'), 'MA-10');
  });
});

describe('a document', () => {
  const decode = (inner: string): string =>
    ruleOf('func f(b []byte) {\n\tvar doc any\n\tjson.Unmarshal(b, &doc) // here\n}', null, {
      callees: [['encoding/json.Unmarshal', 'encoding/json.(*decodeState).value', inner]],
    });
  it('is boxed piece by piece, if its type is not known', () => {
    assert.equal(decode('encoding/json.(*decodeState).objectInterface'), 'MA-08');
    assert.notEqual(decode('encoding/json.(*decodeState).object'), 'MA-08');
  });
});

describe('a line that makes an object and its buffer', () => {
  const quoted = (cause: string): string | undefined => {
    const text = 'package pkg\n\nfunc f() *buf {\n\treturn &buf{b: make([]byte, 0, initial), id: id}\n}\n';
    const standing = ['&buf{...}', 'make([]byte, 0, 256)'].map((expression) => makeEscape(4, { expression }));
    const [finding] = match({
      rules,
      deltas: [
        makeDelta('BenchmarkA', 0, [
          makeSite(4, 2, { objectsPerOp: { base: 2, head: 2 }, bytesPerOp: { base: 88, head: 280 } }),
        ]),
      ].map((delta) => ({ ...delta, bytesPerOp: { base: 88, head: 280, delta: 192 } })),
      diff: [],
      readHead: (path) => (path === file ? text : null),
      headDecisions: standing.map(({ decision }) => decision),
      causeOf: () => ({ kind: 'size-grown', file, line: 9, text: cause, via: [] }),
    });
    assert.equal(finding?.ruleId, 'XX-15');
    return finding?.decision?.expression;
  };
  it('is quoted by what grew', () => {
    assert.equal(quoted('const initial = 256'), 'make([]byte, 0, 256)');
    assert.equal(quoted('initial = 1 << 8'), 'make([]byte, 0, 256)');
    assert.equal(quoted('id [32]byte'), '&buf{...}');
  });
});
