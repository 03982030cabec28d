import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTopLevel } from '../../../src/config/go-regexp.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { describeInit, type Survey, writeInitialConfig } from '../../../src/report/words/init.ts';

/** A repository in which each of some benchmarks uses the network. */
const survey = (number: number): Survey => ({
  modules: [{ path: 'example.com/m', dir: '.' }],
  benchmarks: Array.from({ length: number }, (_, index) => ({
    package: 'example.com/m/web',
    name: `BenchmarkRequestOverTheNetwork${index}`,
    file: 'web/web_test.go',
    line: index + 1,
    doubts: ['network'],
  })),
});

for (const number of [1, 51, 200]) {
  test(`of ${number} doubtful benchmarks, the file skips those that init counts as skipped, and is valid`, () => {
    const repository = survey(number);
    const text = writeInitialConfig(repository);
    const config = parseConfig(text, 'allocgate.yml');
    assert.ok(!('problems' in config), text);
    const isSkipped = compileTopLevel(config.benchmarks.skip);
    const skipped = repository.benchmarks.filter(({ name }) => isSkipped(name)).length;
    assert.match(describeInit([], repository), new RegExp(`, ${skipped} of which the file skips:`, 'u'));
    assert.equal(skipped === number, !text.includes('do not fit into one expression'));
  });
}
