import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMeaning } from '../../src/syntax/meaning.ts';

const code = 'package p\n\nimport "fmt"\n\nfunc F(s string) {\n\tfmt.Print(s, "// no comment")\n}\n';

describe('two texts have the same meaning', () => {
  const others: Record<string, string> = {
    'where comments differ': code.replace(
      'func',
      '// F prints s. //go:noinline is not a directive here.\n/* It\ndoes. */\nfunc',
    ),
    'where the layout differs': code
      .replaceAll('\n', '\n\n')
      .replace('fmt.Print(s, ', 'fmt.Print( s,  //nolint:all\n'),
    'where line ends differ': code.replaceAll('\n', '\r\n'),
  };
  for (const [what, text] of Object.entries(others)) {
    it(what, () => assert.equal(readMeaning(text), readMeaning(code)));
  }
});

describe('two texts have another meaning', () => {
  const others: Record<string, string> = {
    'where a string differs': code.replace('// no', '//no'),
    'where a line break ends a statement': code.replace('fmt.Print(s', 'return\n\tfmt.Print(s'),
    'where a comment takes the code': code.replace('\tfmt', '\t// fmt'),
    'where a comment contains the line break that ends a statement': code.replace(
      '{\n\tfmt',
      '{ return /*\n*/ fmt',
    ),
    'where it is no Go': `${code}#`,
    ...Object.fromEntries(
      [
        '//go:noinline',
        '//go:build linux',
        '//line x.go:1',
        '/*line x.go:1*/',
        '//allocgate:allocs 0',
        '// +build linux',
      ].map((one) => [`where ${one} stands before a function`, code.replace('func', `${one}\nfunc`)]),
    ),
  };
  for (const [what, text] of Object.entries(others)) {
    it(what, () => assert.notEqual(readMeaning(text), readMeaning(code)));
  }
});
