import { canWrite, listRepositories, readPermission } from '../../github/pull-requests.ts';
import { appLogs } from '../../report/words/server.ts';
import type { HeldDelivery, Run, StoredRepository, RunSubject } from '../../store/types.ts';
import { acceptGating, carryOutCommands } from '../commands/actions.ts';
import { restoreIntent } from './events.ts';
import type { CheckedCommit, Intent } from '../intents.ts';
import { endCancelledChecks } from '../runs/checks.ts';
import { StaleAnswer } from '../runs/read-lag.ts';
import { reviewChildren } from '../runs/inheritance.ts';
import { dropRuns, ensureReview, requestRun } from '../runs/pull-requests.ts';
import { settleSharedHeads } from '../runs/shared-checks.ts';
import { numberOf } from '../runs/shared-heads.ts';
import { type App, nameOf, type RunApp } from '../types.ts';

/**
 * Processes a stored delivery. Throws errors of GitHub or the database. The delivery is then processed again later,
 * because each step can be repeated without harm.
 */
export async function processDelivery(
  app: App,
  { id, event, intent: stored, attempt }: HeldDelivery,
): Promise<void> {
  const log = app.log.child({ delivery: id });
  const intent = restoreIntent(stored);
  log.info({ step: 'delivery', event, intent: intent.kind });
  try {
    await act({ ...app, log }, intent, { id, attempt });
  } catch (error) {
    if (error instanceof StaleAnswer) log.info({ step: 'delivery', event, why: error.message });
    else log.warn({ step: 'delivery', event, err: error }, appLogs.deliveryFailed);
    throw error;
  }
}

/** Stores the repository with its name in the delivery, which may be new. */
async function saveRepository(
  { store }: Pick<App, 'store'>,
  intent: Extract<Intent, { repository: unknown }>,
): Promise<StoredRepository> {
  const repository = { ...intent.repository, installationId: intent.installationId };
  await store.saveRepositories([repository]);
  return repository;
}

/**
 * Completes the checks, and reviews the pull requests, whose reviews ended because the repository could not be accessed:
 * its installation was suspended, or it was archived or transferred to another installation.
 */
async function reviewGone(app: App, repository: StoredRepository): Promise<void> {
  await endCancelledChecks(app, await app.store.reopenGoneChecks(repository.id));
  await app.store.reopenSharedHeads(repository.id);
  await settleSharedHeads(app, repository.id);
  for (const number of await app.store.listGone(repository.id)) {
    await ensureReview(app, repository, number);
  }
}

/** Stores the repositories of an installation, and reviews what could not be reviewed before. */
async function learnInstallation(app: App, installationId: number): Promise<void> {
  await learnRepositories(app, installationId);
  for (const repository of await app.store.listRepositories()) {
    if (repository.installationId === installationId) await reviewGone(app, repository);
  }
}

/** One attempt at a delivery. */
type Attempt = { id: string; attempt: number };

async function act(app: App, intent: Intent, attempt: Attempt): Promise<void> {
  if ('repository' in intent) return actOn(app, await saveRepository(app, intent), intent, attempt);
  switch (intent.kind) {
    case 'malformed':
      app.log.warn({ step: 'malformed', problem: intent.problem });
      return;
    case 'install':
      return learnInstallation(app, intent.installationId);
    case 'uninstall':
      return app.store.removeInstallation(intent.installationId);
    case 'remove-repositories':
      return app.store.removeRepositories(intent.installationId, intent.repositoryIds);
  }
}

/**
 * Reads the repositories of an installation from GitHub, and stores them. The list in a delivery would not do: it has no
 * default branches and can be out of date.
 */
export async function learnRepositories(
  app: Pick<App, 'store' | 'gitHub'>,
  installationId: number,
): Promise<void> {
  const github = await app.gitHub.forInstallation(installationId);
  await app.store.saveRepositories(await listRepositories(github, installationId));
}

/**
 * Approves a head that the pull request's author pushed to a fork, if the author has write access and so could push a
 * branch to the repository itself. The previous head, if there is one, must have been approved as well, because a
 * stranger may have pushed it.
 */
async function approveOwnPush(
  { store, gitHub }: App,
  repository: StoredRepository,
  { number, told, ownPush = null }: Extract<Intent, { kind: 'look' }>,
): Promise<void> {
  if (ownPush === null) return;
  const { by, before } = ownPush;
  if (before !== null && !(await store.isApproved(repository.id, number, before))) return;
  const github = await gitHub.forInstallation(repository.installationId);
  if (!canWrite(await readPermission(github, nameOf(repository), by))) return;
  await store.approveHead(repository.id, number, told.headSha, by);
}

async function actOn(
  app: App,
  repository: StoredRepository,
  intent: Extract<Intent, { repository: unknown }>,
  { id: deliveryId, attempt }: Attempt,
): Promise<void> {
  switch (intent.kind) {
    case 'rename':
      return;
    case 'regain':
      return reviewGone(app, repository);
    case 'look':
      await approveOwnPush(app, repository, intent);
      await ensureReview(app, repository, intent.number, { told: { told: intent.told, attempt } });
      return;
    case 'close':
      await ensureReview(app, repository, intent.number, { told: { told: intent.told, attempt } });
      return reviewChildren(app, repository, intent.number);
    case 'rerun':
      return rerun(app, repository, intent, deliveryId);
    case 'accept-all': {
      const { headSha, by: author } = intent;
      for (const number of await listNumbers(app, repository, intent)) {
        await acceptGating(app, repository, { number, headSha, author, key: `${deliveryId}-${number}` });
      }
      return;
    }
    case 'comment':
      return carryOutCommands(app, repository, intent, attempt);
    case 'merge-group': {
      const { headRef, baseSha, headSha } = intent;
      const subject: RunSubject = { kind: 'merge-group', headRef, baseSha };
      await requestRun(app, repository, { subject, headSha, baseRef: null, bench: null, again: null });
      return;
    }
    case 'merge-group-gone': {
      const { headRef, baseSha } = intent;
      return dropRuns(app, repository, { kind: 'merge-group', headRef, baseSha }, 'closed');
    }
    case 'baseline':
      for (const kind of ['baseline', 'history'] as const) {
        const { headSha } = intent;
        await requestRun(app, repository, {
          subject: { kind },
          headSha,
          baseRef: null,
          bench: null,
          again: null,
        });
      }
  }
}

/**
 * The run of the check whose button was pressed. If the check names no run, the commit's newest run; null: there is
 * none.
 */
async function findRun(
  { store }: Pick<App, 'store'>,
  repository: StoredRepository,
  commit: CheckedCommit,
): Promise<Run | null> {
  const named = commit.runId === null ? null : await store.findRun(commit.runId);
  if (named?.repositoryId === repository.id) return named;
  return store.findRunByHead(repository.id, commit.headSha);
}

/** The pull requests that a button applies to: all those with the commit as their head, because they share one check. */
async function listNumbers(
  app: Pick<App, 'store'>,
  repository: StoredRepository,
  commit: CheckedCommit,
): Promise<number[]> {
  const run = await findRun(app, repository, commit);
  const sharing = await app.store.listHeadRuns(repository.id, commit.headSha);
  const numbers = [run && numberOf(run), ...commit.numbers, ...sharing.map(numberOf)];
  return [...new Set(numbers.filter((one) => one !== null))];
}

async function rerun(
  app: RunApp,
  repository: StoredRepository,
  commit: CheckedCommit,
  deliveryId: string,
): Promise<void> {
  const run = await findRun(app, repository, commit);
  const number = run && numberOf(run);
  const isPartial = run?.id === commit.runId && run?.bench !== null;
  const numbers = isPartial && number !== null ? [number] : await listNumbers(app, repository, commit);
  // "Re-run" of a suite measures all benchmarks, that of a check of selected benchmarks only those.
  const bench = run?.id === commit.runId ? (run?.bench ?? null) : null;
  for (const each of numbers) {
    await ensureReview(app, repository, each, { again: deliveryId, isAsked: true, bench });
  }
  if (run !== null && number === null) {
    const { subject, headSha, baseRef } = run;
    await requestRun(app, repository, { subject, headSha, baseRef, bench, again: deliveryId });
  }
}
