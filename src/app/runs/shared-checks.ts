import { listCheckRuns, updateCheckRun } from '../../github/checks.ts';
import {
  canWrite,
  type PullRequestFacts,
  readPermission,
  readPullRequest,
} from '../../github/pull-requests.ts';
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

/** An open pull request with the head, and its run. */
type Member = { run: Run; facts: PullRequestFacts };

/** Whether a run has no result yet, and can still get one. */
const isPending = ({ state, measured }: Run): boolean =>
  measured === null && (state === 'queued' || state === 'running');

/** Whether the App itself cancelled a run. If the pull request is open, another run replaces it. */
const isReplaced = ({ state, outcome }: Run): boolean => state === 'cancelled' && outcome !== 'cancelled';

/**
 * Whether a fork's commit waits for approval, or may never run: by the outcome of its run, or before that by the
 * approvals and the author's permission on GitHub.
 */
async function isWaiting(
  store: Pick<Store, 'isApproved'>,
  github: GitHub,
  { run, facts }: Member,
): Promise<boolean> {
  if (!facts.isFork || run.measured !== null) return false;
  if (run.state === 'done') return run.outcome === 'action-required' || run.outcome === 'neutral';
  if (await store.isApproved(run.repositoryId, facts.number, run.headSha)) return false;
  return !canWrite(await readPermission(github, facts, facts.author));
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

/** The open pull requests with a head. */
async function listMembers(
  store: Pick<Store, 'listHeadRuns'>,
  github: GitHub,
  repository: StoredRepository,
  headSha: string,
): Promise<Member[]> {
  const members: Member[] = [];
  for (const run of await store.listHeadRuns(repository.id, headSha)) {
    const number = numberOf(run);
    if (number === null || isReplaced(run)) continue;
    const facts = await readPullRequest(github, { ...nameOf(repository), number });
    if (facts?.state === 'open' && facts.head.sha === headSha) members.push({ run, facts });
  }
  return members;
}

/**
 * The runs of the pull requests that count for the joint check. If some wait for approval and others do not, only the
 * others count, so that strangers cannot change their check.
 */
async function listVoters(
  store: Pick<Store, 'isApproved'>,
  github: GitHub,
  members: readonly Member[],
): Promise<Run[]> {
  const waiting = new Set<Member>();
  for (const member of members) if (await isWaiting(store, github, member)) waiting.add(member);
  const counted = members.filter((member) => !waiting.has(member));
  return (counted.length > 0 ? counted : members).map(({ run }) => run);
}

/**
 * Writes the joint result to the newest check run of a head, and to older ones that are not completed. Those of pending
 * runs are left to the runs.
 */
async function writeJointCheck(
  { store, gitHub, appId, publicUrl, gitUrl }: Omit<RunApp, 'timing' | 'log'>,
  repository: StoredRepository,
  { headSha, generation }: SharedHead,
): Promise<void> {
  const github = await gitHub.forInstallation(repository.installationId);
  const name = nameOf(repository);
  const voters = await listVoters(store, github, await listMembers(store, github, repository, headSha));
  const sections: CheckSection[] = [];
  for (const run of voters) {
    const work = { store, run, repository, publicUrl, gitUrl };
    const [number, check] = [numberOf(run), await planMember(work)];
    if (number !== null && check !== null) sections.push({ number, check });
  }
  const pending = voters.filter(isPending);
  const joint = joinChecks(sections) ?? plain('cancelled', describeCancelled('unheld'));
  // After the last pull request was closed or merged, the commit keeps its result.
  const isResultKept = voters.length === 0;
  const busy = new Set(pending.map(({ id }) => id));
  const checks = await listCheckRuns(github, name, headSha, appId);
  const newest = checks.at(-1)?.id;
  for (const { id, externalId, isCompleted } of checks) {
    if (busy.has(externalId) || (isCompleted && (isResultKept || id !== newest))) continue;
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

/**
 * Writes the joint check of a head, again and again until no pull request has changed in the meantime. Each change
 * increments the head's generation first.
 */
async function settle(app: Omit<RunApp, 'timing'>, head: SharedHead): Promise<void> {
  let wanted: SharedHead | undefined = head;
  for (let round = 0; wanted !== undefined && round < MAX_ROUNDS; round += 1) {
    const repository = await app.store.findRepository(head.repositoryId);
    if (repository !== null) await writeJointCheck(app, repository, wanted);
    if (await app.store.settleSharedHead(wanted)) return;
    const unsettled = await app.store.listSharedHeads();
    wanted = unsettled.find((one) => one.repositoryId === head.repositoryId && one.headSha === head.headSha);
  }
}

/**
 * Writes the checks of heads that several pull requests share, where something changed. The sweeper retries failures.
 */
export async function settleSharedHeads(app: Omit<RunApp, 'timing'>): Promise<void> {
  for (const head of await app.store.listSharedHeads()) {
    await settle(app, head).catch((error: unknown) =>
      app.log.warn({ step: 'shared check', head: head.headSha, err: error }),
    );
  }
}
