import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EscapeChange, SiteChange, TreeDiff } from '../../src/compare/types.ts';
import {
  base,
  brief,
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

describe('sites', () => {
  it('gives one finding per line with every benchmark, the largest addition first', () => {
    const deltas = [
      makeDelta('BenchmarkA', 1, [makeSite(4, 1)]),
      makeDelta('BenchmarkB', 3, [
        makeSite(4, 2),
        makeSite(4, 1, { function: 'example.com/m/pkg.(*Server).Handle.func1' }),
      ]),
    ];
    const findings = match({ deltas });
    assert.deepEqual(brief(findings), ['XX-01 proven pkg/x.go:4']);
    const [finding] = findings;
    assert.deepEqual(
      finding?.benchmarks.map((b) => [b.name, b.addedObjects, b.addedBytes]),
      [
        ['BenchmarkB', 3, 48],
        ['BenchmarkA', 1, 16],
      ],
    );
    assert.equal(finding?.function, '(*Server).Handle');
    assert.equal(finding?.onChangedLine, true);
    assert.equal(finding?.site?.objectsPerOp.head, 2);
    assert.deepEqual(finding?.exercise, {
      id: 'XX-01',
      title: 'XX-01',
      document: 'D',
      section: 'About XX-01',
      url: null,
    });
  });

  it('tells of a benchmark’s own allocation by what is known of it', () => {
    const { decision } = makeEscape(9, { expression: '... argument' });
    const cause = { kind: 'leaking-param', file, line: 6, text: 'box keeps its parameter', via: [] } as const;
    const known = { decision, cause, code: 'box(name)' };
    const rule = makeRule('FO-02', {
      matches: [{ decision: { kind: 'escapes-to-heap', expression: '^\\.\\.\\. argument$' } }],
    });
    const [finding, ...others] = match({
      rules: [rule, general],
      deltas: [{ ...makeDelta('BenchmarkA', 1, []), sites: [{ ...makeSite(6, 1), known }] }],
      // What the compiler says of the line itself is about something else.
      escapes: [makeEscape(6, { expression: 's.names' })],
      placeSite: (site) => ({ ...site, position: { ...site.position, line: 4 } }),
      causeOf: () => null,
    });
    assert.deepEqual(others, []);
    assert.ok(finding);
    assert.deepEqual(brief([finding]), ['FO-02 proven pkg/x.go:6']);
    assert.deepEqual([finding.decision, finding.cause], [decision, cause]);
    assert.equal(finding.benchmarkCode, 'box(name)');
    assert.equal(finding.site && 'known' in finding.site, false);
  });

  it('leaves out tests, other verdicts, and additions that explain nothing', () => {
    const inTest = makeSite(4, 1, { position: { file: 'pkg/x_test.go', line: 4, column: 0 } });
    assert.deepEqual(briefMatch({ deltas: [makeDelta('B', 1, [inTest])] }), []);
    for (const verdict of ['improvement', 'noisy', 'new', 'unchanged', 'benchmark-changed'] as const) {
      assert.deepEqual(briefMatch({ deltas: [makeDelta('B', 1, [makeSite(4, 1)], { verdict })] }), []);
    }
    const sites = [makeSite(4, 20), makeSite(6, 0.5), makeSite(8, 0.4), makeSite(9, -1)];
    assert.deepEqual(briefMatch({ deltas: [makeDelta('B', 20, sites)] }), ['XX-01 proven pkg/x.go:4']);
    // Nodes of random sizes, and a closure for each of five thousand: differences of 9 and 38 objects are random.
    const many = [makeSite(4, 4990), makeSite(6, 38), makeSite(8, 9)];
    assert.deepEqual(briefMatch({ deltas: [makeDelta('B', 5000, many)] }), ['XX-01 proven pkg/x.go:4']);
  });

  it('takes a sixteenth of an object for one, but not what larger sites leave nothing for', () => {
    const lines = (delta: number, ...sites: [line: number, objects: number][]): number[] =>
      match({
        deltas: [
          makeDelta(
            'B',
            delta,
            sites.map((site) => makeSite(...site)),
          ),
        ],
      }).map((f) => f.line);
    // Objects of one byte share a block by sixteens, and a profile counts blocks.
    assert.deepEqual(lines(1, [4, 1 / 16]), [4]);
    assert.deepEqual(lines(1, [4, 0.05]), []);
    assert.deepEqual(lines(2, [4, 1], [6, 1 / 16]), [4, 6]);
    // A pool that is refilled more often because line 4 makes more garbage.
    assert.deepEqual(lines(1, [4, 1], [6, 0.25]), [4]);
    // Each of four branches allocates every fourth time.
    assert.deepEqual(lines(1, [4, 0.25], [6, 0.25], [8, 0.25], [9, 0.25]), [4, 6, 8, 9]);
    // Of larger objects a part of one is chance, unless no site adds a whole one.
    const large = (objects: number) => ({ bytesPerOp: { base: 0, head: 64 * objects } });
    const linesOf = (...sites: SiteChange[]) =>
      match({ deltas: [makeDelta('B', 3, sites)] }).map((f) => f.line);
    assert.deepEqual(linesOf(makeSite(4, 2, large(2)), makeSite(6, 0.25, large(0.25))), [4]);
    assert.deepEqual(linesOf(makeSite(4, 0.4, large(0.4)), makeSite(6, 0.25, large(0.25))), [4, 6]);
    // What one line saves, the others spent.
    assert.deepEqual(lines(1, [4, -1], [6, 1.5], [8, 0.25], [9, 0.25]), [6, 8, 9]);
  });

  it('goes by bytes where only those rose', () => {
    const bytesPerOp = { base: 100, head: 1100, delta: 1000 };
    const larger = makeSite(4, 0, { bytesPerOp: { base: 50, head: 1010 } });
    const slightly = makeSite(6, 0, { bytesPerOp: { base: 50, head: 90 } });
    const sites = [larger, slightly];
    assert.deepEqual(briefMatch({ deltas: [makeDelta('B', 0, sites, { bytesPerOp })] }), [
      'XX-01 proven pkg/x.go:4',
    ]);
    assert.deepEqual(briefMatch({ deltas: [makeDelta('B', 1, sites, { bytesPerOp })] }), []);
  });

  it('lets the most specific rule win and names the others', () => {
    const rules = [
      general,
      makeRule('MA-03', { specificity: 20 }),
      makeRule('MA-02', { specificity: 60, related: ['MA-09', 'MA-02', 'MA-04'] }),
      makeRule('MA-05', { specificity: 20 }),
      makeRule('MA-04', { specificity: 60 }),
    ];
    const [finding] = match({ rules, deltas: [makeDelta('B', 1, [makeSite(4, 1)])] });
    assert.equal(finding?.ruleId, 'MA-02');
    assert.deepEqual(finding?.alternatives, ['MA-04', 'MA-03', 'MA-05', 'MA-09']);
  });

  it('gives the advice of the condition that holds, where it has one', () => {
    const matches = [
      { callee: '^fmt\\.Sprintf$', advice: 'Append to a buffer.' },
      { direct: true, advice: 'Keep it.' },
    ];
    const rules = [makeRule('MA-04', { matches: [...matches, { on: ['site'] }] })];
    const adviceAt = (callees: string[][]): (string | undefined)[] =>
      match({ rules, deltas: [makeDelta('B', 1, [makeSite(4, 1, { callees })])] }).map((f) => f.advice);
    assert.deepEqual(adviceAt([['fmt.Sprintf']]), ['Append to a buffer.']);
    assert.deepEqual(adviceAt([[]]), ['Keep it.']);
    assert.deepEqual(adviceAt([['strings.Repeat']]), ['Do less.']);
  });
});

describe('decisions', () => {
  const boxed = makeRule('MA-08', { matches: [{ decision: { kind: 'escapes-to-heap' } }] });
  const run = (escapes: EscapeChange[], part: MatchPart = {}): string[] =>
    briefMatch({ rules: [boxed, general], escapes, ...part });

  it('are possible findings where a rule knows them, and only where they flipped on an unchanged line', () => {
    assert.deepEqual(run([makeEscape(8)]), ['MA-08 possible pkg/x.go:8']);
    assert.deepEqual(run([makeEscape(8, { flipped: false })]), []);
    assert.deepEqual(run([makeEscape(8, { change: 'removed' })]), []);
    assert.deepEqual(run([makeEscape(8, { file: 'pkg/x_test.go' })]), []);
    assert.deepEqual(run([makeEscape(8, { kind: 'moved-to-heap' })]), []);
  });

  it('never match the general rule or a rule about profiles, and need an allocating kind', () => {
    assert.deepEqual(run([makeEscape(8)], { rules: [general] }), []);
    for (const profile of [{ callee: '.' }, { direct: true }, { undecided: true }]) {
      const rule = makeRule('MA-01', { matches: [profile] });
      assert.deepEqual(run([makeEscape(8)], { rules: [rule] }), []);
    }
    const anything = makeRule('MA-01', { matches: [{}] });
    assert.deepEqual(run([makeEscape(8, { kind: 'leaking-param' })], { rules: [anything] }), []);
    assert.deepEqual(run([makeEscape(8)], { rules: [anything] }), ['MA-01 possible pkg/x.go:8']);
  });

  it('are not repeated where a benchmark proves them, at the line or at the inlined one below it', () => {
    const atLine = makeDelta('B', 1, [makeSite(8, 1)]);
    assert.deepEqual(run([makeEscape(8)], { deltas: [atLine] }), ['MA-08 proven pkg/x.go:8']);
    const callers = [{ function: 'pkg.Handle', position: { file, line: 8, column: 0 }, inlines: true }];
    const below = makeSite(3, 1, { position: { file: 'pkg/box.go', line: 3, column: 0 }, callers });
    assert.deepEqual(run([makeEscape(8)], { deltas: [makeDelta('B', 1, [below])] }), [
      'MA-08 proven pkg/box.go:3',
    ]);
  });

  it('give one finding per rule and line', () => {
    assert.deepEqual(run([makeEscape(8), makeEscape(8, { expression: 'other' })]), [
      'MA-08 possible pkg/x.go:8',
    ]);
  });
});

describe('changed lines', () => {
  const code = '((call_expression function: (selector_expression) @f) @site (#eq? @f "fmt.Sprintf"))';
  const onChange = makeRule('MA-10', { matches: [{ on: ['change'], code }] });

  it('are read only for rules that ask for them', () => {
    assert.deepEqual(briefMatch({ rules: [onChange, general] }), ['MA-10 possible pkg/x.go:4']);
    const others = makeRule('MA-10', { matches: [{ code }] });
    assert.deepEqual(briefMatch({ rules: [others, general] }), []);
  });

  it('are not read again where a benchmark proves an allocation', () => {
    const deltas = [makeDelta('B', 1, [makeSite(4, 1)])];
    assert.deepEqual(briefMatch({ rules: [onChange, general], deltas }), ['XX-01 proven pkg/x.go:4']);
  });

  it('are not findings where the file said as much before', () => {
    const readBase = (): string => `${base}\nfunc old() { _ = fmt.Sprintf("") }\n`;
    assert.deepEqual(briefMatch({ rules: [onChange], readBase }), []);
  });

  it('are not read in tests, binary and deleted files', () => {
    const change = {
      basePath: null,
      binary: false,
      hunks: [{ base: { start: 0, lines: 0 }, head: { start: 1, lines: 9 } }],
    };
    const run = (entry: TreeDiff[number]): string[] =>
      briefMatch({ rules: [onChange], diff: [entry], readHead: () => head, readBase: () => null });
    assert.deepEqual(run({ ...change, headPath: 'a.go' }), ['MA-10 possible a.go:4']);
    assert.deepEqual(run({ ...change, headPath: 'a_test.go' }), []);
    assert.deepEqual(run({ ...change, headPath: 'a.txt' }), []);
    assert.deepEqual(run({ ...change, headPath: 'a.go', binary: true }), []);
    assert.deepEqual(run({ ...change, headPath: null }), []);
  });

  it('outside functions are asked with the whole file in view', () => {
    const text = 'package pkg\n\ntype key struct {\n\towner *int\n}\n\nvar seen map[key]bool\n';
    const field = `(source_file
      (type_declaration (type_spec name: (type_identifier) @struct
        type: (struct_type (field_declaration_list (field_declaration type: (pointer_type)) @site))))
      (var_declaration (var_spec type: (map_type key: (type_identifier) @key)))
      (#eq? @struct @key))`;
    const baseCode = '(map_type key: (type_identifier))';
    const rule = makeRule('MA-13', { matches: [{ on: ['change'], code: field, baseCode }] });
    const hunks = [{ base: { start: 4, lines: 1 }, head: { start: 4, lines: 1 } }];
    const found = match({
      rules: [rule],
      diff: [{ basePath: file, headPath: file, binary: false, hunks }],
      readHead: () => text,
      readBase: () => text.replace('*int', 'int'),
    });
    assert.deepEqual(brief(found), ['MA-13 possible pkg/x.go:4']);
    assert.equal(found[0]?.function, '');
  });
});

describe('fingerprint', () => {
  const idAt = (line: number, part: MatchPart = {}): string | undefined =>
    match({ deltas: [makeDelta('B', 1, [makeSite(line, 1)])], ...part })[0]?.id;

  it('stays when code above it shifts, and when indentation changes', () => {
    const id = idAt(8);
    assert.match(id ?? '', /^[0-9a-f]{16}$/u);
    const shifted = head
      .replace('func (s', '// New.\nvar other = 1\n\nfunc (s')
      .replaceAll('\tbox', '\t\tbox');
    assert.equal(idAt(11, { readHead: () => shifted }), id);
  });

  it('differs between equal lines, between rules and between functions', () => {
    assert.notEqual(idAt(8), idAt(9));
    assert.notEqual(idAt(8), idAt(8, { rules: [makeRule('MA-01', {})] }));
    assert.notEqual(idAt(8), idAt(8, { readHead: () => head.replace('Handle', 'Serve') }));
  });
});

describe('what cannot be read', () => {
  const deltas = [makeDelta('B', 2, [makeSite(4, 1), makeSite(5, 1)])];
  const sprintf = makeRule('MA-01', { matches: [{ code: '(call_expression) @site' }] });

  it('is still found, under the general rule and by the function that the profile names', () => {
    const generic = makeSite(5, 1, { function: 'example.com/m.x/pkg.(*Set[...]).Add.func2.1' });
    const found = match({
      rules: [sprintf, general],
      deltas: [makeDelta('B', 1, [generic])],
      readHead: () => null,
    });
    assert.deepEqual(brief(found), ['XX-01 proven pkg/x.go:5']);
    assert.equal(found[0]?.function, '(*Set).Add');
    const ids = match({ deltas, readHead: () => null }).map((finding) => finding.id);
    assert.equal(new Set(ids).size, 2);
  });

  it('never throws on broken source', () => {
    const texts = ['', '\0', 'func', head.slice(0, 60), head.replaceAll('{', ''), '}'.repeat(200)];
    const conditions = [
      { code: '(call_expression) @site', baseCode: '(identifier)', notBaseCode: '(binary_expression)' },
      { inLoop: true },
    ];
    const rules = [makeRule('MA-01', { matches: conditions }), general];
    for (const text of texts) {
      const input = { rules, deltas, escapes: [makeEscape(8)], readHead: () => text, readBase: () => text };
      assert.equal(match(input).filter((finding) => finding.evidence === 'proven').length, 2);
    }
  });
});

describe('what is read', () => {
  const asks = makeRule('MA-01', { matches: [{ code: '(call_expression) @site' }] });
  const changed = (file: string) => ({
    basePath: file,
    headPath: file,
    binary: false,
    hunks: [{ base: { start: 1, lines: 9 }, head: { start: 1, lines: 9 } }],
  });

  it('is the files that a site or a decision points to, however much changed', () => {
    const read: string[] = [];
    match({
      rules: [asks, general],
      deltas: [makeDelta('B', 1, [makeSite(8, 1)])],
      escapes: [makeEscape(8, { file: 'pkg/decided.go' })],
      diff: ['pkg/x.go', 'pkg/decided.go', 'pkg/changed.go'].map(changed),
      readHead: (path) => {
        read.push(path);
        return head;
      },
    });
    assert.deepEqual(read.sort(), ['pkg/decided.go', 'pkg/x.go']);
  });

  it('is the changed files as well for a rule that asks for changed lines', () => {
    const read: string[] = [];
    match({
      rules: [makeRule('MA-13', { matches: [{ on: ['change'], code: '(call_expression) @site' }] })],
      diff: [changed('pkg/changed.go')],
      readHead: (path) => {
        read.push(path);
        return head;
      },
    });
    assert.deepEqual(read, ['pkg/changed.go']);
  });
});

describe('causes and order', () => {
  it('asks the caller for the cause of each place', () => {
    const cause = { kind: 'flow', file, line: 4, text: 'key := …', via: [] } as const;
    const [finding] = match({
      deltas: [makeDelta('B', 1, [makeSite(8, 1)])],
      causeOf: (place) => (place.kind === 'site' && place.line === 8 ? cause : null),
    });
    assert.deepEqual(finding?.cause, cause);
    assert.equal(match({ deltas: [makeDelta('B', 1, [makeSite(8, 1)])] })[0]?.cause, null);
  });

  it('puts proven findings first, then sorts by file and line, whatever the input order', () => {
    const boxed = makeRule('MA-08', {
      matches: [{ on: ['decision'], decision: { kind: 'escapes-to-heap' } }],
    });
    const deltas = [makeDelta('A', 1, [makeSite(9, 1)]), makeDelta('B', 1, [makeSite(4, 1)])];
    const escapes = [makeEscape(8), makeEscape(30, { file: 'pkg/a.go' })];
    const expected = [
      'XX-01 proven pkg/x.go:4',
      'XX-01 proven pkg/x.go:9',
      'MA-08 possible pkg/a.go:30',
      'MA-08 possible pkg/x.go:8',
    ];
    const rules = [boxed, general];
    assert.deepEqual(briefMatch({ rules, deltas, escapes }), expected);
    assert.deepEqual(
      briefMatch({ rules: rules.toReversed(), deltas: deltas.toReversed(), escapes: escapes.toReversed() }),
      expected,
    );
  });
});
