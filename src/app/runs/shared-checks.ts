import { listCheckRuns, updateCheckRun } from '../../github/checks.ts';
import { readPullRequest } from '../../github/pull-requests.ts';
import { isRefused, statusOf } from '../../github/errors.ts';
import type { GitHub } from '../../github/types.ts';
import {
  describeCancelled,
  describeNoResult,
  describeSharedWaiting,
} from '../../report/pull-request/check.ts';
import { joinChecks, type CheckSection } from '../../report/pull-request/joint-check.ts';
import { rerun } from '../../report/pull-request/plan.ts';
import type { CheckConclusion, CheckOutput, PullRequestPlan } from '../../report/model/pull-request.ts';
import type { Store } from '../../store/store.ts';
import type { Run, SharedHead, StoredRepository } from '../../store/types.ts';
import { nameOf, type RunApp } from '../types.ts';
import { planRun, type PlanWork } from './plan.ts';
import { numberOf } from './shared-heads.ts';

/*
 * One commit can be the head of several open pull requests, but on GitHub a check belongs to the commit, and branch rules
 * read the newest check run with its name. So the newest check run shows the joint result of all pull requests, whichever
 * of their runs created it.
 */

/** Whether a run has no result yet, and can still get one. */
const isPending = ({ state, measured }: Run): boolean =>
  measured === null && (state === 'queued' || state === 'running');

/** Whether the App itself cancelled a run. If the pull request is open, another run replaces it. */
const isReplaced = ({ state, outcome }: Run): boolean => state === 'cancelled' && outcome !== 'cancelled';

/**
 * Whether a fork's commit waits for approval, or may never run: by the outcome of its run, or before that by the
 * approvals. GitHub is not asked, because anybody can open many such pull requests.
 */
async function isWaiting(store: Pick<Store, 'isApproved'>, run: Run): Promise<boolean> {
  const number = numberOf(run);
  if (!run.isFork || run.measured !== null || number === null) return false;
  if (run.state === 'done') return run.outcome === 'action-required' || run.outcome === 'neutral';
  return !(await store.isApproved(run.repositoryId, number, run.headSha));
}

/** A check without annotations. */
const plain = (conclusion: CheckConclusion, output: CheckOutput): PullRequestPlan['check'] => ({
  ...output,
  conclusion,
  annotations: [],
  actions: [rerun],
});

/** The check for this pull request alone; null: no result yet. */
async function planMember(work: PlanWork): Promise<PullRequestPlan['check'] | null> {
  const { run } = work;
  if (run.measured !== null) return (await planRun(work, run.measured)).check;
  if (isPending(run)) return null;
  if (run.state === 'cancelled') return plain('cancelled', describeCancelled('cancelled'));
  if (run.told === null) return plain('neutral', describeNoResult());
  const { conclusion, ...output } = run.told;
  return plain(conclusion, output);
}

/** The runs whose pull requests are open and have the head, according to GitHub. */
async function listOpen(
  github: GitHub,
  repository: StoredRepository,
  headSha: string,
  runs: readonly Run[],
): Promise<Run[]> {
  const open: Run[] = [];
  for (const run of runs) {
    const number = numberOf(run);
    if (number === null || isReplaced(run)) continue;
    const facts = await readPullRequest(github, { ...nameOf(repository), number });
    if (facts?.state === 'open' && facts.head.sha === headSha) open.push(run);
  }
  return open;
}

/** The maximum number of waiting pull requests that a check is about: all of them say the same. */
const MAX_WAITING = 3;

/**
 * The runs of the pull requests that count for the joint check. If some wait for approval and others do not, only the
 * others count, so that strangers cannot change their check. `isKept`: the commit keeps the check that it has, because
 * no pull request counts, or only waiting ones, and one that did not wait was measured before.
 */
async function listVoters(
  store: Pick<Store, 'isApproved'>,
  github: GitHub,
  repository: StoredRepository,
  headSha: string,
  runs: readonly Run[],
): Promise<{ voters: Run[]; isKept: boolean }> {
  const waiting = new Set<Run>();
  for (const run of runs) if (await isWaiting(store, run)) waiting.add(run);
  const others = runs.filter((run) => !waiting.has(run));
  const voters = await listOpen(github, repository, headSha, others);
  if (voters.length > 0) return { voters, isKept: false };
  if (others.some(({ measured }) => measured !== null)) return { voters, isKept: true };
  const last = await listOpen(github, repository, headSha, [...waiting].slice(-MAX_WAITING));
  return { voters: last, isKept: last.length === 0 };
}

/**
 * Writes the joint result to the newest check run of a head, and to older ones that are not completed. Those of pending
 * runs are left to the runs, and those of merge groups to the groups.
 */
async function writeJointCheck(
  { store, gitHub, appId, publicUrl, gitUrl }: Omit<RunApp, 'timing' | 'log'>,
  repository: StoredRepository,
  { headSha, generation }: SharedHead,
): Promise<void> {
  const github = await gitHub.forInstallation(repository.installationId);
  const name = nameOf(repository);
  const runs = await store.listHeadRuns(repository.id, headSha);
  const { voters, isKept } = await listVoters(store, github, repository, headSha, runs);
  const sections: CheckSection[] = [];
  for (const run of voters) {
    const work = { store, run, repository, publicUrl, gitUrl };
    const [number, check] = [numberOf(run), await planMember(work)];
    if (number !== null && check !== null) sections.push({ number, check });
  }
  const pending = voters.filter(isPending);
  const joint = joinChecks(sections) ?? plain('cancelled', describeCancelled('unheld'));
  const busy = new Set(pending.map(({ id }) => id));
  const groups = new Set(runs.filter((run) => numberOf(run) === null).map(({ id }) => id));
  const all = await listCheckRuns(github, name, headSha, appId);
  const checks = all.filter(({ externalId }) => !groups.has(externalId));
  const newest = checks.at(-1)?.id;
  for (const { id, externalId, isCompleted } of checks) {
    if (busy.has(externalId) || (isCompleted && (isKept || id !== newest))) continue;
    const isOpen = pending.length > 0 && joint.conclusion !== 'failure';
    const output = describeSharedWaiting(pending.flatMap((run) => numberOf(run) ?? []));
    const { conclusion, annotations, actions, ...text } = joint;
    const end = {
      conclusion,
      output: text,
      annotations,
      actions,
      generation: `shared-${generation}`,
    };
    await updateCheckRun(github, name, id, isOpen ? { status: 'in_progress', output } : end);
  }
}

/** The maximum number of times to write a check in a row. After that, the sweeper continues. */
const MAX_ROUNDS = 5;

type SettlingApp = Omit<RunApp, 'timing'>;

/** Like `writeJointCheck`, but a refusal of GitHub also counts as done, because GitHub would refuse it every time. */
async function tryToWrite(app: SettlingApp, repository: StoredRepository, head: SharedHead): Promise<void> {
  try {
    await writeJointCheck(app, repository, head);
  } catch (error) {
    if (!isRefused(error)) throw error;
    app.log.warn({ step: 'shared check', head: head.headSha, status: statusOf(error), err: error });
  }
}

/**
 * Writes the joint check of a head, again and again until no pull request has changed in the meantime. Each change
 * increments the head's generation first.
 */
async function settle(app: SettlingApp, head: SharedHead): Promise<void> {
  let wanted: SharedHead | undefined = head;
  for (let round = 0; wanted !== undefined && round < MAX_ROUNDS; round += 1) {
    const repository = await app.store.findRepository(head.repositoryId);
    if (repository !== null) await tryToWrite(app, repository, wanted);
    if (await app.store.settleSharedHead(wanted)) return;
    const unsettled = await app.store.listSharedHeads(head.repositoryId);
    wanted = unsettled.find((one) => one.headSha === head.headSha);
  }
}

/**
 * Writes the checks of heads that several pull requests share, where something changed: in one repository, or (null) in
 * all. The sweeper retries failures, so that nobody waits for what fails in another repository.
 */
export async function settleSharedHeads(app: SettlingApp, repositoryId: number | null): Promise<void> {
  for (const head of await app.store.listSharedHeads(repositoryId)) {
    await settle(app, head).catch((error: unknown) =>
      app.log.warn({ step: 'shared check', head: head.headSha, err: error }),
    );
  }
}
