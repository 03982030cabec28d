import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hideLineComments, showLineComments } from '../../src/syntax/line-comments.ts';
import { processorTime } from '../support/processor-time.ts';

const hide = (text: string): string => hideLineComments(Buffer.from(text, 'latin1')).toString('latin1');

describe('comments that give lines another place', () => {
  const hidden: Record<string, [before: string, after: string]> = {
    'of a generator': [
      'package p\n\n//line calc.y:12\nvar x = 1\n',
      'package p\n\n//Line calc.y:12\nvar x = 1\n',
    ],
    'within a line': ['x = /*line a.go:5:1*/ new(int)', 'x = /*Line a.go:5:1*/ new(int)'],
    'at the start of the file': ['//line a.y:1\r\npackage p', '//Line a.y:1\r\npackage p'],
    'behind texts that contain the start of a comment': [
      'a, b, c := "/*", \'"\', `\n//` //\n//line a.y:1\n/**/ /***//*line b.go:1*/',
      'a, b, c := "/*", \'"\', `\n//` //\n//Line a.y:1\n/**/ /***//*Line b.go:1*/',
    ],
    'beside bytes that are not UTF-8': ['// \xff\xfe\n//line \xff.y:1\n', '// \xff\xfe\n//Line \xff.y:1\n'],
    'in a comment that is not closed': ['/*line a.y:1', '/*Line a.y:1'],
  };
  for (const [what, [before, after]] of Object.entries(hidden)) {
    it(`are hidden ${what}`, () => assert.equal(hide(before), after));
  }

  const kept: Record<string, string> = {
    'in a raw string': 'const t = `\n//line %s:%d\n/*line a.go:1*/`\n',
    'in a string with escapes': 'const t = "\\"//line a.y:1"\n',
    'in another comment': '/*\n//line a.y:1\n*/ // see //line a.y:1\n',
    'with another name': '//lines 1\n//go:line 1\n// line a.y:1\n',
  };
  for (const [what, text] of Object.entries(kept)) {
    it(`are text that stays ${what}`, () => assert.equal(hide(text), text));
  }

  it('are shown as they were', () => {
    const text = 'package p\n\n//line calc.y:12\nvar x = /*line a.go:5:1*/ 1\n\n//Line by line.\n';
    assert.equal(showLineComments(hide(text)), text);
  });

  it('are found in time that grows with the file alone', () => {
    const time = (count: number): number => {
      const content = Buffer.from(
        `//line a.y:1\n${'/*'.repeat(count)}${"`'".repeat(count)}${'"\\'.repeat(count)}`,
      );
      return processorTime(() => hideLineComments(content));
    };
    assert.ok(time(200_000) < 30 * Math.max(time(20_000), 2));
  });
});
