import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openUmask } from '../../src/umask.ts';

test('two reviews in one process: files stay readable until the last one ends, and then the umask is the first one', () => {
  const before = process.umask(0o077);
  try {
    const [first, second] = [openUmask(), openUmask()];
    first();
    first();
    assert.equal(process.umask(), 0o022, 'the second is still under way');
    const third = openUmask();
    second();
    assert.equal(process.umask(), 0o022);
    third();
    assert.equal(process.umask(), 0o077);
  } finally {
    process.umask(before);
  }
});
