import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, causeOf, frame, say } from './described-change.ts';

/** A function that makes an object for each line of `data`, and a file that changed. */
const reading = (how: string, changed: string): string => `
== shop/a.go ==
  package shop
${how}
  func Load() *Word {
  	var last *Word
  	for _, line := range lines() {
@ 		last = &Word{line, last}
  	}
  	return last
  }
== ${changed} ==
  one
+ two
+ three
  four
`;

const data = (how: string, changed: string): string | null => {
  const text = reading(how, changed);
  const cause = causeOf(text, (at) => ({
    base: [say('escapes-to-heap', at('&Word'), '&Word{...}', { function: 'Load' })],
    decision: say('escapes-to-heap', at('&Word'), '&Word{...}', { function: 'Load' }),
  }));
  return brief(text, cause);
};

const TWO = 'data-file: two';

test('an embedded file that changed is the cause of what unchanged code allocates more', () => {
  const embed = (patterns: string): string => `  //go:embed ${patterns}\n  var list string`;
  for (const [patterns, file] of [
    ['words.txt', 'shop/words.txt'],
    ['*.txt', 'shop/words.txt'],
    ['other.txt "words.txt"', 'shop/words.txt'],
    ['`lists/words.txt`', 'shop/lists/words.txt'],
    ['lists', 'shop/lists/deep/words.txt'],
    ['all:lists', 'shop/lists/.hidden'],
    ['lists/*.txt', 'shop/lists/words.txt'],
    ['w?[n-r]d*.t*t', 'shop/words.txt'],
    ['w[^a-n]r*', 'shop/words.txt'],
    [String.raw`wor\ds.txt`, 'shop/words.txt'],
    ['testdata/a.go', 'shop/testdata/a.go'],
  ] as const) {
    assert.equal(data(embed(patterns), file), TWO, `${patterns} has ${file}`);
  }
  for (const [patterns, file] of [
    ['words.txt', 'shop/other.txt'],
    ['words.txt', 'other/words.txt'],
    ['*.txt', 'shop/lists/words.txt'],
    ['list', 'shop/lists/words.txt'],
    ['w[^a-o]rds.txt', 'shop/words.txt'],
    ['*.tx', 'shop/words.txt'],
    ['[z-a]ords.txt', 'shop/words.txt'],
    [`${'*a'.repeat(30)}*b`, `shop/${'a'.repeat(200)}`],
  ] as const) {
    assert.equal(data(embed(patterns), file), null, `${patterns} does not have ${file}`);
  }
});

test('so is a file that the code opens, or that is test data of the package', () => {
  const open = (path: string): string => `  func lines() []string { return read(${path}) }`;
  assert.equal(data(open('"words.txt"'), 'shop/words.txt'), TWO);
  assert.equal(data(open('"../lists/words.txt"'), 'lists/words.txt'), TWO);
  assert.equal(data(open('"lists"'), 'shop/lists/words.txt'), TWO);
  assert.equal(data(open('os.Args[1]'), 'shop/testdata/words.txt'), TWO);
  assert.equal(data(open('os.Args[1]'), 'shop/words.txt'), null);
  assert.equal(data(open('"words"'), 'shop/words.txt'), null, 'part of a name');
  assert.equal(data('  // see "words.txt"', 'shop/words.txt'), null, 'a comment opens nothing');
  assert.equal(data(open('"go.mod"'), 'shop/go.mod'), null, 'not data');
  assert.equal(data(open('os.Args[1]'), 'other/testdata/words.txt'), null);
});

test('so is a file that is gone', () => {
  const left = (how: string, changed: string, now: string | null = null): string => {
    const text = reading(how, changed).replace(/  one\n[\s\S]*$/u, '- one\n- two\n');
    const cause = causeOf(text, () => ({ moved: now === null ? {} : { [changed]: now } }));
    return cause ? `${cause.file}: ${cause.text}` : 'none';
  };
  const gone = 'head does not have this file';
  const embed = '  //go:embed lists/*.txt\n  var lists embed.FS';
  assert.equal(left(embed, 'shop/lists/more.txt'), `shop/lists/more.txt: ${gone}`);
  assert.equal(left(embed, 'shop/lists/more.txt', 'shop/old/more.txt'), `shop/lists/more.txt: ${gone}`);
  assert.equal(left(embed, 'shop/lists/more.txt', 'shop/lists/many.txt'), 'none', 'another name');
  assert.equal(left(embed, 'shop/other/more.txt'), 'none');
  const read = '  func lines() []string { return read("more.txt", "words.txt") }';
  assert.equal(left(read, 'shop/more.txt'), `shop/more.txt: ${gone}`);
  assert.equal(left(embed, 'shop/more.go'), 'none', 'not data');
});

test('the line that embeds or opens the file is a step on the way', () => {
  const text = reading('  //go:embed words.txt\n  var list string', 'shop/words.txt');
  const cause = causeOf(text, () => ({}));
  assert.deepEqual(cause?.via, [{ file: 'shop/a.go', line: 2, text: '//go:embed words.txt' }]);
});

test('a benchmark that opens the file leads to it', () => {
  const text = `${reading('  func lines() []string { return given }', 'lists/words.txt')}
== shop/a_test.go ==
  package shop
  func BenchmarkLoad(b *testing.B) { given = read("../lists/words.txt"); for b.Loop() { Load() } }
`;
  const cause = causeOf(text, (at) => ({
    callers: [frame(at('func BenchmarkLoad'), 'example.com/m/shop.BenchmarkLoad')],
  }));
  assert.equal(brief(text, cause), TWO);
});

test('changed code comes before changed data', () => {
  const text = reading('  //go:embed words.txt\n  var list string', 'shop/words.txt').replace(
    '  	var last *Word',
    '- 	last := lastOf(nil)\n+ 	last := lastOf(others())',
  );
  assert.match(brief(text, causeOf(text)) ?? '', /^function: last := lastOf\(others/u);
});
