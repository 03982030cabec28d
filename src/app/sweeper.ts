import { listInstallations, listOpenPullRequests, listRepositories } from '../github/pull-requests.ts';
import { endCancelledChecks } from './checks.ts';
import { lookAtPullRequest } from './pull-requests.ts';
import type { StoredRepository } from '../store/types.ts';
import { type App, nameOf } from './types.ts';

/** Gives runs without a job a new one, and ends the checks of cancelled runs that nobody could end. */
export async function sweep(app: App): Promise<void> {
  const runs = await app.store.sweep();
  if (runs > 0) app.log.info({ step: 'sweep', runs });
  for (const run of await app.store.listOpenChecks()) {
    await endCancelledChecks(app, [run]).catch((error: unknown) =>
      app.log.warn({ step: 'sweep', run: run.id, err: error }),
    );
  }
}

/** Clocks differ, and GitHub's lists may be a little behind. */
const OVERLAP_MS = 10 * 60_000;

/** Learns of installations and repositories that no delivery told of, and of what happened there in the meantime. */
export async function catchUp(app: App): Promise<void> {
  for (const installation of await listInstallations(await app.gitHub.asApp())) {
    if (installation.isSuspended) continue;
    const github = await app.gitHub.forInstallation(installation.id);
    await app.store.saveRepositories(await listRepositories(github, installation.id));
  }
  for (const repository of await app.store.listRepositories()) {
    await catchUpWith(app, repository).catch((error: unknown) =>
      app.log.warn({ step: 'catch up', repository: repository.id, err: error }),
    );
  }
}

/** Reviews open pull requests that changed since the repository is watched and whose head was not reviewed. */
async function catchUpWith(app: App, repository: StoredRepository & { caughtUpAt: Date }): Promise<void> {
  const now = new Date();
  const since = new Date(repository.caughtUpAt.getTime() - OVERLAP_MS);
  const github = await app.gitHub.forInstallation(repository.installationId);
  for (const { number } of await listOpenPullRequests(github, nameOf(repository), since)) {
    await lookAtPullRequest(app, repository, number);
  }
  await app.store.markCaughtUp(repository.id, now);
}

/** Sweeps and catches up until it is stopped; errors are logged and the next round tries again. */
export function startSweeper(app: App): { stop: () => Promise<void> } {
  let current: Promise<void> = Promise.resolve();
  let isStopped = false;
  const waiting = new Set<string>();
  const work = async (
    step: string,
    round: (app: App) => Promise<void>,
    before: Promise<void>,
  ): Promise<void> => {
    await before;
    waiting.delete(step);
    if (isStopped) return;
    await round(app).catch((error: unknown) => app.log.warn({ step, err: error }));
  };
  const start = (step: string, round: (app: App) => Promise<void>): void => {
    // A round that takes long is followed by one, not by all that came due meanwhile.
    if (waiting.has(step)) return;
    waiting.add(step);
    current = work(step, round, current);
  };
  const timers = [
    setInterval(() => start('sweep', sweep), app.timing.sweepMs),
    setInterval(() => start('catch up', catchUp), app.timing.catchUpMs),
  ];
  start('catch up', catchUp);
  return {
    stop: async () => {
      isStopped = true;
      for (const timer of timers) clearInterval(timer);
      await current;
    },
  };
}
