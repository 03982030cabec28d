import { isRefused, LostClaim, statusOf } from '../../github/errors.ts';
import { ensureCheckRun, findCheckRun, updateCheckRun } from '../../github/checks.ts';
import { describeCancelled } from '../../report/pull-request/check.ts';
import { rerun } from '../../report/pull-request/plan.ts';
import type { CheckConclusion, CheckOutput, PullRequestPlan } from '../../report/model/pull-request.ts';
import { checkLogs } from '../../report/words/server.ts';
import type { CheckProgress } from '../../github/types.ts';
import { runKinds } from '../../store/run-kinds.ts';
import type { Run } from '../../store/types.ts';
import { isHeadShared } from './shared-heads.ts';
import { type CheckApp, checkOf, checkToMake, createJournal, nameOf, type Work } from '../types.ts';

/** Thrown when another process may be creating the run's check just now. `until`: the time at which that is over. */
export class CheckUnderWay extends Error {
  override name = 'CheckUnderWay';
  readonly until: Date;

  constructor(until: Date) {
    super(`the queued check may be under way until ${until.toISOString()}`);
    this.until = until;
  }
}

/** Throws `CheckUnderWay` if another process may be creating the run's check. */
async function requireNotUnderWay({
  github,
  repository,
  run,
  store,
  timing,
}: Pick<Work, 'github' | 'repository' | 'run' | 'store' | 'timing'>): Promise<void> {
  const until = await store.findCheckReservation(run.id, timing.checkMs);
  if (until === null) return;
  const found = await findCheckRun(github, nameOf(repository), checkOf(run));
  if (found === null) throw new CheckUnderWay(until);
}

/** The data for writing a run's check. */
type CheckWork = Pick<Work, 'github' | 'repository' | 'run' | 'store' | 'claim' | 'publicUrl'>;

/** Creates the run's check, or finds the one of a worker that crashed before it stored the ID. */
async function makeCheck(work: CheckWork, progress: CheckProgress): Promise<number> {
  const { github, repository, run, store } = work;
  const id = await ensureCheckRun(github, nameOf(repository), checkToMake(work, repository, run), progress);
  await store.saveCheckRun(run.id, id);
  return id;
}

/**
 * Sets the run's check to "in progress", and creates it if it does not exist. Resolves to the check run's ID. Throws
 * `LostClaim`, `CheckUnderWay` or GitHub's errors.
 */
export async function openCheck(
  work: CheckWork & Pick<Work, 'timing'>,
  output: CheckOutput,
): Promise<number> {
  const { github, repository, run, store, claim } = work;
  if (run.checkRunId === null) await requireNotUnderWay(work);
  const journal = createJournal(store, claim);
  if (!(await journal.begin('check'))) throw new LostClaim();
  const progress: CheckProgress = { status: 'in_progress', output };
  const id = run.checkRunId ?? (await makeCheck(work, progress));
  await updateCheckRun(github, nameOf(repository), id, progress);
  await journal.finish('check', id);
  return id;
}

/**
 * Completes the check of a run that this worker has claimed, and stores its content. If other pull requests have the
 * same head, the content is only stored, and `settleSharedHeads` writes the check. Throws `LostClaim` or GitHub's
 * errors.
 */
export async function concludeCheck(
  work: CheckWork & Pick<Work, 'timing'>,
  conclusion: CheckConclusion,
  output: CheckOutput,
  {
    annotations = [],
    actions = [rerun],
  }: Partial<Pick<PullRequestPlan['check'], 'annotations' | 'actions'>> = {},
): Promise<void> {
  const { title, summary, text } = output;
  if (await isHeadShared(work.store, work.run)) {
    await work.store.saveTold(work.run.id, { conclusion, title, summary, text });
    return;
  }
  const id = work.run.checkRunId ?? (await openCheck(work, output));
  const journal = createJournal(work.store, work.claim);
  if (!(await journal.begin('check-end'))) throw new LostClaim();
  await work.store.saveTold(work.run.id, { conclusion, title, summary, text });
  await updateCheckRun(work.github, nameOf(work.repository), id, {
    conclusion,
    output: { title, summary, text },
    annotations,
    actions,
    generation: String(work.claim.attempt),
  });
  await journal.finish('check-end', id);
}

/**
 * The milliseconds after the end of a run in which its check may still appear: a process can crash, or get no answer,
 * between sending the request and storing the check's ID.
 */
const UNDER_WAY_MS = 60_000;

/** The output of a cancelled run's check. */
function describeEnd({ outcome, subject }: Run): CheckOutput {
  if (outcome === 'superseded' || outcome === 'gone') return describeCancelled(outcome);
  if (outcome !== 'closed') return describeCancelled('cancelled');
  return describeCancelled(subject.kind === 'merge-group' ? 'dissolved' : 'closed');
}

/** Completes the check of a cancelled run. Resolves to whether nothing is left to do. */
async function endCancelledCheck(app: CheckApp, run: Run): Promise<boolean> {
  if (!runKinds[run.subject.kind].hasCheck) return true;
  const repository = await app.store.findRepository(run.repositoryId);
  if (repository === null) return false;
  const [github, name] = [await app.gitHub.forInstallation(repository.installationId), nameOf(repository)];
  const id = run.checkRunId ?? (await findCheckRun(github, name, checkOf(run)));
  if (id !== null && (await isHeadShared(app.store, run))) {
    await app.store.touchSharedHead(run.repositoryId, run.headSha);
    return true;
  }
  if (id === null) return Date.now() - (run.finishedAt ?? run.createdAt).getTime() > UNDER_WAY_MS;
  const end = {
    conclusion: 'cancelled',
    output: describeEnd(run),
    annotations: [],
    actions: [rerun],
    generation: String(run.attempt),
  } as const;
  await updateCheckRun(github, name, id, end);
  return true;
}

/** Like `endCancelledCheck`, but a refusal of GitHub also counts as done, because GitHub would refuse it every time. */
async function tryToEndCheck(app: CheckApp, run: Run): Promise<boolean> {
  try {
    return await endCancelledCheck(app, run);
  } catch (error) {
    if (!isRefused(error)) throw error;
    const facts = { step: 'untold', run: run.id, status: statusOf(error), err: error };
    app.log.warn(facts, checkLogs.cancelledRefused);
    return true;
  }
}

/** Completes the checks of cancelled runs. Those that cannot be completed yet are left to the sweeper. */
export async function endCancelledChecks(app: CheckApp, runs: readonly Run[]): Promise<void> {
  for (const run of runs) {
    if (await tryToEndCheck(app, run)) await app.store.markCheckEnded(run.id);
  }
}
