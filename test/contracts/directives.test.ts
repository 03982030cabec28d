import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { TreeDiff } from '../../src/compare/types.ts';
import { readDirectives } from '../../src/contracts/directives.ts';
import { holdNoEscape, limitOf } from '../../src/contracts/promises.ts';

const code = `package ring

// Get is hot.
//
//allocgate:noescape
func (r *Ring[T]) Get(i int) T {
	return r.items[i]
}

func Put(r *Ring[int], i int) {
	x := i //allocgate:noescape // a comment
	//allocgate:noescape
	r.items = append(
		r.items,
		x,
	)
	if true {
		//allocgate:noescape
	}
}

//allocgate:noescape
var X = 1

//allocgate:inline
func F() { s := "//allocgate:noescape"; _ = s }

//allocgate:allocs 0
func BenchmarkX() {}
`;

test('a directive is about the function, the statement or the line where it stands', () => {
  const { directives, bad } = readDirectives('ring/ring.go', code);
  assert.deepEqual(
    directives.map((one) => (one.kind === 'noescape' ? [one.line, one.function, one.first, one.last] : [])),
    [
      [5, 'Ring.Get', 6, 8],
      [11, null, 11, 11],
      [12, null, 13, 16],
      [22, null, 23, 23],
    ],
  );
  assert.deepEqual(
    bad.map(({ line, problem }) => [line, problem]),
    [
      [18, 'nothing-below'],
      [25, 'unknown'],
      [28, 'not-above-benchmark'],
    ],
  );
});

test('a limit stands above a benchmark and is one whole number', () => {
  const text = `package ring

//allocgate:allocs 0
func BenchmarkGet(b *testing.B) {}

//allocgate:allocs 2 // once for each side
func BenchmarkPut(b *testing.B) {}

//allocgate:allocs
func BenchmarkA(b *testing.B) {}

//allocgate:allocs -1
func BenchmarkB(b *testing.B) {}

//allocgate:allocs 1
func TestC(t *testing.T) {}

//allocgate:noescape
func help() {}
`;
  const { directives, bad } = readDirectives('ring/ring_test.go', text);
  const limits = directives.map((one) =>
    one.kind === 'allocs' ? [one.line, one.benchmark, one.allocs] : [],
  );
  assert.deepEqual(limits, [
    [3, 'BenchmarkGet', 0],
    [6, 'BenchmarkPut', 2],
  ]);
  assert.deepEqual(
    bad.map(({ problem }) => problem),
    ['not-a-count', 'not-a-count', 'not-above-benchmark', 'in-test'],
  );
  assert.deepEqual(readDirectives('x.go', '//allocgate:allocs 0\nfunc {'), { directives: [], bad: [] });
});

test('the strictest limit of both sides and the config counts, for parts of a benchmark too', () => {
  const limit = (file: string, allocs: number) =>
    ({ kind: 'allocs', file, line: 3, benchmark: 'BenchmarkGet', allocs }) as const;
  const directives = { base: [limit('ring/a_test.go', 0)], head: [limit('ring/a_test.go', 4)] };
  const strict = limitOf('BenchmarkGet/small', 'ring', directives, [1]);
  assert.deepEqual(strict, { allocs: 0, declared: { file: 'ring/a_test.go', line: 3, side: 'base' } });
  const same = { base: directives.base, head: directives.base };
  assert.equal(limitOf('BenchmarkGet', 'ring', same, [])?.declared?.side, 'head', 'where it can be read');
  assert.equal(limitOf('BenchmarkGet', 'other', directives, []), null, 'another package');
  assert.equal(limitOf('BenchmarkGetAll', 'ring', directives, []), null, 'another benchmark');
  assert.deepEqual(limitOf('BenchmarkOther', 'ring', directives, [7, 5]), { allocs: 5, declared: null });
});

const before = `package p

//allocgate:noescape
func Old(i int) int {
	i++
	i += 2
	return i
}

func Line(i int) int {
	j := i //allocgate:noescape
	return j
}
`;
const after = `package p

func New(i int) int {
	i++
	i += 2
	return i
}

func Line(i int) int {
	j := i + 1
	k := j
	return k
}
`;
const diff: TreeDiff = [
  {
    basePath: 'p/p.go',
    headPath: 'p/p.go',
    binary: false,
    hunks: [
      { base: { start: 3, lines: 2 }, head: { start: 3, lines: 1 } },
      { base: { start: 11, lines: 2 }, head: { start: 10, lines: 3 } },
    ],
  },
];

test('a change cannot delete its own contract: base’s stays with the function and with the lines', () => {
  const base = readDirectives('p/p.go', before).directives;
  const held = holdNoEscape(
    { base, head: [] },
    () => [{ file: 'p/p.go', text: after }],
    buildLineMap(diff),
    diff,
  );
  assert.deepEqual(
    held.map(({ function: name, lines }) => [name, lines]),
    [
      ['Old', [{ file: 'p/p.go', first: 3, last: 7 }]],
      [null, [{ file: 'p/p.go', first: 10, last: 12 }]],
    ],
  );
  const gone = holdNoEscape({ base, head: [] }, () => [], buildLineMap([]), []);
  assert.deepEqual(gone[0]?.lines, [], 'the function is gone');
});

test('what both sides promise is one contract, found at head', () => {
  const directives = readDirectives('p/p.go', before).directives;
  const texts = () => [{ file: 'p/p.go', text: before }];
  const held = holdNoEscape({ base: directives, head: directives }, texts, buildLineMap([]), []);
  assert.deepEqual(
    held.map(({ declared }) => declared.side),
    ['head', 'head'],
  );
});
