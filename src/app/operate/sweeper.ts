import { setTimeout as sleep } from 'node:timers/promises';
import { listInstallations, listOpenPullRequests } from '../../github/pull-requests.ts';
import { endCancelledChecks } from '../runs/checks.ts';
import { settleSharedHeads } from '../runs/shared-checks.ts';
import { learnRepositories } from '../intake/deliveries.ts';
import { ensureReview } from '../runs/pull-requests.ts';
import { askForMissed } from '../intake/redeliveries.ts';
import type { StoredRepository } from '../../store/types.ts';
import { OVERLAP_MS } from './timing.ts';
import { type App, nameOf } from '../types.ts';

/** Enqueues runs without a job again, and writes checks that could not be written before. */
async function sweep(app: App, signal: AbortSignal): Promise<void> {
  const runs = await app.store.sweep();
  if (runs > 0) app.log.info({ step: 'sweep', runs });
  for (const run of await app.store.listOpenChecks()) {
    if (signal.aborted) return;
    await endCancelledChecks(app, [run]).catch((error: unknown) =>
      app.log.warn({ step: 'sweep', run: run.id, err: error }),
    );
  }
  await settleSharedHeads(app, null);
}

/**
 * Finds installations, repositories and pull requests whose deliveries were lost. A failure is logged, and retried in
 * the next round; the others are processed all the same.
 */
export async function catchUp(app: App, signal: AbortSignal): Promise<void> {
  for (const installation of await listInstallations(await app.gitHub.asApp())) {
    if (signal.aborted) return;
    if (installation.isSuspended) continue;
    await learnRepositories(app, installation.id).catch((error: unknown) =>
      app.log.warn({ step: 'catch up', installation: installation.id, err: error }),
    );
  }
  for (const repository of await app.store.listRepositories()) {
    if (signal.aborted) return;
    await catchUpWith(app, repository, signal).catch((error: unknown) =>
      app.log.warn({ step: 'catch up', repository: repository.id, err: error }),
    );
  }
}

/** Requests reviews of open pull requests that changed since the last search and whose head was not reviewed. */
async function catchUpWith(
  app: App,
  repository: StoredRepository & { caughtUpAt: Date },
  signal: AbortSignal,
): Promise<void> {
  const now = new Date();
  const since = new Date(repository.caughtUpAt.getTime() - OVERLAP_MS);
  const github = await app.gitHub.forInstallation(repository.installationId);
  let isComplete = true;
  for (const { number } of await listOpenPullRequests(github, nameOf(repository), since)) {
    if (signal.aborted) return;
    try {
      await ensureReview(app, repository, number);
    } catch (error) {
      isComplete = false;
      app.log.warn({ step: 'catch up', repository: repository.id, number, err: error });
    }
  }
  if (isComplete) await app.store.markCaughtUp(repository.id, now);
}

type Step = { step: string; round: (app: App, signal: AbortSignal) => Promise<void>; everyMs: number };

/** Runs one round after the other until `signal` is aborted. Errors are logged, and the next round tries again. */
async function repeat(app: App, { step, round, everyMs }: Step, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await round(app, signal).catch((error: unknown) => app.log.warn({ step, err: error }));
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** Starts to sweep, to catch up, and to ask for redeliveries. Each has its own interval, and none waits for another. */
export function startSweeper(app: App): { stop: () => Promise<void> } {
  const { sweepMs, catchUpMs, redeliveryMs } = app.timing;
  const stopping = new AbortController();
  const steps: Step[] = [
    { step: 'sweep', round: sweep, everyMs: sweepMs },
    { step: 'catch up', round: catchUp, everyMs: catchUpMs },
    { step: 'redeliver', round: askForMissed, everyMs: redeliveryMs },
  ];
  const running = Promise.all(steps.map((step) => repeat(app, step, stopping.signal)));
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
