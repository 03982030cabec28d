import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_COMMANDS, MAX_REASON, nameOfCommand, parseCommands } from '../../../src/app/commands/parse.ts';
import { processorTime } from '../../support/processor-time.ts';

/** The lines of the commands in a comment. */
function linesOf(body: string): number[] {
  return parseCommands(body).map(({ line }) => line);
}

/** The only command of a comment of one line, without its line. */
function parse(text: string): unknown {
  const [{ line, ...command } = { line: 0 }, ...others] = parseCommands(text);
  assert.deepEqual([line, others.length], [1, 0], text);
  return command;
}

test('every command', () => {
  const name = 'example.com/m/pkg.BenchmarkX/small-4';
  const cases: [string, object][] = [
    ['/allocgate help', { kind: 'help' }],
    ['/allocgate help accept', { kind: 'help' }],
    ['/allocgate', { kind: 'help' }],
    ['/allocgate run', { kind: 'run', bench: null }],
    ['/allocgate run ^BenchmarkX$/a|b', { kind: 'run', bench: '^BenchmarkX$/a|b' }],
    ['/allocgate rerun', { kind: 'rerun' }],
    ['/allocgate cancel', { kind: 'cancel' }],
    ['/allocgate approve', { kind: 'approve' }],
    [`/allocgate accept ${name} because it caches`, { kind: 'accept', name, reason: 'it caches' }],
    [`/allocgate withdraw ${name}`, { kind: 'withdraw', name }],
    ['/allocgate explain MA-01', { kind: 'explain', name: 'MA-01' }],
  ];
  for (const [text, command] of cases) assert.deepEqual(parse(text), command, text);
});

test('capitals in names of commands, none changed in what they are given', () => {
  assert.deepEqual(parse('/Allocgate ReRun'), { kind: 'rerun' });
  assert.deepEqual(parse('/allocgate Accept BenchmarkX BECAUSE: Of X'), {
    kind: 'accept',
    name: 'BenchmarkX',
    reason: 'Of X',
  });
});

test('names and expressions may be written as code', () => {
  assert.deepEqual(parse('/allocgate run `Benchmark_a_b|Y`'), { kind: 'run', bench: 'Benchmark_a_b|Y' });
  assert.deepEqual(parse('/allocgate accept ``pkg.BenchmarkX``  because  `x` is *hot*'), {
    kind: 'accept',
    name: 'pkg.BenchmarkX',
    reason: '`x` is *hot*',
  });
});

test('an unknown word gets the nearest command, if one is near', () => {
  assert.deepEqual(parse('/allocgate aprove'), { kind: 'unknown', word: 'aprove', suggestion: 'approve' });
  assert.deepEqual(parse('/allocgate re-run'), { kind: 'unknown', word: 're-run', suggestion: 'rerun' });
  assert.deepEqual(parse('/allocgate celebrate'), { kind: 'unknown', word: 'celebrate', suggestion: null });
});

test('what is missing is named', () => {
  const cases: [string, string, string][] = [
    ['/allocgate accept', 'accept', 'name'],
    ['/allocgate accept because of X', 'accept', 'name'],
    ['/allocgate accept BenchmarkX', 'accept', 'because'],
    ['/allocgate accept BenchmarkX it is fine', 'accept', 'because'],
    ['/allocgate accept BenchmarkX because', 'accept', 'reason'],
    ['/allocgate withdraw', 'withdraw', 'name'],
    ['/allocgate explain', 'explain', 'name'],
  ];
  for (const [text, command, missing] of cases) {
    assert.deepEqual(parse(text), { kind: 'incomplete', command, missing }, text);
  }
});

test('words too many are no command: "approve not" is no approval', () => {
  assert.deepEqual(parse('/allocgate approve not'), { kind: 'surplus', command: 'approve', text: 'not' });
  assert.deepEqual(parse('/allocgate run A B'), { kind: 'surplus', command: 'run', text: 'B' });
  assert.deepEqual(parse('/allocgate withdraw A B'), { kind: 'surplus', command: 'withdraw', text: 'B' });
});

test('regular expressions that Go refuses, and arguments that are too long', () => {
  assert.deepEqual(parse('/allocgate run Bench(mark'), {
    kind: 'bad-regexp',
    regexp: 'Bench(mark',
    fault: { description: 'missing closing )', fragment: 'Bench(mark' },
  });
  const reason = 'r'.repeat(MAX_REASON);
  assert.deepEqual(parse(`/allocgate accept X because ${reason}`), { kind: 'accept', name: 'X', reason });
  assert.deepEqual(parse(`/allocgate accept X because ${reason}r`), {
    kind: 'too-long',
    command: 'accept',
    part: 'reason',
    limit: MAX_REASON,
  });
  assert.partialDeepStrictEqual(parse(`/allocgate run ${'x'.repeat(5000)}`), { part: 'regexp' });
  assert.partialDeepStrictEqual(parse(`/allocgate explain ${'x'.repeat(5000)}`), { part: 'name' });
});

test('control characters do not get into a reason', () => {
  assert.deepEqual(parse('/allocgate accept X because a\u0000b\tc\u001B[31m'), {
    kind: 'accept',
    name: 'X',
    reason: 'a b c [31m',
  });
});

test('one per line, at the start of the line, whatever ends the lines', () => {
  assert.deepEqual(
    parseCommands('Thanks!\r\n/allocgate rerun\r\n  /allocgate cancel\nnow /allocgate approve\r\n'),
    [
      { line: 2, kind: 'rerun' },
      { line: 3, kind: 'cancel' },
    ],
  );
  assert.deepEqual(
    linesOf('/allocgates run\n/allocgate-run\n//allocgate run\n@allocgate run\n/alloc run'),
    [],
  );
  assert.deepEqual(linesOf(''), []);
});

test('text around it, in paragraphs, lists and above a signature, makes no difference', () => {
  assert.deepEqual(linesOf('- a point\n/allocgate rerun'), [2]);
  assert.deepEqual(linesOf('1. a point\n\n   /allocgate rerun\n2. another'), [3]);
  assert.deepEqual(linesOf('# Title\n/allocgate rerun\n***\n/allocgate cancel'), [2, 4]);
  assert.deepEqual(linesOf('/allocgate rerun\n-- \nA. Person'), [1]);
  assert.deepEqual(linesOf('<!-- hidden -->\n/allocgate rerun'), [2]);
  assert.deepEqual(
    linesOf('<details>\n<summary>Log</summary>\n\ntext\n\n</details>\n\n/allocgate rerun'),
    [8],
  );
  assert.deepEqual(linesOf('a `tick and ~~ and <b>\n/allocgate rerun'), [2]);
  assert.deepEqual(linesOf(String.raw`an \`escaped tick` + '\n/allocgate rerun\nand a ` more'), [2]);
});

test('lists of commands in a description are not carried out', () => {
  assert.deepEqual(
    linesOf('- /allocgate approve\n* /allocgate rerun\n1. /allocgate cancel\n- [ ] /allocgate help'),
    [],
  );
});

test('code is not obeyed', () => {
  const hidden = [
    '```\n/allocgate rerun\n```',
    '~~~~ sh\n/allocgate rerun\n~~~\n/allocgate rerun\n~~~~',
    '```\n/allocgate rerun',
    '    /allocgate rerun',
    '\t/allocgate rerun',
    '- a\n  ```\n  /allocgate rerun\n  ```',
    'see `x\n/allocgate rerun\n` there',
    'see ``x ` y\n/allocgate rerun\n`` there',
    'see <code>\n/allocgate rerun\n</code>',
    '<pre>\n\n/allocgate rerun\n\n</pre>',
    '<details>\n\n```\n/allocgate rerun\n```\n\n</details>',
    '<details><pre><code>\n/allocgate rerun\n</code></pre></details>',
    '<kbd>\n\n/allocgate rerun\n\n</kbd>',
  ];
  for (const body of hidden) assert.deepEqual(linesOf(body), [], body);
});

test('quotes, comments, tables and what is struck out are not obeyed', () => {
  const hidden = [
    '> /allocgate rerun',
    '> a quote\n/allocgate rerun',
    '> - in a quote\n>\n> /allocgate rerun',
    '- > a quote\n  /allocgate rerun',
    '<blockquote>\n\n/allocgate rerun\n\n</blockquote>',
    '<!--\n/allocgate rerun\n-->',
    '<!--\n\n/allocgate rerun\n\n-->',
    'text <!--\n/allocgate rerun\n--> text',
    '<!-- never closed\n\n/allocgate rerun',
    '/allocgate rerun | b\n--- | ---\n/allocgate rerun | b',
    'no: ~~\n/allocgate rerun\n~~',
    '<del>\n\n/allocgate rerun\n\n</del>',
  ];
  for (const body of hidden) assert.deepEqual(linesOf(body), [], body);
});

test('a command after a quote, a code block and a comment is obeyed', () => {
  const body =
    '> /allocgate approve\n\n```\n/allocgate approve\n```\n<!-- /allocgate approve -->\n\n/allocgate rerun';
  assert.deepEqual(parseCommands(body), [{ line: 8, kind: 'rerun' }]);
});

test('a command has the name that was written, also a wrong one', () => {
  const names = (body: string): string[] => parseCommands(body).map(nameOfCommand);
  const body = ['acept X', 'accept X', 'accept X because so', 'run [', 'rerun now', ''];
  assert.deepEqual(names(body.map((one) => `/allocgate ${one}`).join('\n')), [
    'acept',
    'accept',
    'accept',
    'run',
    'rerun',
    'help',
  ]);
  assert.equal(names('/allocgate rerun\n'.repeat(11)).at(-1), '');
});

test('ten commands of one comment count', () => {
  const body = `hello\n\n${'/allocgate rerun\n'.repeat(MAX_COMMANDS + 3)}`;
  const commands = parseCommands(body);
  assert.equal(commands.length, MAX_COMMANDS + 1);
  assert.deepEqual(commands.at(-1), {
    line: 3 + MAX_COMMANDS,
    kind: 'too-many',
    limit: MAX_COMMANDS,
    ignored: 3,
  });
  assert.equal(parseCommands('/allocgate rerun\n'.repeat(MAX_COMMANDS)).length, MAX_COMMANDS);
});

test('words that look like what the parser puts in do not disturb it', () => {
  const body = '`markedline2z`\nmarkedline3z markedlinex1z\n\n/allocgate rerun\nmarkedline1z';
  assert.deepEqual(linesOf(body), [4]);
});

const millisecondsOf = (body: string): number =>
  processorTime(() => void parseCommands(`/allocgate rerun\n\n${body}`));

test('comments made to keep a parser busy are read like others', () => {
  const fill = (unit: string): string => unit.repeat(Math.floor(60_000 / unit.length));
  const ordinary = Math.max(1, millisecondsOf(fill('It is *not* that `code`.\n\n')));
  const units = ['**a*b_', '_a**b', '~~a~', '<code ', '<!-- ', '[a](', '`a``b```c'];
  for (const unit of units) {
    // marked's own lexer takes 16,000 times as long for the first.
    assert.ok(millisecondsOf(fill(unit)) < 1000 * ordinary, unit);
  }
});

test('comments nested so deeply that a parser runs out of stack hold no commands', () => {
  for (const unit of ['> ', '- ', '1. ', '>- ', '>']) {
    assert.deepEqual(linesOf(`/allocgate rerun\n\n${unit.repeat(20_000)}x`), [], unit);
  }
  assert.deepEqual(linesOf('/allocgate rerun\n\n- - - - - -\n>>>> x\n- > 1. x'), [1]);
});

const kindsOf = (body: string): string[] => parseCommands(body).map(({ kind }) => kind);

const picture = '<img width="843" alt="Image" src="https://github.com/user-attachments/assets/0" />';

test('comments full of empty list items hold no commands, because a lexer reads the rest again for each', () => {
  for (const unit of ['a\n-\n', '-\na\n', '1.\n|-|\n', '  2)  \na\n', '> -\n> a\n', '-\n*\n']) {
    const body = (items: number): string => `/allocgate rerun\n\n${unit.repeat(items)}`;
    assert.deepEqual(linesOf(body(9)), [1], unit);
    const [some, many] = [6_000, 60_000].map((length) => body(Math.floor(length / unit.length)));
    const time = (text: string): number => processorTime(() => parseCommands(text));
    // Ten times the text, at most about ten times the time; below 20 ms, times say nothing.
    assert.ok(time(many ?? '') < 15 * Math.max(20, time(some ?? '')), unit);
    assert.deepEqual(linesOf(many ?? ''), [], unit);
  }
});

test('text of HTML blocks that GitHub shows can be a command', () => {
  for (const body of [
    `${picture}\r\n/allocgate rerun`,
    `${picture}\n${picture}\n/allocgate rerun\n\nwords`,
    '<details>\n<summary>More</summary>\n/allocgate rerun\n</details>',
    '<details>\n<summary>More</summary>\n\n/allocgate rerun\n\n</details>',
    '<div align="center">\n/allocgate rerun\n</div>',
    '<!-- a comment -->\n/allocgate rerun',
    '<p title="a > b">\n/allocgate rerun',
    '<pre>\ncode\n</pre>\n\n/allocgate rerun',
    'words with a < b\n/allocgate rerun',
    'words[^1]\n\n[^1]: a note\n\n/allocgate rerun',
  ]) {
    assert.deepEqual(kindsOf(body), ['rerun'], body);
  }
});

test('what HTML hides, quotes or shows as code is not a command, nor is a footnote', () => {
  for (const body of [
    '<!--\n/allocgate rerun\n-->',
    `<!-- ${picture}\n/allocgate rerun`,
    '<img alt="\n/allocgate rerun\n" src="x">',
    "<details title='\n/allocgate rerun\n'>\n</details>",
    'words <img alt="\n/allocgate rerun\n" src="x"> words',
    '<pre>\n/allocgate rerun\n</pre>',
    '<div><pre>\n\n/allocgate rerun\n\n</pre></div>',
    '<blockquote>\n\n/allocgate rerun\n\n</blockquote>',
    '<template>\n/allocgate rerun\n</template>',
    '<script>\n/allocgate rerun\n</script>',
    '<style>\n/allocgate rerun\n</style>',
    '<textarea>\n/allocgate rerun',
    '<svg>\n\n/allocgate rerun\n\n</svg>',
    '<div\n/allocgate rerun\n>',
    'words[^1]\n\n[^1]: a note\n/allocgate rerun',
    'words[^1]\n[^1]:\n/allocgate rerun',
    'words[^1]\n\n[^1]: a note\n\n    /allocgate rerun',
  ]) {
    assert.deepEqual(kindsOf(body), [], body);
  }
});

test('tags that never end take no longer than their text', () => {
  const time = (times: number): number => {
    const body = `<div>\n${'<a b="'.repeat(times)}\n/allocgate rerun`;
    return processorTime(() => void parseCommands(body));
  };
  time(500);
  assert.ok(time(8000) < 40 * Math.max(time(800), 1));
});
