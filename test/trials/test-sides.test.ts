import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Delta } from '../../src/compare/types.ts';
import { describeDelta } from '../../src/compare/verdict.ts';
import type { Lab } from '../../src/review/lab.ts';
import { benchmarkFiles } from '../../src/trials/test-sides.ts';

test('a benchmark that was measured as base has it is tried with base’s tests of its package', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-sides-'));
  try {
    await mkdir(path.join(dir, 'sub/log'), { recursive: true });
    await writeFile(path.join(dir, 'sub/log/old_test.go'), 'package log\n');
    const change = (basePath: string | null, headPath: string | null) => ({
      basePath,
      headPath,
      binary: false,
      hunks: [],
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest is for building, which does not happen
    const lab = {
      trees: { base: dir, head: dir },
      tasks: [{ head: { path: 'example.com/m', dir: 'sub' } }],
      diff: [
        change('sub/log/old_test.go', null),
        change(null, 'sub/log/new_test.go'),
        change('sub/log/log.go', 'sub/log/log.go'),
        change('sub/other/other_test.go', null),
      ],
    } as unknown as Lab;
    const delta = describeDelta(null, null, { verdict: 'removed', reason: null });
    const filesFor = (reason: Delta['reason']) =>
      Object.fromEntries(benchmarkFiles(lab, { ...delta, package: 'example.com/m/log', reason }));
    const crosswise = (benchmarkOf: 'base' | 'head'): Delta['reason'] => ({
      kind: 'crosswise',
      benchmarkOf,
      benchmarkChangesNumbers: false,
    });
    assert.deepEqual(filesFor(crosswise('base')), {
      'sub/log/old_test.go': 'package log\n',
      'sub/log/new_test.go': null,
    });
    assert.deepEqual(filesFor(crosswise('head')), {});
    assert.deepEqual(filesFor(null), {});
  } finally {
    await rm(dir, { recursive: true });
  }
});
