import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkGoRegexp } from '../../src/config/go-regexp.ts';

const good = [
  '', '.', '^BenchmarkX$', 'X/small', 'A|B', '(A|B)/c', '(?i)parse', '(?P<name>a)', '(?:a)+?', '[[:alpha:]]+',
  '[]a]', '[^]/]', 'a{2}', 'a{2,3}?', 'a{', '\\pN', '\\Qa(b\\E', 'a//b', '(?s:.)', '\\/', '[a/b]', 'x{,5}',
]; // prettier-ignore
const bad: [string, string][] = [
  ['(', 'unclosed-group'],
  ['a)', 'unopened-group'],
  ['[a', 'unclosed-class'],
  ['[]', 'unclosed-class'],
  ['*', 'nothing-to-repeat'],
  ['a|*', 'nothing-to-repeat'],
  ['(+a)', 'nothing-to-repeat'],
  ['a/*', 'nothing-to-repeat'],
  ['a**', 'repeated-repeat'],
  ['a\\', 'trailing-backslash'],
  ['a(?=b)', 'look-around'],
  ['(?<!b)a', 'look-around'],
  ['(a)\\1', 'back-reference'],
];

test('patterns that Go takes are taken, the usual mistakes are named', () => {
  for (const text of good) assert.equal(checkGoRegexp(text), null, text);
  for (const [text, fault] of bad) assert.equal(checkGoRegexp(text), fault, text);
});

test('Go itself agrees', () => {
  const program = `package main
import ("fmt"; "os"; "regexp")
func main() { for _, a := range os.Args[1:] { _, err := regexp.Compile(a); fmt.Println(err == nil) } }
`;
  const dir = mkdtempSync(join(tmpdir(), 'allocgate-regexp-'));
  try {
    writeFileSync(join(dir, 'main.go'), program);
    // A slash splits the pattern before Go compiles it, so only whole elements can be asked about.
    const patterns = [...good, ...bad.map(([text]) => text)].filter((text) => !text.includes('/'));
    const { stdout, stderr } = spawnSync('go', ['run', 'main.go', ...patterns], {
      cwd: dir,
      encoding: 'utf8',
    });
    assert.deepEqual(
      stdout.trim().split('\n'),
      patterns.map((text) => String(checkGoRegexp(text) === null)),
      stderr,
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});
