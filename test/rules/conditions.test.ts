import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EscapeChange, SiteChange, TreeDiff } from '../../src/compare/types.ts';
import { type Condition, type Rule, ruleSchema } from '../../src/rules/schema.ts';
import {
  base,
  briefMatch,
  file,
  general,
  head,
  makeDelta,
  makeEscape,
  makeRule,
  makeSite,
  match,
  type MatchPart,
} from './match-input.ts';

/** Adds the keys that are asked for to `asked`. */
const watch = (condition: Condition, asked: Set<string>): Condition =>
  new Proxy(condition, {
    get(target, key): unknown {
      asked.add(String(key));
      return Reflect.get(target, key);
    },
  });

describe('the conditions of a rule', () => {
  it('are tested, whatever key the schema has', () => {
    const asked = new Set<string>();
    const rule = makeRule('MA-01', { matches: [{ code: '(call_expression) @site', advice: 'reuse it' }] });
    const watched = { ...rule, matches: rule.matches.map((condition) => watch(condition, asked)) };
    const found = match({ rules: [watched, general], deltas: [makeDelta('B', 1, [makeSite(4, 1)])] });
    assert.deepEqual(
      found.map(({ ruleId }) => ruleId),
      ['MA-01'],
    );
    const keys = Object.keys(ruleSchema.shape.matches.element.shape);
    assert.deepEqual(
      keys.filter((key) => !asked.has(key)),
      [],
    );
  });
});

describe('conditions at a site', () => {
  it('match on callee, directness and code', () => {
    const code = '((call_expression function: (selector_expression) @f) @site (#eq? @f "fmt.Sprintf"))';
    const sprintf = makeRule('MA-01', { matches: [{ callee: '^fmt\\.Sprintf$', code }] });
    const direct = makeRule('MA-02', { matches: [{ on: ['site'], direct: true, code }] });
    const calls = makeSite(4, 1, { callees: [['fmt.Sprintf']] });
    const run = (site: SiteChange, rules: Rule[]): string[] =>
      briefMatch({ rules: [...rules, general], deltas: [makeDelta('B', 1, [site])] });
    assert.deepEqual(run(calls, [sprintf, direct]), ['MA-01 proven pkg/x.go:4']);
    assert.deepEqual(run(makeSite(4, 1), [sprintf, direct]), ['MA-02 proven pkg/x.go:4']);
    assert.deepEqual(run({ ...calls, position: { file, line: 8, column: 0 } }, [sprintf, direct]), [
      'XX-01 proven pkg/x.go:8',
    ]);
  });

  it('can ask for the value of the decision in the code', () => {
    const code = '(call_expression arguments: (argument_list (identifier) @site))';
    const rule = makeRule('ST-02', {
      matches: [{ decision: { kind: 'escapes-to-heap' }, code, quoted: true }],
    });
    const run = (expression: string): string[] =>
      briefMatch({
        rules: [rule, general],
        deltas: [makeDelta('B', 1, [makeSite(8, 1)])],
        escapes: [makeEscape(8, { expression })],
      });
    assert.deepEqual(run('name'), ['ST-02 proven pkg/x.go:8']);
    assert.deepEqual(run('other'), ['XX-01 proven pkg/x.go:8']);
  });

  it('tell the call on the line from what it calls in turn', () => {
    const reflection = makeRule('MA-01', { matches: [{ called: '^reflect\\.' }] });
    const both = makeRule('MA-02', { matches: [{ called: '^encoding/json\\.', callee: '^reflect\\.' }] });
    const run = (callees: string[][], rules = [reflection]): string[] =>
      briefMatch({
        rules: [...rules, general],
        deltas: [makeDelta('B', 1, [makeSite(4, 1, { callees })])],
        escapes: [makeEscape(9)],
      });
    const inside = ['encoding/json.Unmarshal', 'reflect.New'];
    assert.deepEqual(run([['reflect.New', 'runtime.newobject']]), ['MA-01 proven pkg/x.go:4']);
    assert.deepEqual(run([[], ['reflect.New']]), ['MA-01 proven pkg/x.go:4']);
    assert.deepEqual(run([inside]), ['XX-01 proven pkg/x.go:4']);
    assert.deepEqual(run([[]]), ['XX-01 proven pkg/x.go:4']);
    assert.deepEqual(run([inside], [reflection, both]), ['MA-02 proven pkg/x.go:4']);
    assert.deepEqual(run([['reflect.New']], [both]), ['XX-01 proven pkg/x.go:4']);
  });

  it('take a decision on the line, or where the line was inlined to', () => {
    const boxed = makeRule('MA-08', {
      matches: [{ decision: { kind: 'escapes-to-heap', expression: '^name$' } }],
    });
    const callers = [
      { function: 'pkg.G', position: { file: 'pkg/g.go', line: 7, column: 0 }, inlines: true },
    ];
    const escapes = [makeEscape(7, { file: 'pkg/g.go' })];
    const run = (sites: SiteChange[], found: EscapeChange[]): string[] =>
      briefMatch({ rules: [boxed, general], deltas: [makeDelta('B', sites.length, sites)], escapes: found });
    assert.deepEqual(run([makeSite(8, 1)], [makeEscape(8, { flipped: false })]), ['MA-08 proven pkg/x.go:8']);
    assert.deepEqual(run([makeSite(8, 1, { callers })], escapes), ['MA-08 proven pkg/x.go:8']);
    // A decision that the compiler made before, too, still explains why the line allocates.
    const standing = [makeEscape(8).decision];
    const again = { rules: [boxed, general], deltas: [makeDelta('B', 1, [makeSite(8, 1)])] };
    assert.deepEqual(briefMatch({ ...again, headDecisions: standing }), ['MA-08 proven pkg/x.go:8']);
    assert.deepEqual(briefMatch(again), ['XX-01 proven pkg/x.go:8']);
    // So do calls that were inlined into the line, and allocate there.
    const inlined = makeSite(8, 1, { callees: [['dep.New']], inlines: true, callers });
    assert.deepEqual(run([inlined], escapes), ['MA-08 proven pkg/x.go:8']);
    assert.deepEqual(run([{ ...inlined, inlines: false }], escapes), ['XX-01 proven pkg/x.go:8']);
    // A call that is not inlined has its own decisions.
    const outer = callers.map((frame) => ({ ...frame, inlines: false }));
    assert.deepEqual(run([makeSite(8, 1, { callers: outer })], escapes), ['XX-01 proven pkg/x.go:8']);
    // The calling line allocates on its own account: the decision is about that.
    const caller = makeSite(7, 1, { position: { file: 'pkg/g.go', line: 7, column: 0 } });
    assert.deepEqual(run([makeSite(8, 1, { callers }), caller], escapes), [
      'MA-08 proven pkg/g.go:7',
      'XX-01 proven pkg/x.go:8',
    ]);
    assert.deepEqual(run([makeSite(8, 1)], [makeEscape(8, { change: 'removed' })]), [
      'XX-01 proven pkg/x.go:8',
    ]);
  });

  it('ask for the flow and for lines without a decision', () => {
    const flow = makeRule('MA-08', {
      matches: [{ decision: { kind: 'escapes-to-heap', reason: '^call parameter$', flow: '^box' } }],
    });
    const silent = makeRule('MA-04', { matches: [{ on: ['site'], undecided: true, inLoop: true }] });
    const run = (line: number, escapes: EscapeChange[]): string[] =>
      briefMatch({
        rules: [flow, silent, general],
        deltas: [makeDelta('B', 1, [makeSite(line, 1)])],
        escapes,
      });
    assert.deepEqual(run(8, [makeEscape(8)]), ['MA-08 proven pkg/x.go:8']);
    assert.deepEqual(run(8, [makeEscape(8, { flow: [] })]), ['XX-01 proven pkg/x.go:8']);
    assert.deepEqual(run(6, []), ['MA-04 proven pkg/x.go:6']);
    assert.deepEqual(run(6, [makeEscape(6, { flow: [] })]), ['XX-01 proven pkg/x.go:6']);
    assert.deepEqual(run(8, []), ['XX-01 proven pkg/x.go:8']);
  });

  it('ask base for what the function said before', () => {
    const sprintf = '((selector_expression) @f (#eq? @f "fmt.Sprintf"))';
    const concat = '(binary_expression operator: "+")';
    const deltas = [makeDelta('B', 1, [makeSite(4, 1)])];
    const run = (condition: Record<string, unknown>, part: MatchPart = {}): string[] =>
      briefMatch({ rules: [makeRule('MA-06', { matches: [condition] }), general], deltas, ...part });
    const fits = ['MA-06 proven pkg/x.go:4'];
    const not = ['XX-01 proven pkg/x.go:4'];
    assert.deepEqual(run({ baseCode: concat, notBaseCode: sprintf, notCode: concat }), fits);
    assert.deepEqual(run({ baseCode: sprintf }), not);
    assert.deepEqual(run({ notBaseCode: concat }), not);
    assert.deepEqual(run({ notCode: sprintf }), not);
    // The function was renamed: what base's file said counts for notBaseCode, baseCode has nothing to match in.
    const readBase = (): string => base.replace('Handle', 'Serve');
    assert.deepEqual(run({ notBaseCode: concat }, { readBase }), not);
    assert.deepEqual(run({ baseCode: concat }, { readBase }), not);
    // The function came from another changed file of the folder.
    const moved: TreeDiff = [
      { basePath: null, headPath: file, binary: false, hunks: [] },
      { basePath: 'pkg/old.go', headPath: null, binary: false, hunks: [] },
    ];
    const readOld = (path: string): string | null => (path === 'pkg/old.go' ? base : null);
    assert.deepEqual(run({ baseCode: concat }, { diff: moved, readBase: readOld }), fits);
  });

  it('count what base lost, whatever remains', () => {
    const call = '(call_expression function: (identifier) @f (#eq? @f "box"))';
    const run = (lost: string, readBase: () => string): string[] =>
      briefMatch({
        rules: [makeRule('FA-07', { matches: [{ lost }] }), general],
        deltas: [makeDelta('B', 1, [makeSite(4, 1)])],
        readBase,
      });
    const more = (): string => base.replace('\tbox(name)\n', '\tbox(name)\n\tbox(name)\n');
    assert.deepEqual(run(call, more), ['FA-07 proven pkg/x.go:4']);
    assert.deepEqual(
      run(call, () => base),
      ['XX-01 proven pkg/x.go:4'],
    );
  });

  it('count what head gained, whatever was there', () => {
    const call = '(call_expression function: (identifier) @f (#eq? @f "box"))';
    const run = (readBase: () => string): string[] =>
      briefMatch({
        rules: [makeRule('XX-18', { matches: [{ gained: call }] }), general],
        deltas: [makeDelta('B', 1, [makeSite(4, 1)])],
        readBase,
      });
    assert.deepEqual(
      run(() => base.replace('\tbox(name)\n', '')),
      ['XX-18 proven pkg/x.go:4'],
    );
    assert.deepEqual(
      run(() => base),
      ['XX-01 proven pkg/x.go:4'],
    );
  });

  it('ask a fallback only where no other rule fits, and name it beside none', () => {
    const run = (specific: Record<string, unknown>) =>
      match({
        rules: [
          makeRule('XX-19', { matches: [{ fallback: true }], specificity: 5 }),
          makeRule('MA-01', { matches: [specific] }),
          general,
        ],
        deltas: [makeDelta('B', 1, [makeSite(4, 1)])],
      }).map(({ ruleId, alternatives }) => [ruleId, alternatives]);
    assert.deepEqual(run({ direct: true }), [['MA-01', []]]);
    assert.deepEqual(run({ direct: false }), [['XX-19', []]]);
  });

  it('find the method of base although its receiver was no pointer then', () => {
    const value = (): string => base.replace('s *Server', 's Server');
    const rule = makeRule('FA-02', { matches: [{ baseCode: '(binary_expression operator: "+")' }] });
    const deltas = [makeDelta('B', 1, [makeSite(4, 1)])];
    assert.deepEqual(briefMatch({ rules: [rule, general], deltas, readBase: value }), [
      'FA-02 proven pkg/x.go:4',
    ]);
  });

  it('ask what the file declares under a name', () => {
    const declared = `${head}
type names []string

type Server struct {
	names names
	byID  map[int]string
}

func maker() option { return nil }

type option func(*Server)
`;
    const code = '(selector_expression operand: (identifier) field: (field_identifier) @name) @site';
    const run = (line: number, condition: Record<string, unknown>, query = code): string[] =>
      briefMatch({
        rules: [makeRule('ST-05', { matches: [{ code: query, ...condition }] }), general],
        deltas: [makeDelta('B', 1, [makeSite(line, 1)])],
        readHead: () => declared,
      });
    const fits = ['ST-05 proven pkg/x.go:6'];
    const not = ['XX-01 proven pkg/x.go:6'];
    assert.deepEqual(run(6, { declared: '^names$' }), fits);
    assert.deepEqual(run(6, { declared: '^\\[\\]string$' }), fits, 'what its type stands for');
    assert.deepEqual(run(6, { declared: '^method$' }), not);
    assert.deepEqual(run(6, { notDeclared: '^map\\[' }), fits);
    assert.deepEqual(run(6, { notDeclared: '^\\[\\]' }), not);
    const receiver = '(method_declaration name: (field_identifier) @name) @site';
    assert.deepEqual(run(6, { declared: '^method$' }, receiver), fits);
    assert.deepEqual(run(6, { declared: '^returns string$' }, receiver), fits);
    const types =
      '(method_declaration receiver: (parameter_list (_ type: (_ (type_identifier) @name)))) @site';
    assert.deepEqual(run(6, { declared: '^pointer receiver$' }, types), fits);
    assert.deepEqual(run(6, { declared: '^map key$' }, types), not);
  });

  it('ask what another file of the package declares, but not what its functions do', () => {
    const own = 'func keyOf(raw Raw) (Key, error) {\n\treturn Key(raw), fits(limit)\n}\n';
    const other = `package pkg

type (
	Key string
	Raw []byte
)

type Server struct{ limit Raw }

func (k *Key) Set() {}

func fits(raw string) bool { own := map[Key]int{}; return own == nil }
`;
    const run = (name: string, condition: Record<string, unknown>): boolean => {
      const code = `((identifier) @name (#eq? @name "${name}")) @site ((type_identifier) @name (#eq? @name "${name}")) @site`;
      const [rule] = briefMatch({
        rules: [makeRule('ST-05', { matches: [{ code, ...condition }] }), general],
        deltas: [makeDelta('B', 1, [makeSite(4, 1)])],
        readHead: (path) =>
          path === file ? `package pkg\n\n${own}` : path === 'pkg/types.go' ? other : null,
        filesIn: (folder) => (folder === 'pkg' ? [file, 'pkg/types.go'] : []),
      });
      return rule === 'ST-05 proven pkg/x.go:4';
    };
    assert.ok(run('Key', { declared: '^string$' }));
    assert.ok(run('Key', { declared: '^pointer receiver$' }));
    assert.ok(run('Key', { declared: '^map key$' }));
    assert.ok(run('raw', { declared: '^\\[\\]byte$' }), 'what the type of an own name stands for');
    assert.ok(!run('raw', { declared: '^string$' }), 'a parameter of another function');
    assert.ok(run('fits', { declared: '^returns bool$' }));
    assert.ok(run('limit', { declared: '^\\[\\]byte$' }));
    assert.ok(!run('own', { declared: '^map' }));
  });

  it('tell an allocation that is larger from one that is new', () => {
    const grown = makeRule('XX-15', { matches: [{ on: ['site'], grown: true }] });
    const run = (part: Partial<SiteChange>): string[] =>
      briefMatch({
        rules: [grown, general],
        deltas: [
          makeDelta('B', 0, [makeSite(4, 1, part)], { bytesPerOp: { base: 32, head: 144, delta: 112 } }),
        ],
      });
    const larger = { objectsPerOp: { base: 1, head: 1 }, bytesPerOp: { base: 32, head: 144 } };
    assert.deepEqual(run(larger), ['XX-15 proven pkg/x.go:4']);
    assert.deepEqual(run({ ...larger, objectsPerOp: { base: 1, head: 3 } }), ['XX-01 proven pkg/x.go:4']);
    assert.deepEqual(run({ ...larger, objectsPerOp: { base: 0, head: 1 } }), ['XX-01 proven pkg/x.go:4']);
  });
});
