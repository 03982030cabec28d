import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { planReport } from '../../src/report/data/report.ts';
import { renderJson, type Report } from '../../src/report/model/schema.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { createGoRepository, readTree, type Files } from '../support/go-repository.ts';

const fixturesDirectory = fileURLToPath(new URL('../../fixtures', import.meta.url));
/** Where profiles are least steady: fmt's pool, timers, many stacks on one line, objects of a few bytes. */
const RULES = ['MA-01', 'MA-08', 'MA-10', 'MA-12'];

async function readModule(part: 'good' | 'bad'): Promise<Files> {
  const trees = RULES.map((id) =>
    readTree(`${fixturesDirectory}/${id}/${part}`, `${id.toLowerCase().replace('-', '')}/`),
  );
  return Object.assign({ 'go.mod': 'module example.com/twice\n\ngo 1.24\n' }, ...(await Promise.all(trees)));
}

/** Removes what differs between measurements: times, and raw values, whose number depends on noise. */
function withoutMeasured(report: Report): Report {
  return {
    ...report,
    timing: {
      totalMs: 0,
      goMs: 0,
      ownMs: 0,
      matchMs: 0,
      causeMs: 0,
      stages: {
        source: 0,
        fetch: 0,
        plan: 0,
        compile: 0,
        link: 0,
        discover: 0,
        run: 0,
        profile: 0,
        match: 0,
      },
    },
    benchmarks: report.benchmarks.map((benchmark) => ({
      ...benchmark,
      nsPerOp: { base: null, head: null, delta: null },
      samples: { base: {}, head: {} },
    })),
  };
}

test('two reviews of the same commits give the same bytes but for times and raw values', async (t) => {
  const repository = await createGoRepository();
  t.after(repository.remove);
  const base = await repository.commit(await readModule('good'));
  const head = await repository.commit(await readModule('bad'));
  const review = async (): Promise<Report> => {
    const signal = new AbortController().signal;
    const request = { dir: repository.dir, base, head, signal, onProgress: () => {} };
    const { result, config } = await reviewLocal(request);
    return planReport(result, config);
  };
  const [first, second] = [await review(), await review()];
  assert.equal(first.findings.length, 5, 'there is something to compare');
  assert.notDeepEqual(first.timing, second.timing, 'these are two reviews');
  // Compared by line, so that the difference is visible.
  const [before, after] = [first, second].map((report) => renderJson(withoutMeasured(report)).split('\n'));
  const differing = after?.flatMap((line, index) =>
    line === before?.[index] ? [] : [[before?.[index], line]],
  );
  assert.deepEqual(differing?.slice(0, 3), [], 'the first lines that differ');
  assert.equal(after?.length, before?.length);
});
