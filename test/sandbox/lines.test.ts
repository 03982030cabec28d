import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLineSplitter } from '../../src/sandbox/lines.ts';

test('lines are split over chunks, long ones cut, bad UTF-8 replaced', () => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), 5);
  const bytes = Buffer.from('aé\r\n1234567890\n\xff', 'latin1');
  splitter.write(Buffer.from('a\u00e9', 'utf8').subarray(0, 2));
  splitter.write(Buffer.from('a\u00e9', 'utf8').subarray(2));
  splitter.write(bytes.subarray(2));
  splitter.end();
  assert.deepEqual(lines, ['a\u00e9', '12345', '\ufffd']);
});
