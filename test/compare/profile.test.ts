import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Resolve } from '../../src/compare/positions.ts';
import { perOp } from '../../src/compare/per-op.ts';
import { type GatheredSite, parseProfile, type ProfileTotals } from '../../src/compare/profile.ts';
import { after } from '../support/hooks.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'allocgate-profile-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const files = {
  'go.mod': 'module example.com/p\n\ngo 1.22\n',
  'p.go': `package p

import "strings"

type T struct{ a, b, c *int }

func newT() *T { return &T{} }

func Join(a, b string) string {
	return change(a + b)
}

func Outer(a string) (*T, string) { return newT(), Join(a, a) }

var change = strings.ToUpper

//go:noinline
func Both(a string) []string {
	return []string{change(a)}
}
`,
  'p_test.go': `package p

import ("strings"; "testing")

var (
	sink *T
	text string
	room []byte
	both []string
)

func BenchmarkOuter(b *testing.B) {
	kept := make([]*T, 5000)
	for i := range kept {
		kept[i] = &T{}
	}
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		sink, text = Outer("0123456789abcdefghij")
		room = make([]byte, 2000+i%100/99*1000)
		change = strings.ToTitle
		both = Both("0123456789abcdefghij")
	}
	_ = kept
}
`,
};
for (const [name, content] of Object.entries(files)) writeFileSync(path.join(dir, name), content);
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: dir, encoding: 'utf8' });
run('go', 'test', '-c', '-trimpath', '-o', 'p.test', '.');

const resolve: Resolve = (path) =>
  path.startsWith('example.com/p/') ? { file: path.slice(14), lines: 100 } : null;

function measure(iterations: number): { raw: Uint8Array; totals: ProfileTotals } {
  const flags = ['-test.run=^$', '-test.bench=.', `-test.benchtime=${iterations}x`];
  run(path.join(dir, 'p.test'), ...flags, '-test.memprofile=m.gz', '-test.memprofilerate=1');
  const raw = gunzipSync(readFileSync(path.join(dir, 'm.gz')));
  const totals = parseProfile(raw, resolve);
  assert.ok(!('problem' in totals));
  return { raw, totals };
}
const low = measure(100);
const high = measure(200);
const round = (value: number): number => Math.round(value * 10) / 10;

void test('a real profile: sites per op without set-up, whose sum is allocs/op', () => {
  const { sites, objects } = perOp({ ...low.totals, iterations: 100 }, { ...high.totals, iterations: 200 });
  assert.deepEqual(
    sites.map((s) => [s.position.file, s.position.line, s.function, s.objects, s.bytes, s.callees[0]?.[0]]),
    [
      ['p.go', 7, 'example.com/p.newT', 1, 24, undefined],
      ['p.go', 10, 'example.com/p.Join', 2, 96, 'strings.ToTitle'],
      ['p.go', 19, 'example.com/p.Both', 2, 40, 'strings.ToTitle'],
      ['p_test.go', 20, 'example.com/p.BenchmarkOuter', 1, 2048, undefined],
    ],
  );
  // The first call went to strings.ToUpper: set-up, like the 5000 objects before the loop.
  assert.doesNotMatch(JSON.stringify(sites), /ToUpper/u);
  const plain = run(
    path.join(dir, 'p.test'),
    '-test.run=^$',
    '-test.bench=.',
    '-test.benchmem',
    '-test.benchtime=2000x',
  );
  const printed = Number(/(\d+) allocs\/op/u.exec(plain)?.[1]);
  assert.equal(round(sites.reduce((sum, site) => sum + site.objects, 0)), printed);
  assert.ok(Math.abs(objects - printed) < 0.5);
});

void test('a line that allocates itself and through a call says both', () => {
  const { sites } = perOp({ ...low.totals, iterations: 100 }, { ...high.totals, iterations: 200 });
  const both = sites.find((site) => site.function === 'example.com/p.Both');
  assert.deepEqual(
    both?.callees.map((list) => list[0]),
    ['strings.ToTitle', undefined],
  );
});

void test('fractions that change from run to run are rounded away', () => {
  const position = { file: 'p.go', line: 7, column: 0 };
  const totals = (...entries: [objects: number, size: number][]): ProfileTotals => {
    const stacks: GatheredSite['stacks'] = new Map();
    for (const [objects, size] of entries) {
      const stack = { objects, bytes: objects * size, size, callees: [], inlines: false, callers: [] };
      stacks.set(String(stacks.size), stack);
    }
    const site = { position, function: 'p.F', objects: 0, bytes: 0, stacks };
    return { gathered: new Map([['p.go:7', site]]), objects: 0, bytes: 0 };
  };
  const rate = (...entries: [objects: number, size: number][]): number[] => {
    const after = { ...totals(...entries), iterations: 1000 };
    return perOp({ ...totals(), iterations: 0 }, after).sites.flatMap((site) => [site.objects, site.bytes]);
  };
  assert.deepEqual(rate([26_990, 8]), [27, 216]);
  assert.deepEqual(rate([7507, 16], [51_001, 8]), [58.5, 528]);
  assert.deepEqual(rate([63, 16]), [1 / 16, 1], 'an object of one byte shares its block');
  assert.deepEqual(rate([1000, 64], [1, 208], [12, 208]), [1, 64], 'a pool is refilled now and then');
  assert.deepEqual(rate([12, 208]), []);
  assert.deepEqual(rate([30, 1 << 20]), [0, 31_488], 'rare, but large');
  const sizes = Array.from({ length: 50 }, (_, index): [number, number] => [20, 8 * index + 8]);
  assert.deepEqual(rate(...sizes), [1, 204], 'one object of many sizes');
});

void test('callers go up to the benchmark, inlined ones included', () => {
  const { sites } = perOp({ ...low.totals, iterations: 100 }, { ...high.totals, iterations: 200 });
  assert.deepEqual(
    sites[0]?.stacks[0]?.callers.map((frame) => [
      frame.function,
      frame.position?.file,
      frame.position?.line,
      frame.inlines,
    ]),
    [
      ['example.com/p.Outer', 'p.go', 13, true],
      ['example.com/p.BenchmarkOuter', 'p_test.go', 19, true],
    ],
  );
});

void test('without more iterations nothing is per op, and less than before counts as nothing', () => {
  const same = { ...low.totals, iterations: 100 };
  assert.deepEqual(perOp(same, same), { sites: [], objects: 0, bytes: 0 });
  const { sites, objects } = perOp({ ...high.totals, iterations: 100 }, { ...low.totals, iterations: 200 });
  assert.deepEqual([sites, objects], [[], 0]);
});

void test('a crafted or broken profile is a problem, quickly', () => {
  assert.ok('problem' in parseProfile(new Uint8Array(), resolve));
  assert.ok('problem' in parseProfile(Buffer.from('mode: set\n'), resolve));
  // A varint as long as the file: the decoder would build a number of 29 million bits.
  const endless = new Uint8Array(1 << 22).fill(0xff);
  endless.set([0x0a, 0xf8, 0xff, 0xff, 0x01]);
  assert.deepEqual(parseProfile(endless, resolve), { problem: 'not a profile' });
  for (let i = 0; i < 200; i++) {
    const bytes = Uint8Array.from(low.raw.subarray(0, i % 3 === 0 ? i * 40 : undefined));
    for (let k = 1; k < 10; k++) if (bytes.length > 0) bytes[(i * 7919 * k) % bytes.length] = (i * k) % 256;
    parseProfile(bytes, resolve);
  }
});

// Crafted profiles, field by field (proto/profile.proto): small enough to be read, and as large as a benchmark likes.
const varint = (value: bigint | number): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
};
const numberField = (field: number, value: bigint | number): Buffer =>
  Buffer.from([field << 3, ...varint(value)]);
const bytesField = (field: number, content: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), Buffer.from(content)]);
const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);

const strings = ['', 'alloc_objects', 'alloc_space', 'example.com/p.F', 'example.com/p/p.go'];
const types = message(bytesField(1, numberField(1, 1)), bytesField(1, numberField(1, 2)));
const sample = (locations: readonly number[], values: readonly (bigint | number)[]): Buffer =>
  bytesField(
    2,
    message(
      bytesField(1, Buffer.from(locations.flatMap(varint))),
      bytesField(2, Buffer.from(values.flatMap(varint))),
    ),
  );
const location = (id: number, ...lines: [id: number, line: bigint | number][]): Buffer =>
  bytesField(
    4,
    message(
      numberField(1, id),
      ...lines.map(([f, l]) => bytesField(4, message(numberField(1, f), numberField(2, l)))),
    ),
  );
const func = (id: number, name: number, file: number): Buffer =>
  bytesField(5, message(numberField(1, id), numberField(2, name), numberField(4, file)));
const craft = (...fields: Buffer[]): Buffer =>
  message(types, ...strings.map((text) => bytesField(6, text)), func(1, 3, 4), ...fields);
const sitesOf = (bytes: Uint8Array): unknown => {
  const totals = parseProfile(bytes, resolve);
  if ('problem' in totals) return totals.problem;
  return [...totals.gathered.values()].map(({ position, objects, bytes: space }) => [
    position.line,
    objects,
    space,
  ]);
};

void test('a small crafted profile is read, and only lines that the file has are sites', () => {
  assert.deepEqual(sitesOf(craft(sample([1], [3, 96]), location(1, [1, 7]))), [[7, 3, 96]]);
  for (const line of [0, 101, -7, 2n ** 62n]) {
    assert.deepEqual(sitesOf(craft(sample([1], [3, 96]), location(1, [1, line]))), [], String(line));
  }
});

void test('indexes that lead nowhere and negative counts are nothing', () => {
  assert.deepEqual(sitesOf(craft(sample([99], [1, 1]), location(1, [1, 7]))), []);
  assert.deepEqual(sitesOf(craft(sample([1], [1, 1]), location(1, [99, 7]))), []);
  assert.deepEqual(sitesOf(craft(sample([1], [1, 1]), location(1, [2, 7]), func(2, 999, 1e9))), []);
  assert.deepEqual(sitesOf(craft(sample([1], [-5, -80]), location(1, [1, 7]))), [[7, 0, 0]]);
  assert.deepEqual(sitesOf(craft(sample([1], []), location(1, [1, 7]))), [[7, 0, 0]]);
});

const repeat = (count: number, part: Buffer): Buffer => Buffer.alloc(count * part.length, part);

void test('too much of anything is a problem before it is memory', () => {
  const site = location(1, [1, 7]);
  const most = 30_000_000;
  const bombs: Record<string, Buffer> = {
    bytes: craft(sample([1], [1, 1]), site, bytesField(9, Buffer.alloc(40 << 20))),
    packed: craft(bytesField(2, bytesField(1, Buffer.alloc(most, 1)))),
    samples: craft(repeat(most / 10, sample([1], [1, 1])), site),
    'empty samples': craft(repeat(most / 2, bytesField(2, ''))),
    strings: craft(repeat(most / 2, bytesField(6, ''))),
    unknown: craft(repeat(most / 2, numberField(9, 1))),
    lines: craft(
      sample([1], [1, 1]),
      bytesField(4, message(numberField(1, 1), repeat(most / 2, bytesField(4, '')))),
    ),
    'deep stacks': craft(
      sample(Array<number>(900).fill(1), [1, 1]),
      location(1, ...Array.from({ length: 900 }, (): [number, number] => [1, 7])),
    ),
    'a field that is longer than the file': craft(Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x7f])),
    'a tag of two bytes': craft(Buffer.from([0x92, 0x80, 0x00, 0x01])),
  };
  for (const [name, bomb] of Object.entries(bombs)) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const result = parseProfile(bomb, resolve);
    const used = (process.memoryUsage().heapUsed - before) / (1 << 20);
    assert.ok(name === 'a tag of two bytes' || 'problem' in result, name);
    assert.ok(used < 150, `${name}: ${used} MB`);
  }
});

void test('what tells stacks apart is limited in all, and names are cut', () => {
  const long = 'n'.repeat(100_000);
  const deep = Array.from({ length: 400 }, (_, index): [number, number] => [2, index + 1]);
  const many = Array.from({ length: 2000 }, (_, index) => sample([2, 1], [index + 1, 8]));
  const bytes = craft(bytesField(6, long), func(2, 5, 0), location(2, ...deep), location(1, [1, 7]), ...many);
  assert.equal(sitesOf(bytes), 'too many frames in the profile');
  const named = parseProfile(
    craft(bytesField(6, long), func(2, 5, 4), location(1, [2, 7]), sample([1], [1, 8])),
    resolve,
  );
  assert.ok(!('problem' in named));
  assert.equal([...named.gathered.values()][0]?.function.length, 1000);
});
