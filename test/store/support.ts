import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type StorePlace } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Claim, ConsentChange, Delivery, Run, RunSubject } from '../../src/store/types.ts';
import { after, before } from '../support/hooks.ts';
import { addDatabase } from '../support/pglite-template.ts';
import { openPostgres } from '../support/postgres.ts';
import { buildConfig, buildReview } from '../support/review-data.ts';

/** A database that a test made, on either backend. */
export type TestPlace = { place: StorePlace; remove: () => Promise<void> };

async function makePostgres(): Promise<TestPlace> {
  const postgres = await openPostgres();
  return { place: { databaseUrl: await postgres.createDatabase() }, remove: postgres.stop };
}

/** A folder in which a store makes its database. */
export async function makeFolder(): Promise<TestPlace & { place: { dataDir: string } }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'allocgate-store-'));
  return { place: { dataDir }, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

async function makePglite(): Promise<TestPlace> {
  const folder = await makeFolder();
  await addDatabase(folder.place.dataDir);
  return folder;
}

export const backends: Record<Store['backend'], () => Promise<TestPlace>> = {
  postgres: makePostgres,
  pglite: makePglite,
};

/** Runs the same tests on a store of each backend, which is open while they run. Its sweeps do not wait. */
export function testEachBackend(define: (current: () => Store) => void): void {
  for (const [backend, makePlace] of Object.entries(backends)) {
    describe(backend, () => {
      const opened: { store?: Store; test?: TestPlace } = {};
      before(async () => {
        opened.test = await makePlace();
        opened.store = await openStore(opened.test.place, { graceMs: 0 });
      });
      after(async () => {
        await opened.store?.close();
        await opened.test?.remove();
      });
      define(() => {
        if (!opened.store) throw new Error('the store was not opened');
        return opened.store;
      });
    });
  }
}

let lastId = 2 ** 40;

/** A number that no other test uses, larger than 32 bits as GitHub's may be. */
export function nextId(): number {
  return ++lastId;
}

export function buildDelivery(changes: Partial<Delivery> = {}): Delivery {
  return { id: `delivery-${nextId()}`, event: 'pull_request', intent: { number: 1 }, ...changes };
}

export const head = (letter: string): string => letter.repeat(40);

/** Requests a run of a pull request in a separate repository. */
export async function requestRun(
  store: Store,
  repositoryId = nextId(),
  headSha = head('a'),
  subject: RunSubject = { kind: 'pull-request', number: 1 },
): Promise<Run> {
  const { run } = await store.requestRun({
    repositoryId,
    subject,
    headSha,
    baseRef: 'main',
    bench: null,
    again: null,
  });
  return run;
}

export async function claim(store: Store, run: Run, leaseMs = 60_000): Promise<Claim> {
  const claimed = await store.claimRun(run.id, 'worker', leaseMs);
  if (!claimed) throw new Error(`run ${run.id} is ${run.state} and cannot be claimed`);
  return claimed;
}

/** Carries out a command that accepts and withdraws, by default on pull request 1. */
export async function consent(
  store: Store,
  repositoryId: number,
  changes: Partial<ConsentChange> = {},
): Promise<void> {
  const key = `${nextId()}-1`;
  await store.beginCommand(key, 'gopher');
  const answer = { reaction: '+1', body: null } as const;
  await store.saveAnswer(key, answer, { repositoryId, number: 1, accepted: [], withdrawn: [], ...changes });
}

/** U+0000 and half a surrogate pair: compilers quote what they read, and not every kind of JSON column takes it. */
export const oddText = 'a\u0000b\ud800';

export const measured: NonNullable<Run['measured']> = {
  review: buildReview({ warnings: [{ kind: 'base-does-not-compile', lines: [oddText] }] }),
  config: buildConfig(),
};

/** Asks again and again until the answer is true; fails after a minute. */
export async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`waited in vain for ${condition.toString()}`);
}
