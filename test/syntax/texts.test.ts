import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blankLongLiterals, findTextEnd, listTexts } from '../../src/syntax/texts.ts';
import { readTokens } from '../../src/syntax/tokens.ts';
import { hideLineComments } from '../../src/syntax/line-comments.ts';
import { processorTime } from '../support/processor-time.ts';

const MEGABYTE = 1_000_000;

describe('comments, strings and runes', () => {
  const ends: Record<string, [text: string, found: string | null, isClosed?: boolean]> = {
    'a string with escapes': ['"a\\"b\\\\" + c', '"a\\"b\\\\"'],
    'a rune': ["'\\'' + c", "'\\''"],
    'a raw string over lines': ['`a\n"\\` + c', '`a\n"\\`'],
    'a comment to the end of the line': ['// a "b\nc', '// a "b'],
    'a comment over lines': ['/* a\n// ***/ b', '/* a\n// ***/'],
    'a comment that begins like its end': ['/*/ a */ b', '/*/ a */'],
    'a string that is not closed': ['"a\nb"', '"a', false],
    'a string with an escaped line end': ['"a\\\nb"', '"a\\', false],
    'a string at the end of the file': ['"a\\', '"a\\', false],
    'a raw string that is not closed': ['`a\nb', '`a\nb', false],
    'a division': ['/ a / b', null],
  };
  for (const [what, [text, found, isClosed = true]] of Object.entries(ends)) {
    it(`end: ${what}`, () =>
      assert.deepEqual(findTextEnd(text, 0), found === null ? null : { end: found.length, isClosed }));
  }

  it('are listed in order', () => {
    const text = 'a := "b" /* "c" */ / `d//` // e\n\'f\'';
    const found = [...listTexts(text)].map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(found, ['"b"', '/* "c" */', '`d//`', '// e', "'f'"]);
  });

  it('are blanked where they are long, and every line and column stays', () => {
    const long = `${'\\x1f'.repeat(30_000)}\\"`;
    const code = (string: string, raw: string): string =>
      `package p\n\nvar a, b = "${string}", "x\\n"\nvar c = \`${raw}\` // c\n`;
    const text = code(long, 'é"\n'.repeat(40_000));
    const blank = code(' '.repeat(long.length), '  \n'.repeat(40_000));
    assert.deepEqual(blankLongLiterals(text), { code: blank, blanked: long.length + 120_000 });
    assert.deepEqual(blankLongLiterals(blank.slice(0, 50)), { code: blank.slice(0, 50), blanked: 0 });
  });

  it('of many megabytes are read, in time that grows with the file alone', () => {
    const make = (megabytes: number): string => {
      const count = megabytes * MEGABYTE;
      const texts = ['"', "'", '`'].map((mark) => `${mark}${'a\\n'.repeat(count / 3)}${mark}`);
      return `package p\n//line a.y:1\nvar _ = ${texts.join(' + ')} /*${'* '.repeat(count / 2)}*/\n`;
    };
    assert.ok(readTokens(make(24)));
    assert.match(hideLineComments(Buffer.from(make(24))).toString('latin1', 0, 20), /^package p\n\/\/Line /u);
    const time = (megabytes: number): number => {
      const text = make(megabytes);
      return processorTime(() => blankLongLiterals(text));
    };
    assert.ok(time(4) < 30 * Math.max(time(0.4), 2));
  });
});
