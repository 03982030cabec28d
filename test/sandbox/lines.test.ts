import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLineSplitter } from '../../src/sandbox/lines.ts';

test('lines are split over chunks, the middle of long ones left out, bad UTF-8 replaced', () => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), 5);
  const bytes = Buffer.from('aé\r\n1234567890\n\xff', 'latin1');
  splitter.write(Buffer.from('a\u00e9', 'utf8').subarray(0, 2));
  splitter.write(Buffer.from('a\u00e9', 'utf8').subarray(2));
  splitter.write(bytes.subarray(2));
  splitter.end();
  assert.deepEqual(lines, ['a\u00e9', '12…90', '\ufffd']);
});

test('of a long line the beginning and the end stay, wherever its chunks are split', () => {
  const text = `${'a'.repeat(30)}${'b'.repeat(30)}`;
  for (const size of [1, 3, 7, 8, 9, 50, 100]) {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line), 8);
    const bytes = Buffer.from(`12345678\n${text}\r\n${text}`);
    for (let at = 0; at < bytes.length; at += size) splitter.write(bytes.subarray(at, at + size));
    splitter.end();
    assert.deepEqual(lines, ['12345678', 'aaaa…bbb', 'aaaa…bbbb'], `chunks of ${size}`);
  }
});
