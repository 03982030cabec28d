import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cause } from '../../src/compare/cause.ts';
import type { Finding } from '../../src/rules/types.ts';
import { brief, file, general, makeDelta, makeEscape, makeRule, makeSite, match } from './match-input.ts';

const because = (line: number): Cause => ({ kind: 'caller', file, line, text: 'Handle', via: [] });

/** A finding's lines, then what it costs its benchmarks. */
const places = ({ places: lines, benchmarks }: Finding): string =>
  [
    ...lines.map(({ line }) => line),
    ...benchmarks.map(({ name, addedObjects }) => `${name}+${addedObjects}`),
  ].join(' ');

describe('one finding for one cause', () => {
  it('adds up the lines and benchmarks of one rule and cause, the costliest line first', () => {
    const deltas = [makeDelta('A', 5, [makeSite(6, 1), makeSite(9, 4)]), makeDelta('B', 2, [makeSite(6, 2)])];
    const findings = match({ deltas, causeOf: () => because(4) });
    assert.deepEqual(brief(findings), ['XX-01 proven pkg/x.go:9']);
    assert.deepEqual(findings.map(places), ['9 6 A+5 B+2']);
  });

  it('leaves out what the compiler says again of the callers that a changed line was inlined into', () => {
    const general4 = makeRule('MA-08', { matches: [{ on: ['decision'] }] });
    const only4 = makeRule('MA-01', {
      specificity: 60,
      matches: [{ on: ['decision'], code: '(short_var_declaration) @site' }],
    });
    const rulesOf = (kind: Cause['kind'], expression: string): string[] => {
      const inlined: Cause = { kind: 'function', file, line: 4, text: 'key', via: [] };
      const escapes = [makeEscape(4), makeEscape(8, { expression })];
      const causeOf = (place: { line: number }) => (place.line === 8 ? { ...inlined, kind } : null);
      return brief(match({ rules: [general4, only4, general], escapes, causeOf }));
    };
    assert.deepEqual(rulesOf('function', 'name'), ['MA-01 possible pkg/x.go:4']);
    const both = ['MA-01 possible pkg/x.go:4', 'MA-08 possible pkg/x.go:8'];
    assert.deepEqual(rulesOf('function', 'other'), both);
    assert.deepEqual(rulesOf('leaking-param', 'name'), both);
  });

  it('keeps rules apart, and causes, and lines that are their own cause', () => {
    const deltas = [makeDelta('A', 9, [makeSite(4, 4), makeSite(6, 3), makeSite(9, 2)])];
    const appends = makeRule('MA-05', {
      matches: [{ code: '((call_expression function: (identifier) @f) @site (#eq? @f "append"))' }],
    });
    const findings = match({ rules: [appends, general], deltas, causeOf: () => because(4) });
    assert.deepEqual(brief(findings), ['XX-01 proven pkg/x.go:4', 'MA-05 proven pkg/x.go:6']);
    assert.deepEqual(findings.map(places), ['4 9 A+6', '6 A+3']);
    assert.equal(match({ deltas }).length, 3);
  });

  it('gives a line that several changes reach a finding for each of them', () => {
    const reachedFrom = (line: number) => ({
      callers: [{ function: 'm.F', position: { file, line, column: 0 }, inlines: false }],
    });
    const deltas = [
      makeDelta('A', 1, [makeSite(6, 1, reachedFrom(4))]),
      makeDelta('B', 2, [makeSite(6, 2, reachedFrom(10))]),
    ];
    const findings = match({
      deltas,
      causeOf: (place) =>
        because((place.kind === 'site' && place.uses[0]?.site.callers[0]?.position?.line) || 0),
    });
    assert.deepEqual(
      findings.map(({ cause }) => cause?.line ?? 0).toSorted((a, b) => a - b),
      [4, 10],
    );
    assert.deepEqual(findings.map(places).sort(), ['6 A+1', '6 B+2']);
    assert.equal(new Set(findings.map(({ id }) => id)).size, 2);
  });

  it('takes in what is merely possible of the same rule and cause', () => {
    const deltas = [makeDelta('A', 1, [makeSite(6, 1)])];
    const rule = makeRule('MA-08', {});
    const findings = match({
      rules: [rule],
      deltas,
      escapes: [makeEscape(8), makeEscape(9)],
      causeOf: () => because(4),
    });
    assert.deepEqual(findings.map(places), ['6 8 9 A+1']);
    const possible = match({
      rules: [rule],
      escapes: [makeEscape(8), makeEscape(9)],
      causeOf: () => because(4),
    });
    assert.deepEqual(possible.map(places), ['8 9']);
  });

  it('takes in what is merely possible because of the same changed line, whatever the rule', () => {
    const assigned = makeRule('MA-01', {
      specificity: 60,
      matches: [{ on: ['decision'], code: '(short_var_declaration) @site' }],
    });
    const deltas = [makeDelta('A', 1, [makeSite(6, 1)])];
    const tell = (measured: Cause | null, possible: Cause | null): string[] =>
      match({
        rules: [assigned, makeRule('MA-08', { matches: [{ on: ['site'] }] })],
        deltas,
        escapes: [makeEscape(4)],
        causeOf: ({ kind }) => (kind === 'site' ? measured : possible),
      }).map((one) => [one.ruleId, places(one), ...one.alternatives].join(' '));
    const one = ['MA-08 6 4 A+1 MA-01'];
    assert.deepEqual(tell(because(9), because(9)), one);
    assert.deepEqual(tell(because(4), null), one, 'it is the changed line itself');
    assert.deepEqual(tell(null, because(6)), one, 'the measured line is');
    const two = ['MA-08 6 A+1', 'MA-01 4'];
    assert.deepEqual(tell(because(9), because(8)), two);
    assert.deepEqual(tell(null, null), two);
    assert.deepEqual(tell(because(9), null), two);
  });

  it('names the other rules that fit any of its lines', () => {
    const main = makeRule('MA-01', { specificity: 60 });
    const other = makeRule('MA-05', {
      matches: [{ code: '((call_expression function: (identifier) @f) @site (#eq? @f "append"))' }],
    });
    const deltas = [makeDelta('A', 3, [makeSite(6, 1), makeSite(9, 2)])];
    const [finding] = match({ rules: [main, other, general], deltas, causeOf: () => because(4) });
    assert.deepEqual([finding?.line, finding?.alternatives], [9, ['MA-05']]);
  });

  it('is what a closure takes to the heap with it', () => {
    const rule = makeRule('MA-07', {});
    const at = (line: number) => ({ file, line, column: 0 });
    const step = (line: number, reason: string) => ({ text: 'x', reason, position: at(line) });
    const literal = makeEscape(8, { expression: 'func literal', flow: [] });
    const lines = (captured: number, called: number, closure = literal, rules = [rule]): string[] => {
      const escapes = [
        makeEscape(4, { expression: 'make([]int, n)', flow: [step(captured, 'captured by a closure')] }),
        makeEscape(6, { kind: 'moved-to-heap', expression: 'wg', flow: [step(called, 'call parameter')] }),
        closure,
      ];
      const deltas = [makeDelta('A', 6, [makeSite(4, 3), makeSite(6, 1), makeSite(8, 2)])];
      return match({ rules, deltas, escapes }).map(places);
    };
    assert.deepEqual(lines(9, 8), ['8 4 6 A+6']);
    assert.deepEqual(lines(5, 8), ['4 A+3', '8 6 A+3'], 'captured above the closure');
    assert.deepEqual(lines(9, 9), ['6 A+1', '8 4 A+5'], 'passed to another call');
    const returned = makeRule('FA-05', {
      specificity: 60,
      matches: [{ decision: { kind: 'escapes-to-heap', expression: '^func' } }],
    });
    assert.deepEqual(lines(9, 8, literal, [returned, rule]), ['8 4 6 A+6'], 'which fits the closure, too');
    const shared = makeRule('FO-03', {
      specificity: 60,
      matches: [{ decision: { kind: 'moved-to-heap' } }],
    });
    assert.deepEqual(lines(9, 8, literal, [shared, rule]), ['6 A+1', '8 4 A+5'], 'with its own exercise');
    const guard = (called: number): string[] => {
      const flow = [{ text: '(*sync.WaitGroup).Add(wg, 1)', reason: 'call parameter', position: at(called) }];
      const escapes = [makeEscape(6, { kind: 'moved-to-heap', expression: 'wg', flow }), literal];
      const deltas = [makeDelta('A', 3, [makeSite(6, 1), makeSite(8, 2)])];
      return match({ rules: [rule], deltas, escapes }).map(places);
    };
    assert.deepEqual([guard(7), guard(10)], [['8 6 A+3'], ['8 6 A+3']], 'what goroutines share');
    const other = makeEscape(8, { expression: 'name', flow: [] });
    assert.deepEqual(lines(9, 8, other), ['4 A+3', '6 A+1', '8 A+2'], 'no closure');
  });

  it('is a loop over a function, with the closure that the function returns', () => {
    const body = makeRule('MA-07', { matches: [{ decision: { kind: 'escapes-to-heap', flow: '^#yield' } }] });
    const closure = makeRule('ST-04', { specificity: 20 });
    const step = (text: string) => ({ text, reason: null, position: null });
    const literal = (line: number, to: string) =>
      makeEscape(line, { expression: 'func literal', flow: [step(`${to} ← &{storage for func literal}`)] });
    const find = (to: string, causeLine: number): string[] => {
      const findings = match({
        rules: [body, closure],
        escapes: [literal(4, '~r0'), literal(8, to)],
        deltas: [makeDelta('A', 3, [makeSite(4, 1), makeSite(8, 2)])],
        causeOf: ({ line }) => (line === 4 ? because(causeLine) : null),
      });
      return findings.map((one) => [one.ruleId, places(one), ...one.alternatives].join(' '));
    };
    assert.deepEqual(find('#yield1', 8), ['MA-07 8 4 A+3 ST-04']);
    assert.deepEqual(find('#yield1', 9), ['ST-04 4 A+1', 'MA-07 8 A+2 ST-04'], 'another cause');
    assert.deepEqual(find('keep', 8), ['ST-04 8 4 A+3'], 'no loop');
  });

  it('has the same name when another line of the same cause joins it', () => {
    const idOf = (...lines: number[]): string | undefined =>
      match({
        deltas: [
          makeDelta(
            'A',
            3,
            lines.map((line) => makeSite(line, 1)),
          ),
        ],
        causeOf: () => because(4),
      })[0]?.id;
    assert.equal(idOf(6), idOf(6, 9));
    assert.equal(idOf(9), idOf(6, 9));
  });
});

describe('what no benchmark runs', () => {
  const isBenchmarked = () => false;
  const changed = makeEscape(4, { flipped: false });

  it('is possible on a changed line of a function that base has too, under the general rule if under no other', () => {
    const find = (part: Parameters<typeof match>[0]): string[] =>
      brief(match({ escapes: [changed], isBenchmarked, ...part }));
    assert.deepEqual(find({}), ['XX-01 possible pkg/x.go:4']);
    assert.deepEqual(find({ isBenchmarked: () => true }), []);
    assert.deepEqual(find({ readBase: () => 'package pkg\n' }), [], 'a new function');
  });

  it('is one finding for each function, whatever its lines', () => {
    const escapes = [changed, makeEscape(10, { flipped: false })];
    assert.deepEqual(match({ escapes, isBenchmarked }).map(places), ['4 10']);
  });

  const texts = {
    'runs once per process': 'package p\n\nfunc init() {\n\tx = &T{}\n}\n',
    'is a variable of the package': 'package p\n\n\nvar x = &T{}\n',
    'is made by sync.Once': 'package p\n\nfunc F() { once.Do(func() {\n\tx = &T{}\n}) }\n',
    'is made by sync.OnceValue':
      'package p\n\nfunc F() { f := sync.OnceValue(func() any {\n\treturn &T{}\n}); f() }\n',
    'helps tests': 'package p\n\nfunc F() {\n\tx = &T{}\n}\n\nimport "testing"\n',
    'is called by nobody': 'package p\n\nfunc f() {\n\tx = &T{}\n}\n',
  };
  for (const [what, text] of Object.entries(texts)) {
    it(`is not a finding where it ${what}`, () => {
      const rules = [makeRule('MA-08', {})];
      const filesIn = () => [file];
      const find = (readHead: () => string): string[] =>
        brief(match({ rules, escapes: [makeEscape(4)], filesIn, readHead }));
      assert.deepEqual(
        find(() => text),
        [],
      );
      assert.deepEqual(
        find(() => 'package p\n\nfunc F() {\n\tx = &T{}\n}\n'),
        ['MA-08 possible pkg/x.go:4'],
      );
    });
  }
});

describe('an unexported function that only tests call', () => {
  it('is in use where a benchmark runs it', () => {
    const readHead = () => 'package p\n\nfunc f() {\n\tx = &T{}\n}\n';
    const part = {
      rules: [makeRule('MA-08', {})],
      escapes: [makeEscape(4)],
      filesIn: () => [file],
      readHead,
    };
    assert.deepEqual(brief(match({ ...part, isBenchmarked: () => true })), ['MA-08 possible pkg/x.go:4']);
    assert.deepEqual(brief(match({ ...part, isBenchmarked: () => false })), []);
  });
});

describe('what takes no memory', () => {
  const boxed = makeRule('MA-08', { matches: [{ decision: { kind: 'escapes-to-heap' } }] });

  it('is never quoted: constants, and what is made for a panic alone', () => {
    const step = (text: string) => ({ text, reason: 'call parameter', position: null });
    const escapes = [
      makeEscape(8, { expression: '"nil context"' }),
      makeEscape(8, { expression: 'fmt.Sprint(name)', flow: [step('panic(fmt.Sprint(name))')] }),
    ];
    assert.deepEqual(match({ rules: [boxed], escapes }), []);
    const deltas = [makeDelta('A', 1, [makeSite(8, 1)])];
    assert.equal(match({ deltas, escapes })[0]?.decision, null);
    const own = makeEscape(8, { expression: 'new(Server)' });
    assert.equal(match({ deltas, escapes: [...escapes, own] })[0]?.decision?.expression, 'new(Server)');
  });

  it('comes after what is written on the line, where a function was inlined into it', () => {
    const escapes = [makeEscape(8, { expression: '&errorString{...}' }), makeEscape(8)];
    const quote = (callees: string[][]) =>
      match({
        deltas: [makeDelta('A', 1, [makeSite(8, 1, { callees })])],
        escapes: escapes.slice(0, callees.length),
      })[0]?.decision?.expression;
    assert.equal(quote([[], ['fmt.Errorf']]), 'name');
    assert.equal(quote([['fmt.Errorf']]), undefined, 'what only a call allocates');
  });
});

describe('the line that newly calls', () => {
  const callers = [
    {
      function: 'example.com/m/pkg.(*Server).Handle',
      position: { file, line: 8, column: 0 },
      inlines: false,
    },
  ];
  const helper = makeSite(3, 1, {
    position: { file: 'pkg/box.go', line: 3, column: 0 },
    function: 'example.com/m/pkg.box',
    callees: [['json.Marshal']],
    callers,
  });
  const called = makeRule('MA-11', { matches: [{ on: ['site'], called: 'pkg\\.box$', callee: '^json\\.' }] });
  const find = (causeLine: number, rules = [called, general]): string[] =>
    brief(match({ rules, deltas: [makeDelta('A', 1, [helper])], causeOf: () => because(causeLine) }));

  it('is asked for a rule where only the general one fits the line that allocates', () => {
    assert.deepEqual(find(8), ['MA-11 proven pkg/box.go:3']);
    assert.deepEqual(find(4), ['XX-01 proven pkg/box.go:3'], 'which is not on the way');
  });

  it('is not asked where a rule fits the line that allocates', () => {
    const own = makeRule('MA-12', { specificity: 1, matches: [{ on: ['site'], called: '^json' }] });
    assert.deepEqual(find(8, [called, own, general]), ['MA-12 proven pkg/box.go:3']);
  });

  it('knows better than the compiler’s reason alone, if it knows what changed there', () => {
    const own = (specificity: number) =>
      makeRule('MA-12', { specificity, matches: [{ on: ['site'], called: '^json' }] });
    const lost = makeRule('FA-07', { specificity: 82, matches: [{ on: ['site'], called: 'pkg\\.box$' }] });
    assert.deepEqual(find(8, [lost, own(22), general]), ['FA-07 proven pkg/box.go:3']);
    assert.deepEqual(find(8, [lost, own(45), general]), ['MA-12 proven pkg/box.go:3']);
  });
});
