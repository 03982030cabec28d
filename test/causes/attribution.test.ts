import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttribution } from '../../src/causes/attribution.ts';
import type { InliningDiff } from '../../src/compare/escape-diff.ts';
import type {
  Cause,
  Decision,
  DecisionKind,
  FileChange,
  Frame,
  SiteChange,
} from '../../src/compare/types.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { grammar } from '../rules/match-input.ts';

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
  const causeOf = createAttribution({
    base: given.base ?? [],
    head: [...functions, ...(given.head ?? []), ...(said ? [said] : [])],
    inlining: given.inlining ?? NO_INLINING,
    diff,
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
    callers,
    ...given.site,
  };
  try {
    return causeOf({ position, decision: said, site });
  } finally {
    sources.free();
  }
}

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

test('a benchmark’s line has its decision from the compiler although it is no escape change', () => {
  const own = decision('moved-to-heap', 'x_test.go', 7, 'local', {
    flow: [{ text: 'sink = p', reason: 'assign', position: { file: 'helper.go', line: 31, column: 2 } }],
  });
  assert.equal(causeAt('x_test.go', 7, [edited('helper.go', 31)], { head: [own] })?.line, 31);
});
