import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import nock from 'nock';
import { type CheckEnd, ensureCheckRun, nameCheck, updateCheckRun } from '../../src/github/checks.ts';
import type { Annotation } from '../../src/report/model/pull-request.ts';
import { BASE_URL, createTestClient, HEAD, isolateNetwork } from './support.ts';

const REPOSITORY = { owner: 'acme', repo: 'shop' };
const output = { title: 'title', summary: 'summary', text: 'text' };
const progress = { status: 'queued' as const, output };
const annotation = (line: number): Annotation => ({
  path: 'a.go',
  start_line: line,
  end_line: line,
  annotation_level: 'warning',
  title: 'SF-01',
  message: `line ${line}`,
});
const endWith = (count: number): CheckEnd => ({
  conclusion: 'failure',
  output,
  annotations: Array.from({ length: count }, (_, index) => annotation(index + 1)),
  actions: [],
  generation: '1',
});

type Patch = { conclusion?: string; status?: string; output: { annotations?: Annotation[] } };

/** GitHub's check run 5, which collects annotations. `fault`: called with the number of the PATCH. */
function setCheckRun(fault: (count: number) => { status: number; after: boolean } | null = () => null) {
  const check: { annotations: Annotation[]; patches: Patch[] } = { annotations: [], patches: [] };
  const api = nock(BASE_URL).persist();
  const path = '/repos/acme/shop/check-runs/5';
  api.get(path).reply(() => [200, { id: 5, output: { annotations_count: check.annotations.length } }]);
  api.get(`${path}/annotations?per_page=100`).reply(() => [200, check.annotations.slice(0, 100)]);
  api
    .patch(path, (patch: Patch) => check.patches.push(patch) > 0)
    .reply(() => {
      const failed = fault(check.patches.length);
      if (!failed || failed.after)
        check.annotations.push(...(check.patches.at(-1)?.output.annotations ?? []));
      return failed ? [failed.status, {}] : [200, { id: 5 }];
    });
  return check;
}

const countsOf = (patches: Patch[]): (number | undefined)[] =>
  patches.map(({ output: { annotations } }) => annotations?.length);
const end = (update: CheckEnd) => updateCheckRun(createTestClient(), REPOSITORY, 5, update, { settleMs: 0 });

void describe('a new check', () => {
  isolateNetwork();

  for (const detailsUrl of ['https://allocgate.example.com/acme/shop/commit/1', undefined]) {
    void test(`links to ${detailsUrl ?? 'no page of its own'}`, async () => {
      const sent: Record<string, unknown>[] = [];
      nock(BASE_URL)
        .get(/check-runs/u)
        .query(true)
        .reply(200, { total_count: 0, check_runs: [] })
        .post('/repos/acme/shop/check-runs', (body: Record<string, unknown>) => sent.push(body) > 0)
        .reply(201, { id: 5 })
        .get(/check-runs/u)
        .query(true)
        .reply(200, { total_count: 1, check_runs: [{ id: 5, external_id: 'run' }] });
      const checked = { runId: 'run', headSha: HEAD, bench: null, detailsUrl };
      await ensureCheckRun(createTestClient(), REPOSITORY, checked, progress, { settleMs: 0 });
      assert.equal(sent[0]?.['details_url'], detailsUrl);
    });
  }
});

void describe('the name of a check', () => {
  void test('has the expression of a run, in characters that everybody sees', () => {
    assert.equal(nameCheck(null), 'allocgate');
    assert.equal(nameCheck('^BenchmarkInfo$'), 'allocgate (^BenchmarkInfo$)');
    assert.equal(nameCheck('a\u202Eb\u200Bc'), 'allocgate (abc)');
  });

  void test('has no more than the beginning of a long expression', () => {
    assert.equal(nameCheck('B'.repeat(60)), `allocgate (${'B'.repeat(60)})`);
    assert.equal(nameCheck('B'.repeat(500)), `allocgate (${'B'.repeat(59)}…)`);
    assert.equal(nameCheck(`${'B'.repeat(58)}\u{1F600}${'B'.repeat(9)}`), `allocgate (${'B'.repeat(58)}…)`);
  });
});

void describe('annotations', () => {
  isolateNetwork();

  void test('go fifty a request, and the last request ends the check', async () => {
    const check = setCheckRun();
    await end(endWith(80));
    assert.deepEqual(countsOf(check.patches), [50, 30]);
    assert.deepEqual(
      check.patches.map(({ conclusion, status }) => [conclusion, status]),
      [
        [undefined, undefined],
        ['failure', 'completed'],
      ],
    );
    assert.deepEqual(check.annotations, endWith(80).annotations);
  });

  for (const [after, counts] of [
    [true, [50, 30]],
    [false, [50, 50, 30]],
  ] as const) {
    void test(`are never there twice when an answer is lost ${after ? 'after' : 'before'} they got in`, async () => {
      const check = setCheckRun((count) => (count === 1 ? { status: 502, after } : null));
      await end(endWith(80));
      assert.deepEqual(countsOf(check.patches), counts);
      assert.equal(check.annotations.length, 80);
    });
  }

  void test('are not sent again when only the last answer was lost', async () => {
    const check = setCheckRun((count) => (count === 2 ? { status: 500, after: true } : null));
    await end(endWith(80));
    assert.deepEqual(countsOf(check.patches), [50, 30, undefined]);
    assert.equal(check.patches.at(-1)?.conclusion, 'failure');
    assert.equal(check.annotations.length, 80);
  });

  void test('of a plan that is written again: only those that are new', async () => {
    const check = setCheckRun();
    await end(endWith(3));
    await end({ ...endWith(0), annotations: [annotation(2), annotation(9)] });
    assert.deepEqual(
      check.annotations.map(({ start_line: line }) => line),
      [1, 2, 3, 9],
    );
  });
});

void describe('check runs', () => {
  isolateNetwork();

  const path = `/repos/acme/shop/commits/${HEAD}/check-runs?check_name=allocgate&filter=all&per_page=100`;
  const list = (runs: () => object[]) =>
    nock(BASE_URL)
      .persist()
      .get(path)
      .reply(() => [200, { total_count: runs().length, check_runs: runs() }]);
  const ensure = () =>
    ensureCheckRun(createTestClient(), REPOSITORY, { runId: 'run-1', headSha: HEAD, bench: null }, progress, {
      settleMs: 0,
    });

  void test('one that a crash left behind is found', async () => {
    list(() => [
      { id: 1, external_id: 'run-0' },
      { id: 2, external_id: 'run-1' },
    ]);
    assert.equal(await ensure(), 2);
  });

  void test('else it is created', async () => {
    list(() => [{ id: 1, external_id: 'run-0' }]);
    const sent: unknown[] = [];
    nock(BASE_URL)
      .post('/repos/acme/shop/check-runs', (body: unknown) => sent.push(body) > 0)
      .reply(201, { id: 3 });
    assert.equal(await ensure(), 3);
    assert.deepEqual(sent, [
      { name: 'allocgate', head_sha: HEAD, external_id: 'run-1', status: 'queued', output },
    ]);
  });

  void test('one whose creation was not answered is looked for first', async () => {
    const runs: object[] = [];
    list(() => runs);
    nock(BASE_URL)
      .post('/repos/acme/shop/check-runs')
      .reply(() => {
        runs.push({ id: 4, external_id: 'run-1' });
        return [502, {}];
      });
    assert.equal(await ensure(), 4);
  });

  void test('an empty text is left out, as the API refuses it', async () => {
    const check = setCheckRun();
    await updateCheckRun(createTestClient(), REPOSITORY, 5, {
      status: 'in_progress',
      output: { ...output, text: '' },
    });
    assert.deepEqual(check.patches, [
      { status: 'in_progress', output: { title: 'title', summary: 'summary' } },
    ]);
  });
});
