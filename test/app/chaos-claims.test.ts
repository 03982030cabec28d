import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { openStore } from '../../src/store/open.ts';
import { findOvertaken, findUncancelled } from '../support/chaos-claims.ts';
import type { LoggedRequest } from '../support/fake-github/index.ts';

/** What chaos has to notice, on histories in which it happened for sure. */

const end = (check: number, identifier: string, at: number, conclusion = 'failure'): LoggedRequest => ({
  method: 'PATCH',
  path: `/repos/acme/log/check-runs/${check}`,
  route: null,
  status: 200,
  token: 'installation',
  body: { conclusion, actions: [{ label: 'Re-run', identifier }] },
  faulty: false,
  at,
});

test('a claim that writes long after a later one is noticed, and nothing else', () => {
  const quiet = [end(1, 'rerun:1', 0), end(1, 'rerun:2', 900), end(2, 'rerun:1', 2_000)];
  assert.deepEqual(findOvertaken(quiet), []);
  assert.deepEqual(findOvertaken([...quiet, end(1, 'rerun:1', 1_000)]), [], 'it was under way');
  const others = [end(1, 'rerun:shared-1', 5_000), end(1, 'rerun:1', 5_000, 'cancelled')];
  assert.deepEqual(findOvertaken([...quiet, ...others]), [], 'these are no ends of a claim');
  assert.deepEqual(findOvertaken([...quiet, end(1, 'rerun:1', 5_000)]), [
    'claim 1 of check 1 wrote 4100 ms after claim 2',
  ]);
});

test('a run that went on beside a newer one is noticed, and one that was cancelled for it is not', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-claims-'));
  const scenario = { env: { ALLOCGATE_DATA: dir } };
  try {
    const store = await openStore({ dataDir: dir });
    const subject = { kind: 'pull-request', number: 1 } as const;
    const rest = { repositoryId: 1, subject, baseRef: 'main', bench: null, again: null };
    const { run } = await store.requestRun({ ...rest, headSha: 'a'.repeat(40) });
    const { superseded } = await store.requestRun({ ...rest, headSha: 'b'.repeat(40) });
    await store.close();
    assert.deepEqual(
      superseded.map(({ id }) => id),
      [run.id],
    );
    assert.deepEqual(await findUncancelled(scenario), []);
    const database = await PGlite.create(path.join(dir, 'database'));
    await database.query('update allocgate.runs set finished_at = null where id = $1', [run.id]);
    await database.close();
    assert.deepEqual(await findUncancelled(scenario), [
      `the run ${run.id} of pull-request:1 went on beside a newer one`,
    ]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
