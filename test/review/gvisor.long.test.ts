/** A whole review in gVisor, which the settings ask for. Real runs need `runsc` (Debian: apt-get install runsc). */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type Report, reportSchema } from '../../src/report/model/schema.ts';
import { createModule, run, withoutProgress, worse } from '../cli/support.ts';
import { createGoRepository } from '../support/go-repository.ts';

/** What two reviews of the same commits must agree on: all but times, averages that vary, and where they were made. */
function comparable(report: Report) {
  const benchmarks = report.benchmarks.map(({ name, verdict, reason, allocsPerOp, bytesPerOp, sites }) => ({
    name,
    verdict,
    reason,
    allocsPerOp,
    bytesPerOp,
    sites: sites.map(({ file, line }) => `${file}:${line}`),
  }));
  return { ...report, benchmarks, timing: null, sandbox: null };
}

void test('gVisor gives the verdict, counts and findings that bubblewrap gives', async (t) => {
  const repository = await createGoRepository();
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  t.after(() => Promise.all([repository.remove(), rm(dir, { recursive: true })]));
  await repository.commit(createModule());
  await repository.commit(createModule(worse));
  const review = async (tier: string): Promise<{ status: number | null; report: Report }> => {
    const settings = path.join(dir, `${tier}.yml`);
    await writeFile(settings, `sandbox: ${tier}\n`);
    const { status, stdout, stderr } = await run(['review', '--base', 'HEAD~1', '--format', 'json'], {
      cwd: repository.dir,
      env: { ALLOCGATE_SETTINGS: settings },
    });
    assert.equal(withoutProgress(stderr), '');
    return { status, report: reportSchema.parse(JSON.parse(stdout)) };
  };
  const [gvisor, bubblewrap] = [await review('gvisor'), await review('bubblewrap')];
  assert.deepEqual([gvisor.report.sandbox.tier, bubblewrap.report.sandbox.tier], ['gvisor', 'bubblewrap']);
  assert.deepEqual([gvisor.status, bubblewrap.status], [1, 1]);
  assert.deepEqual(gvisor.report.warnings, []);
  assert.deepEqual(comparable(gvisor.report), comparable(bubblewrap.report));
  assert.equal(gvisor.report.findings.length, 1);
});
