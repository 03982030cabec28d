import { canWrite, listRepositories, readPermission } from '../../github/pull-requests.ts';
import type { HeldDelivery, Run, StoredRepository, RunSubject } from '../../store/types.ts';
import { acceptGating, carryOutCommands } from '../commands/actions.ts';
import { restoreIntent } from './events.ts';
import type { CheckedCommit, Intent } from '../intents.ts';
import { StaleAnswer } from '../runs/read-lag.ts';
import { reviewChildren } from '../runs/inheritance.ts';
import { dropRuns, lookAtPullRequest, requestRun } from '../runs/pull-requests.ts';
import { type App, nameOf, type RunApp } from '../types.ts';

/**
 * Processes a stored delivery. Each step can be repeated without harm, so after a failure the whole delivery is
 * processed again. Throws errors of GitHub or the database; the delivery is then retried later.
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
    else log.warn({ step: 'delivery', event, err: error }, 'will be tried again');
    throw error;
  }
}

/** Stores the repository's current name, which may have changed. */
async function saveRepository(
  { store }: Pick<App, 'store'>,
  intent: Extract<Intent, { repository: unknown }>,
): Promise<StoredRepository> {
  const repository = { ...intent.repository, installationId: intent.installationId };
  await store.saveRepositories([repository]);
  return repository;
}

/**
 * Looks again at the pull requests whose reviews ended because the repository was out of reach: suspended, archived, or
 * under way to another installation.
 */
async function lookAtGone(app: App, repository: StoredRepository): Promise<void> {
  for (const number of await app.store.listGone(repository.id)) {
    await lookAtPullRequest(app, repository, number);
  }
}

async function learnInstallation(app: App, installationId: number): Promise<void> {
  await learnRepositories(app, installationId);
  for (const repository of await app.store.listRepositories()) {
    if (repository.installationId === installationId) await lookAtGone(app, repository);
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
 * Reads the installation's repositories from GitHub: the list in a delivery has no default branches and can be out of
 * date.
 */
export async function learnRepositories(
  app: Pick<App, 'store' | 'gitHub'>,
  installationId: number,
): Promise<void> {
  const github = await app.gitHub.forInstallation(installationId);
  await app.store.saveRepositories(await listRepositories(github, installationId));
}

/**
 * Approves a head that an author with write access pushed to a fork, because that author could push a branch to the
 * repository itself. The head must be based on one that was approved or needed no approval: a stranger may have
 * pushed the earlier one.
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
      return lookAtGone(app, repository);
    case 'look':
      await approveOwnPush(app, repository, intent);
      await lookAtPullRequest(app, repository, intent.number, { told: { told: intent.told, attempt } });
      return;
    case 'close':
      await lookAtPullRequest(app, repository, intent.number, { told: { told: intent.told, attempt } });
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
    case 'merge-group-gone':
      return dropRuns(app, repository, {
        kind: 'merge-group',
        headRef: intent.headRef,
        baseSha: intent.baseSha,
      });
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

/** The run of the check whose button was pressed; found by its commit if the check names no run. */
async function findRun(
  { store }: Pick<App, 'store'>,
  repository: StoredRepository,
  commit: CheckedCommit,
): Promise<Run | null> {
  const named = commit.runId === null ? null : await store.findRun(commit.runId);
  if (named?.repositoryId === repository.id) return named;
  return store.findRunByHead(repository.id, commit.headSha);
}

function numberOf(run: Run | null): number | null {
  return run?.subject.kind === 'pull-request' ? run.subject.number : null;
}

/** The pull requests that a button applies to: all with this commit as their head, because it has one check. */
async function listNumbers(
  app: Pick<App, 'store'>,
  repository: StoredRepository,
  commit: CheckedCommit,
): Promise<number[]> {
  const number = numberOf(await findRun(app, repository, commit));
  const sharing = await app.store.listHeadRuns(repository.id, commit.headSha);
  const numbers = [number, ...commit.numbers, ...sharing.map(numberOf)];
  return [...new Set(numbers.filter((one) => one !== null))];
}

async function rerun(
  app: RunApp,
  repository: StoredRepository,
  commit: CheckedCommit,
  deliveryId: string,
): Promise<void> {
  const run = await findRun(app, repository, commit);
  const number = numberOf(run);
  const isPartial = run?.id === commit.runId && run?.bench !== null;
  const numbers = isPartial && number !== null ? [number] : await listNumbers(app, repository, commit);
  // A suite means all benchmarks; a check of selected benchmarks means only those.
  const bench = run?.id === commit.runId ? (run?.bench ?? null) : null;
  for (const each of numbers) {
    await lookAtPullRequest(app, repository, each, { again: deliveryId, isAsked: true, bench });
  }
  if (run !== null && number === null) {
    const { subject, headSha, baseRef } = run;
    await requestRun(app, repository, { subject, headSha, baseRef, bench, again: deliveryId });
  }
}
