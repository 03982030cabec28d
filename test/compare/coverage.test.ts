import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasGrown, parseCoverage, readLines, wasRun } from '../../src/compare/coverage.ts';

const profile = `mode: set
example.com/m/a.go:3.20,5.2 2 1
example.com/m/a.go:7.14,9.10 1 0
example.com/m/a.go:9.10,11.3 1 12
example.com/m/a.go:13.16,15.2 3 0
`;

test('a function is run if one of its blocks is', () => {
  const coverage = parseCoverage(profile);
  assert.ok(coverage);
  const at = (firstLine: number, lastLine: number): boolean | null =>
    wasRun(coverage, 'example.com/m/a.go', { firstLine, lastLine });
  assert.equal(at(3, 5), true);
  assert.equal(at(7, 12), true);
  assert.equal(at(13, 15), false);
  assert.equal(at(17, 19), null, 'no block');
  assert.equal(wasRun(coverage, 'example.com/m/b.go', { firstLine: 3, lastLine: 5 }), null);
});

test('a line was run if one of the blocks that it lies in was', () => {
  const coverage = parseCoverage(profile);
  assert.ok(coverage);
  const lines = readLines(coverage, 'example.com/m/a.go', { firstLine: 7, lastLine: 12 });
  assert.deepEqual(
    [...lines],
    [
      [7, false],
      [8, false],
      [9, true],
      [10, true],
      [11, true],
    ],
  );
});

test('what is not a whole profile is ignored', () => {
  assert.equal(parseCoverage(''), null);
  assert.equal(parseCoverage('example.com/m/a.go:3.20,5.2 2 1\n'), null);
  assert.equal(parseCoverage(profile.slice(0, -3)), null, 'cut short');
  assert.equal(parseCoverage(`${profile}garbage\n`), null);
  assert.deepEqual(parseCoverage('mode: set\n'), new Map());
});

test('what only the set-up of benchmarks runs does not run more often in more iterations', () => {
  const [shorter, longer] = [profile, profile.replace('1 12', '1 40')].map((text) => parseCoverage(text));
  assert.ok(shorter && longer);
  const at = (firstLine: number, lastLine: number, file = 'example.com/m/a.go'): boolean =>
    hasGrown(shorter, longer, file, { firstLine, lastLine });
  assert.ok(at(7, 12));
  assert.ok(!at(3, 5), 'run as often');
  assert.ok(!at(13, 15), 'not run');
  assert.ok(!at(7, 12, 'example.com/m/b.go'));
});
