import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type GatheredSite, parseProfile, perOp, type ProfileTotals } from '../../src/compare/profile.ts';

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

const resolve = (file: string): string | null => (file.startsWith('example.com/p/') ? file.slice(14) : null);

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
