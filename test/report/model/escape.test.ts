import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cleanLine,
  escapeHtml,
  escapeSarif,
  shortLine,
  toJson,
  toLogLine,
  toMarkdownCode,
  toMarkdownFence,
  toMarkdownUrl,
  toUri,
} from '../../../src/report/model/escape.ts';

/** What a hostile pull request might put into a name. */
const nasty = [
  '@octocat',
  '#1 GH-1 owner/repo#1',
  '[text](https://evil.example)',
  '![image](https://evil.example/x.png)',
  '<img src=x onerror=alert(1)>',
  '<!-- allocgate:summary -->',
  '</code></details><h1>',
  '`end` code',
  '``` fence',
  'a|b',
  'ends in \\',
  'a\\|b',
  'a\\\\|b`c',
  '\u001B[31mred\u001B[0m',
  '\u001B]8;;https://evil.example\u0007link\u001B]8;;\u0007',
  '\u001B]0;title',
  '\u009B2Jclear',
  'a\u202Eb\u2066c\u200Bd\uFEFFe',
  'line\r\none\u2028two\ttab',
  '\u{E0041}tag',
  'lone \uD800 surrogate',
  '**bold** _it_ ~~no~~ $x$',
  'https://evil.example www.evil.example',
  'x'.repeat(5000),
];

// oxlint-disable-next-line no-control-regex
const invisible = /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uD800-\uDFFF]/;

test('a clean line shows all it holds', () => {
  for (const text of nasty) assert.doesNotMatch(cleanLine(text), invisible, JSON.stringify(text));
  assert.equal(cleanLine('\u001B[31mred\u001B[0m'), 'red');
  assert.equal(cleanLine('\u001B]8;;https://evil.example\u0007link\u001B]8;;\u0007'), 'link');
  assert.equal(cleanLine('line\r\none\ttab'), 'line one tab');
  assert.equal(cleanLine('a\u202Eb'), 'ab');
});

test('names of other scripts stay as they are', () => {
  for (const name of ['Größe', '名前', '😀 ok', 'Ωmega/été']) assert.equal(cleanLine(name), name);
});

test('in Markdown a foreign string is one code span or element, whatever it holds', () => {
  for (const text of nasty) {
    const code = toMarkdownCode(text);
    // Nothing between the delimiters can end the span, a table cell or the line.
    const inner =
      /^`([^`|\\\n]+)`$/u.exec(code) ?? /^<code>((?:[\p{L}\p{N} ]|&#\d+;|…)+)<\/code>$/u.exec(code);
    assert.ok(inner, `${JSON.stringify(text)} became ${code}`);
  }
});

test('ordinary names stay readable in Markdown', () => {
  assert.equal(toMarkdownCode('BenchmarkX/small'), '`BenchmarkX/small`');
  assert.equal(toMarkdownCode('&T{...} escapes to heap'), '`&T{...} escapes to heap`');
  assert.equal(toMarkdownCode('a|b'), '<code>a&#124;b</code>');
  assert.equal(toMarkdownCode(''), '(empty)');
  assert.equal(toMarkdownCode('\u200B'), '(empty)');
});

test('a very long name is shortened, between characters', () => {
  assert.ok(toMarkdownCode('x'.repeat(5000)).length < 310);
  assert.doesNotMatch(toMarkdownCode('😀'.repeat(400)), /\uFFFD|[\uD800-\uDFFF](?![\uDC00-\uDFFF])`/);
});

test('a fence is longer than any in its lines', () => {
  const fence = toMarkdownFence(['a', '````', '\u001B[1mb', '\tc']);
  assert.equal(fence, '`````text\na\n````\nb\n    c\n`````');
  assert.equal(toMarkdownFence(['x\ny']), '```text\nx y\n```');
});

test('only web addresses become link targets, and none can end the link', () => {
  assert.equal(toMarkdownUrl('https://example.com/a'), 'https://example.com/a');
  assert.equal(toMarkdownUrl('https://example.com/a)b [c](d)'), 'https://example.com/a%29b%20%5Bc%5D%28d%29');
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'not a url', 'http://']) {
    assert.equal(toMarkdownUrl(url), null, url);
  }
});

test('HTML is text', () => {
  assert.equal(escapeHtml('<a href="x">&\'</a>'), '&#60;a href=&#34;x&#34;&#62;&#38;&#39;&#60;/a&#62;');
});

test('SARIF messages have no placeholders and no links', () => {
  assert.equal(escapeSarif('&T{0} [a](b) c\\d'), '&T{{0}} \\[a\\](b) c\\\\d');
});

test('paths become relative URI references', () => {
  assert.equal(toUri('a dir/ü#?%.go'), 'a%20dir/%C3%BC%23%3F%25.go');
  assert.equal(toUri("it's (x)!*.go"), 'it%27s%20%28x%29%21%2A.go');
  assert.equal(toUri('bad\uD800.go'), 'bad%EF%BF%BD.go');
});

test('no line of a log is a command for the runner that reads it', () => {
  assert.equal(toLogLine('  ::error file=a.go,line=1::x'), '  : :error file=a.go,line=1::x');
  assert.equal(toLogLine('x ##[error]y'), 'x ## [error]y');
  assert.equal(toLogLine('a::b std::vector'), 'a::b std::vector');
});

test('JSON keeps what it is given and shows all of it', () => {
  const value = { name: `${nasty.join('')}\u2028##[error]x`, list: ['\u{E0041}', '\u009B2J'] };
  const text = toJson(value);
  assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
  assert.doesNotMatch(text.replaceAll('\n', ''), invisible);
  assert.doesNotMatch(text, /##\[/u);
  assert.ok(text.endsWith('}\n'));
});

test('in a terminal a name of 60 kB leaves room for others', () => {
  assert.equal(shortLine('x'.repeat(60_000)).length, 500);
  assert.equal(shortLine('BenchmarkX'), 'BenchmarkX');
});
