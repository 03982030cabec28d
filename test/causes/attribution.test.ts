import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttribution, type ExplainedKind } from '../../src/causes/attribution.ts';
import { ignoreSpacing } from '../../src/causes/spacing.ts';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { InliningDiff } from '../../src/compare/escape-diff.ts';
import { causeKinds, type Cause } from '../../src/compare/cause.ts';
import type { Decision, DecisionKind, FileChange, Frame, SiteChange } from '../../src/compare/types.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { grammar } from '../rules/match-input.ts';
import { loadCauseFixtures } from './cause-fixtures.ts';

function decision(
  kind: DecisionKind,
  file: string,
  line: number,
  expression: string,
  more: Partial<Decision> = {},
): Decision {
  return {
    kind,
    package: 'example.com/m',
    position: { file, line, column: 1 },
    function: null,
    expression,
    cost: null,
    reason: null,
    flow: [],
    ...more,
  };
}

/** Head replaced these lines of the file, one by one. */
function edited(file: string, ...lines: number[]): FileChange {
  const hunks = lines.map((line) => ({ base: { start: line, lines: 1 }, head: { start: line, lines: 1 } }));
  return { basePath: file, headPath: file, binary: false, hunks };
}

const frame = (file: string, line: number, name: string): Frame => ({
  function: name,
  position: { file, line, column: 0 },
  inlines: false,
});

const NO_INLINING: InliningDiff = { functions: [], lostCalls: [] };

/** helper.go: Grow starts at line 10, Other at 30; caller.go: Call starts at 5. */
const functions = [
  decision('can-inline', 'helper.go', 10, 'Grow'),
  decision('cannot-inline', 'helper.go', 15, 'Grow.func1'),
  decision('can-inline', 'helper.go', 30, 'Other'),
  decision('can-inline', 'caller.go', 5, 'Call'),
];

type Given = {
  inlining?: InliningDiff;
  decision?: Decision;
  callers?: Frame[];
  site?: Partial<SiteChange>;
  base?: Decision[];
  head?: Decision[];
  /** Texts of head's files. */
  files?: Record<string, string>;
};

function causeAt(file: string, line: number, diff: FileChange[], given: Given = {}): Cause | null {
  const { files = {}, callers = [], decision: said = null } = given;
  const read = (path: string): string | null => files[path] ?? null;
  const sources = openSources(grammar, diff, read, () => null);
  const { causeOf } = createAttribution({
    base: given.base ?? [],
    head: [...functions, ...(given.head ?? []), ...(said ? [said] : [])],
    inlining: given.inlining ?? NO_INLINING,
    diff,
    map: ignoreSpacing(buildLineMap(diff), diff, sources),
    sources,
    filesIn: () => Object.keys(files),
    goMod: { modules: [], language: null },
  });
  const position = { file, line, column: 1 };
  const site: SiteChange = {
    position,
    function: 'm.F',
    objectsPerOp: { base: 0, head: 1 },
    bytesPerOp: { base: 0, head: 16 },
    callees: [],
    inlines: false,
    callers,
    ...given.site,
  };
  try {
    return causeOf({ position, decision: said, site });
  } finally {
    sources.free();
  }
}

const lines = (text: string): Record<string, string> => ({ 'x.go': text });

test('some explanation gives each kind of cause', () => {
  const explained: readonly ExplainedKind[] = causeKinds;
  assert.equal(new Set(explained).size, explained.length);
});

test('each kind of cause has a fixture', () => {
  const fixtures = loadCauseFixtures('fixtures/causes');
  assert.deepEqual(fixtures.map(({ expected }) => expected.cause).sort(), [...causeKinds].sort());
});

test('a changed line is its own cause', () => {
  assert.equal(causeAt('caller.go', 7, [edited('caller.go', 7)]), null);
});

test('without a change nearby there is no cause', () => {
  assert.equal(causeAt('caller.go', 7, [edited('helper.go', 31)]), null);
});

test('inlining that was lost on the way names both costs and the changed line of the function', () => {
  const lost: InliningDiff = {
    functions: [
      {
        package: 'example.com/m',
        function: 'Grow',
        change: 'lost',
        base: decision('can-inline', 'helper.go', 10, 'Grow', { cost: 77 }),
        head: decision('cannot-inline', 'helper.go', 10, 'Grow', {
          cost: 119,
          reason: 'function too complex',
        }),
      },
    ],
    lostCalls: [
      {
        position: { file: 'caller.go', line: 7, column: 3 },
        expression: 'helper.Grow',
        base: decision('inlining-call', 'caller.go', 7, 'helper.Grow'),
      },
    ],
  };
  const cause = causeAt('caller.go', 7, [edited('helper.go', 12)], { inlining: lost });
  assert.deepEqual([cause?.kind, cause?.file, cause?.line], ['inlining-lost', 'helper.go', 12]);
  assert.match(cause?.text ?? '', /119/);
  assert.match(cause?.text ?? '', /77/);
});

test('a step of the compiler’s flow on a changed line is the cause', () => {
  const flow = [{ text: 'sink = x', reason: 'assign', position: { file: 'helper.go', line: 31, column: 2 } }];
  const escapes = decision('escapes-to-heap', 'caller.go', 7, 'x', { flow });
  const cause = causeAt('caller.go', 7, [edited('helper.go', 31)], { decision: escapes });
  assert.deepEqual(cause, { kind: 'flow', file: 'helper.go', line: 31, text: 'sink = x', via: [] });
});

test('a step on a changed line explains nothing where base said the same of the value', () => {
  const flow = [{ text: 'return b, nil', reason: 'return', position: { file: 'x.go', line: 9, column: 2 } }];
  const escapes = decision('escapes-to-heap', 'x.go', 7, 'make([]byte, n)', { flow });
  const callers = [frame('caller.go', 8, 'm.Call')];
  const cause = causeAt('x.go', 7, [edited('x.go', 9), edited('caller.go', 8)], {
    base: [escapes],
    head: [escapes],
    callers,
  });
  assert.deepEqual([cause?.kind, cause?.file, cause?.line], ['caller', 'caller.go', 8]);
});

test('a changed line of a calling frame is the cause, the innermost first', () => {
  const callers = [frame('helper.go', 31, 'm.Other'), frame('caller.go', 8, 'm.Call')];
  const cause = causeAt('x.go', 7, [edited('helper.go', 31), edited('caller.go', 8)], { callers });
  assert.deepEqual([cause?.kind, cause?.file, cause?.line], ['caller', 'helper.go', 31]);
});

test('a change elsewhere in the same function is the cause, closures included, the next function excluded', () => {
  const inside = causeAt('helper.go', 11, [edited('helper.go', 16)]);
  assert.deepEqual([inside?.kind, inside?.line, inside?.text], ['function', 16, 'Grow']);
  assert.equal(causeAt('helper.go', 11, [edited('helper.go', 31)]), null);
});

test('a change in a calling function comes last', () => {
  const cause = causeAt('x.go', 7, [edited('caller.go', 6)], { callers: [frame('caller.go', 9, 'm.Call')] });
  assert.deepEqual([cause?.kind, cause?.file, cause?.line], ['function', 'caller.go', 6]);
});

test('a changed function that took the value, or was inlined where it went, is the cause', () => {
  const handedTo = (text: string, reason: string): Decision =>
    decision('moved-to-heap', 'x.go', 7, 'local', {
      flow: [{ text, reason, position: { file: 'x.go', line: 8, column: 2 } }],
    });
  const changes = [edited('helper.go', 12)];
  const called = causeAt('x.go', 7, changes, { decision: handedTo('m.Grow(&local)', 'call parameter') });
  assert.deepEqual([called?.kind, called?.file, called?.line], ['function', 'helper.go', 12]);
  const call = decision('inlining-call', 'x.go', 8, 'Grow');
  const inlined = causeAt('x.go', 7, changes, { decision: handedTo('sink = p', 'assign'), head: [call] });
  assert.deepEqual([inlined?.file, inlined?.line], ['helper.go', 12]);
});

test('of a function that is inlined into the benchmark, the changed line is the one about the allocating line', () => {
  const text =
    'package m\n\nfunc Type(b []byte) string {\n\tvar doc any\n\tjson.Unmarshal(b, &doc)\n\treturn textOf(b, kinds[0], kinds[1:])\n}\n';
  const callers = [frame('x_test.go', 8, 'm.BenchmarkType')];
  const head = [
    decision('can-inline', 'x.go', 3, 'Type'),
    decision('inlining-call', 'x_test.go', 8, 'Type'),
    decision('cannot-inline', 'x_test.go', 5, 'BenchmarkType'),
  ];
  const files = { ...lines(text), 'x_test.go': 'package m\n' };
  const cause = causeAt('x.go', 5, [edited('x.go', 4, 6)], { callers, head, files });
  assert.deepEqual([cause?.kind, cause?.file, cause?.line], ['function', 'x.go', 4]);
});

test('a benchmark’s line has its decision from the compiler although it is not an escape change', () => {
  const own = decision('moved-to-heap', 'x_test.go', 7, 'local', {
    flow: [{ text: 'sink = p', reason: 'assign', position: { file: 'helper.go', line: 31, column: 2 } }],
  });
  assert.equal(causeAt('x_test.go', 7, [edited('helper.go', 31)], { head: [own] })?.line, 31);
});

test('deleted lines are reported by the line below them', () => {
  const deleted: FileChange = {
    basePath: 'helper.go',
    headPath: 'helper.go',
    binary: false,
    hunks: [{ base: { start: 13, lines: 2 }, head: { start: 12, lines: 0 } }],
  };
  const cause = causeAt('helper.go', 20, [deleted]);
  assert.deepEqual([cause?.kind, cause?.line], ['function', 13]);
});

test('comments and blank lines cause nothing', () => {
  const text = 'package m\n\nfunc F() {\n\t// a comment\n\n\tg()\n\th()\n}\n';
  const head = [decision('can-inline', 'x.go', 3, 'F')];
  assert.equal(causeAt('x.go', 7, [edited('x.go', 4, 5)], { head, files: lines(text) }), null);
  assert.equal(causeAt('x.go', 7, [edited('x.go', 4, 6)], { head, files: lines(text) })?.line, 6);
});

test('a variable that is assigned to after it was captured is shared from then on', () => {
  const text =
    'package m\n\nfunc F() {\n\tn := 1\n\tgo func() {\n\t\tg(n)\n\t}()\n\tif m {\n\t\tn = 2\n\t}\n}\n';
  const flow = [
    { text: 'n', reason: 'captured by a closure', position: { file: 'x.go', line: 6, column: 5 } },
  ];
  const moved = decision('moved-to-heap', 'x.go', 4, 'n', { flow });
  const head = [decision('can-inline', 'x.go', 3, 'F')];
  const cause = causeAt('x.go', 4, [edited('x.go', 8, 9)], { head, decision: moved, files: lines(text) });
  assert.deepEqual([cause?.kind, cause?.line], ['capture-added', 9]);
});

test('as many objects of more bytes grew', () => {
  const text =
    'package m\n\ntype node struct {\n\tnext *node\n\tname string\n}\n\nfunc F() *node {\n\treturn &node{}\n}\n';
  const site = { objectsPerOp: { base: 2, head: 2 }, bytesPerOp: { base: 16, head: 48 } };
  const head = [decision('can-inline', 'x.go', 8, 'F')];
  const cause = causeAt('x.go', 9, [edited('x.go', 5)], { head, site, files: lines(text) });
  assert.deepEqual([cause?.kind, cause?.line, cause?.text], ['size-grown', 5, 'name string']);
  const more = { ...site, objectsPerOp: { base: 2, head: 3 } };
  assert.equal(causeAt('x.go', 9, [edited('x.go', 5)], { head, site: more, files: lines(text) }), null);
});

test('a site that is hit more often names the changed call, or the changed bound', () => {
  const site = { objectsPerOp: { base: 1, head: 3 }, bytesPerOp: { base: 16, head: 48 } };
  const callers = [frame('caller.go', 8, 'm.Call')];
  const called = causeAt('helper.go', 12, [edited('caller.go', 8)], { site: { ...site, callers } });
  assert.deepEqual([called?.kind, called?.file, called?.line], ['call-count', 'caller.go', 8]);
  const text = 'package m\n\nconst rounds = 3\n\nfunc Run() {\n\tfor range rounds {\n\t\tGrow()\n\t}\n}\n';
  const head = [decision('cannot-inline', 'x.go', 5, 'Run')];
  const above = [frame('x.go', 7, 'm.Run')];
  const bound = causeAt('helper.go', 12, [edited('x.go', 3)], {
    head,
    site: { ...site, callers: above },
    files: lines(text),
  });
  assert.deepEqual([bound?.kind, bound?.line, bound?.text], ['call-count', 3, 'const rounds = 3']);
});

test('a flow is followed through functions that hand a parameter on, but not in circles', () => {
  const leak = (name: string, line: number, callee: string): Decision =>
    decision('leaking-param', 'helper.go', line, 'p', {
      function: name,
      flow: [
        {
          text: `m.${callee}(p)`,
          reason: 'call parameter',
          position: { file: 'helper.go', line, column: 2 },
        },
      ],
    });
  const moved = decision('moved-to-heap', 'x.go', 7, 'v', {
    flow: [{ text: 'm.Grow(&v)', reason: 'call parameter', position: { file: 'x.go', line: 8, column: 2 } }],
  });
  const head = [leak('Grow', 11, 'Other'), leak('Other', 31, 'Grow')];
  assert.equal(causeAt('x.go', 7, [edited('caller.go', 5)], { decision: moved, head }), null);
  const cause = causeAt('x.go', 7, [edited('helper.go', 32)], { decision: moved, head });
  assert.deepEqual([cause?.kind, cause?.line, cause?.via.length], ['leaking-param', 32, 2]);
  // What base leaked already is nothing new.
  const old = causeAt('x.go', 7, [edited('helper.go', 32)], { decision: moved, head, base: head });
  assert.notEqual(old?.kind, 'leaking-param');
});

test('a changed line that only returns what it makes names the inlining that was lost', () => {
  const inlining: InliningDiff = {
    functions: [
      {
        package: 'example.com/m',
        function: 'Grow',
        change: 'lost',
        base: decision('can-inline', 'helper.go', 10, 'Grow', { cost: 77 }),
        head: decision('cannot-inline', 'helper.go', 10, 'Grow', { cost: 119 }),
      },
    ],
    lostCalls: [
      {
        position: { file: 'caller.go', line: 7, column: 3 },
        expression: 'Grow',
        base: decision('inlining-call', 'caller.go', 7, 'Grow'),
      },
    ],
  };
  const made = (target: string): Decision =>
    decision('escapes-to-heap', 'helper.go', 12, '&T{...}', {
      function: 'Grow',
      flow: [{ text: `${target} ← &{storage for &T{...}}`, reason: null, position: null }],
    });
  const site = { function: 'example.com/m.Grow', callers: [frame('caller.go', 7, 'example.com/m.Call')] };
  const cause = (target: string, given: Given = {}) =>
    causeAt('helper.go', 12, [edited('helper.go', 12)], {
      inlining,
      site,
      decision: made(target),
      base: [made(target)],
      ...given,
    });
  assert.equal(cause('~r0')?.kind, 'inlining-lost');
  assert.equal(cause('~r0', { base: [] }), null, 'base did not make it at all');
  const callees = [['fmt.Errorf']];
  assert.equal(cause('~r0', { site: { ...site, callees } }), null, 'a call on the line allocates for itself');
  assert.equal(cause('{heap}'), null, 'that would be on the heap in any case');
});
