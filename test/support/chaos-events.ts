import { setTimeout as sleep } from 'node:timers/promises';
import { type Scenario, writeLog } from './app-scenario.ts';
import type { Contents, Delivery, Repository } from './fake-github/index.ts';
import type { Random } from './random.ts';

/** A comment, with or without a command. `index`: the index of the benchmark that it names. */
export type Saying = { id: number; kind: 'accept' | 'withdraw' | 'approve' | 'cancel' | 'other' | 'none' } & {
  index: number | null;
};

/** A pull request as people left it. The expected result follows from this and from the App's answers. */
export type ChaosPull = {
  number: number;
  author: string;
  /**
   * The login of a person with write access, one for each pull request, because the number of commands in an hour is
   * limited.
   */
  writer: string;
  /** Whether the author's code needs approval. */
  isForeign: boolean;
  isOpen: boolean;
  isDraft: boolean;
  /** Whether a draft's target branch was changed. If it has a review, that is about the previous target. */
  isDraftRetargeted: boolean;
  /** The number of allocating lines in `log/log.go`, in the base commit and in the head. */
  before: number;
  allocating: number;
  /** All heads, oldest first, and when each was pushed, in ms of `Date.now()`. */
  heads: { sha: string; at: number }[];
  /** The times during which it was closed. */
  closed: { from: number; to: number }[];
  sayings: Saying[];
  /** Its history, which is printed after a failure. */
  story: string[];
  /** Whether the App may write nothing into its conversation any more. */
  isLocked: boolean;
  /** Whether somebody answered a comment on a line: then it stays when its finding is gone. */
  isAnswered: boolean;
  /** Whether a comment on a line may have been refused: then the summary tells of it. */
  mayBeRefused: boolean;
  /** Resolves when no action on it is in progress. */
  turn: Promise<void>;
};

/** A merge group of a pull request, and whether it allocates more. */
export type ChaosGroup = { headSha: string; pull: ChaosPull; isRed: boolean };

export type Chaos = {
  scenario: Scenario;
  /** The repository to which strangers push. */
  fork: Repository;
  pulls: ChaosPull[];
  groups: ChaosGroup[];
  /** The deliveries that GitHub did not send. */
  lost: Delivery[];
  /** When all tokens were revoked, in ms of `Date.now()`. */
  revokedAt: number;
};

/** The maximum number of allocating lines in `log/log.go`. Each is a finding. */
const MOST_ALLOCATING = 4;

type Act = (chaos: Chaos, pull: ChaosPull, random: Random) => Promise<void>;

const change = (allocating: number): Contents => ({ change: { 'log/log.go': writeLog(allocating) } });

/** `git push`; with `force` it replaces all commits of the branch. */
async function pushAs(
  { scenario: { fake, repository } }: Chaos,
  pull: ChaosPull,
  allocating: number,
  force: boolean,
): Promise<void> {
  const sha = await fake.pushHead(repository, pull.number, change(allocating), { by: pull.author, force });
  pull.allocating = allocating;
  pull.isDraftRetargeted = false;
  pull.heads.push({ sha, at: Date.now() });
}

const push: Act = (chaos, pull, random) => pushAs(chaos, pull, random.integer(MOST_ALLOCATING + 1), false);
const forcePush: Act = (chaos, pull, random) =>
  pushAs(chaos, pull, random.integer(MOST_ALLOCATING + 1), true);

const PATIENCE_MS = 10_000;
/** How long reading the comments takes while the head changes: longer than a write can take. */
const LOOK_MS = 3_000;

/** Pushes while the App is about to write: the head that it read is outdated then. */
const pushMeanwhile: Act = (chaos, pull, random) => {
  const allocating = random.integer(MOST_ALLOCATING + 1);
  const run = async (): Promise<void> => {
    await inTurn(pull, async () => {
      if (pull.isOpen) await pushAs(chaos, pull, allocating, false);
      pull.story.push(tell('pushed meanwhile', { allocating }));
    });
    await sleep(LOOK_MS);
  };
  const path = new RegExp(`/pulls/${pull.number}/comments\\?`, 'u');
  chaos.scenario.fake.faults.add({ match: { method: 'GET', path }, kind: { run } });
  return push(chaos, pull, random);
};

async function say(
  { scenario: { fake, repository } }: Chaos,
  pull: ChaosPull,
  saying: { by: string; body: string; kind: Saying['kind']; index?: number },
): Promise<void> {
  const { by, body, kind, index = null } = saying;
  const { id } = await fake.comment(repository, pull.number, { by, body });
  pull.sayings.push({ id, kind, index });
}

const commands = ['help', 'run', 'run ^BenchmarkInfo', 'rerun', 'explain MA-01', 'acept all'];

const command: Act = (chaos, pull, random) =>
  say(chaos, pull, { by: pull.writer, body: `/allocgate ${random.pick(commands)}`, kind: 'other' });

const remark: Act = (chaos, pull) =>
  say(chaos, pull, { by: pull.writer, body: 'what does `/allocgate help` say?', kind: 'none' });

const intrude: Act = (chaos, pull) =>
  say(chaos, pull, { by: 'stranger', body: '/allocgate accept BenchmarkInfo/0 because mine', kind: 'other' });

const cancel: Act = (chaos, pull) =>
  say(chaos, pull, { by: pull.writer, body: '/allocgate cancel', kind: 'cancel' });

const approve: Act = (chaos, pull) =>
  say(chaos, pull, { by: pull.writer, body: '/allocgate approve', kind: 'approve' });

/** Waits for the review for a limited time, as people often do before they continue. */
export async function untilReviewed(
  { fake, repository }: Scenario,
  { number, sayings }: ChaosPull,
): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until;) {
    const { checks, comments } = await fake.snapshot(repository, number);
    const isAnswered = sayings.every((one) => one.kind === 'none' || findReply(comments, one) !== null);
    if (checks.find(isWhole)?.status === 'completed' && isAnswered) return;
    await sleep(100);
  }
}

/** The App's answer to a command; null: none yet. */
export function findReply(
  comments: readonly { by: string; body: string }[],
  { id }: Pick<Saying, 'id'>,
): string | null {
  const marker = `<!-- allocgate:reply:${id}-1 -->`;
  return comments.find(({ by, body }) => isOwn({ by }) && body.startsWith(marker))?.body ?? null;
}

/** Whether a check covers all benchmarks, and not those of a command. */
export const isWhole = ({ name }: { name: string }): boolean => name === 'allocgate';

export const isOwn = ({ by }: { by: string }): boolean => by === 'allocgate[bot]';

/** The benchmarks with accepted regressions, according to the App's answers; null: an answer is missing. */
export function findAccepted(
  { sayings }: ChaosPull,
  comments: readonly { by: string; body: string }[],
): Map<number, boolean | null> {
  const accepted = new Map<number, boolean | null>();
  for (const saying of sayings) {
    if (saying.index === null) continue;
    const reply = findReply(comments, saying);
    if (reply === null) accepted.set(saying.index, null);
    else if (reply.includes('Accepted by')) accepted.set(saying.index, true);
    else if (reply.includes('is withdrawn')) accepted.set(saying.index, false);
  }
  return accepted;
}

/** Accepts a regression that is not accepted, or all of them at once, when the check is red. */
const accept: Act = async (chaos, pull) => {
  const { fake, repository } = chaos.scenario;
  await untilReviewed(chaos.scenario, pull);
  const { checks, comments } = await fake.snapshot(repository, pull.number);
  if (checks.find(isWhole)?.conclusion !== 'failure') return;
  const accepted = findAccepted(pull, comments);
  for (let index = 0; index < pull.allocating - pull.before; index += 1) {
    if (accepted.get(index) === true || accepted.get(index) === null) continue;
    const body = `/allocgate accept BenchmarkInfo/${index} because we need it`;
    await say(chaos, pull, { by: pull.writer, body, kind: 'accept', index });
  }
};

const withdraw: Act = async (chaos, pull) => {
  await untilReviewed(chaos.scenario, pull);
  const { comments } = await chaos.scenario.fake.snapshot(chaos.scenario.repository, pull.number);
  const [index] = [...findAccepted(pull, comments)].find(([, isAccepted]) => isAccepted === true) ?? [];
  if (index === undefined) return;
  const body = `/allocgate withdraw BenchmarkInfo/${index}`;
  await say(chaos, pull, { by: pull.writer, body, kind: 'withdraw', index });
};

/** Accepts a regression and withdraws the acceptance after a while. */
const acceptForNow: Act = async (chaos, pull, random) => {
  await accept(chaos, pull, random);
  await withdraw(chaos, pull, random);
};

const rerequest: Act = async ({ scenario: { fake, repository } }, pull) => {
  const { checks, headSha } = await fake.snapshot(repository, pull.number);
  const [check] = checks;
  if (check?.status === 'completed') await fake.rerequestCheck(repository, check.id, { by: pull.writer });
  else if (check) await fake.rerequestSuite(repository, headSha, { by: pull.writer });
};

const close: Act = async ({ scenario: { fake, repository } }, pull, random) => {
  // A pull request without changes merges without conflicts in any case.
  const merge = pull.allocating === 0 && pull.before === 0 && random.chance(0.5);
  await fake.closePullRequest(repository, pull.number, { by: pull.writer, merge });
  pull.isOpen = false;
  pull.closed.push({ from: Date.now(), to: Infinity });
};

const reopen: Act = async ({ scenario: { fake, repository } }, pull) => {
  const { merged, baseRef } = fake.pullRequest(repository, pull.number);
  const branches = await fake.git(repository, 'branch', '--list', baseRef);
  if (merged || branches === '') return;
  await fake.reopenPullRequest(repository, pull.number, { by: pull.writer });
  pull.isOpen = true;
  const last = pull.closed.at(-1);
  if (last) last.to = Date.now();
};

const turnDraft: Act = async ({ scenario: { fake, repository } }, pull) => {
  const turn = pull.isDraft ? fake.markReady : fake.convertToDraft;
  await turn(repository, pull.number, { by: pull.author });
  pull.isDraft = !pull.isDraft;
  pull.isDraftRetargeted = false;
};

/** Changes the target to a branch that contains the head: there is nothing to review until the next push. */
const retarget: Act = async ({ scenario: { fake, repository } }, pull) => {
  const base = `has-${pull.number}-${pull.heads.length}`;
  await fake.git(repository, 'branch', '--force', base, fake.pullRequest(repository, pull.number).headSha);
  await fake.editPullRequest(repository, pull.number, { by: pull.writer, base });
  pull.before = pull.allocating;
  pull.isDraftRetargeted = pull.isDraft;
};

const moveBase: Act = async ({ scenario: { fake, repository } }, pull, random) => {
  const text = String(random.integer(1_000_000));
  await fake.pushDefaultBranch(repository, { change: { 'README.md': text } }, { by: pull.writer });
};

const enqueueMerge: Act = async (chaos, pull) => {
  const { headSha } = await chaos.scenario.fake.mergeGroup(chaos.scenario.repository, pull.number);
  chaos.groups.push({ headSha, pull, isRed: pull.allocating > pull.before });
};

/** Refuses one comment: first the review with all comments, then this comment alone. */
const refuseComment: Act = (chaos, pull, random) => {
  const kind = { status: 422, body: { message: 'Validation Failed' } };
  const { faults } = chaos.scenario.fake;
  const at = (end: string) => ({ method: 'POST', path: new RegExp(`/pulls/${pull.number}/${end}$`, 'u') });
  faults.add({ match: at('reviews'), kind });
  faults.add({ match: at('comments'), kind, skip: random.integer(2) });
  pull.mayBeRefused = true;
  return pushAs(chaos, pull, 1 + random.integer(MOST_ALLOCATING), random.chance(0.5));
};

/** GitHub's answers lag behind its webhooks for so long at most. */
const LAG_MS = 1_000;

/** The first looks after the push find the head before it. */
const pushUnseen: Act = async (chaos, pull, random) => {
  const { fake, repository } = chaos.scenario;
  await fake.lag(repository, pull.number, 1 + random.integer(3), LAG_MS);
  await push(chaos, pull, random);
};

const lock: Act = ({ scenario: { fake, repository } }, pull) => {
  fake.lock(repository, pull.number);
  pull.isLocked = true;
  return Promise.resolve();
};

/** A person's own review, with a command or without. */
const review: Act = async ({ scenario: { fake, repository } }, pull, random) => {
  const state = random.pick(['COMMENTED', 'APPROVED', 'CHANGES_REQUESTED'] as const);
  const body = random.pick(['Looks good.', 'Why?\n\n/allocgate help\n']);
  await fake.review(repository, pull.number, { by: pull.writer, body, state });
};

/** Somebody answers what the App says of a line. */
const answer: Act = async ({ scenario: { fake, repository } }, pull) => {
  const { reviewComments } = await fake.snapshot(repository, pull.number);
  const comment = reviewComments.find(isOwn);
  if (!comment) return;
  pull.isAnswered = true;
  await fake.answer(repository, comment.id, { by: pull.writer, body: 'We know.' });
};

/** The branch that `retarget` made: GitHub closes the pull request, and nobody can open it again. */
const deleteBase: Act = async ({ scenario: { fake, repository } }, pull) => {
  const { baseRef } = fake.pullRequest(repository, pull.number);
  if (!baseRef.startsWith(`has-${pull.number}-`)) return;
  await fake.deleteBranch(repository, baseRef, { by: pull.writer });
  pull.isOpen = false;
  pull.closed.push({ from: Date.now(), to: Infinity });
};

const weights: readonly [Act, number][] = [
  [push, 6],
  [forcePush, 2],
  [pushMeanwhile, 1],
  [refuseComment, 1],
  [command, 2],
  [remark, 1],
  [intrude, 1],
  [cancel, 1],
  [accept, 4],
  [withdraw, 1],
  [acceptForNow, 1],
  [rerequest, 2],
  [close, 1],
  [turnDraft, 1],
  [retarget, 1],
  [moveBase, 1],
  [enqueueMerge, 1],
  [pushUnseen, 2],
  [lock, 1],
  [review, 1],
  [answer, 1],
  [deleteBase, 1],
];
/** Each action, as often as its weight says. */
const acts: readonly Act[] = weights.flatMap(([act, weight]) => Array.from({ length: weight }, () => act));
const foreignActs: readonly Act[] = [...acts, ...acts.map(() => approve)];

const tell = (name: string, facts: object): string =>
  `${new Date().toISOString()} ${name} ${JSON.stringify(facts)}`;

/** Performs an action on a pull request when the previous action has ended. */
async function inTurn(pull: ChaosPull, work: () => Promise<void>): Promise<void> {
  const done = pull.turn.then(work);
  pull.turn = done.catch(() => {});
  await done;
}

/** Performs a random action of people on a pull request. Closed ones are sometimes reopened. */
export async function act(chaos: Chaos, pull: ChaosPull, random: Random): Promise<void> {
  const chosen = pull.isOpen
    ? random.pick(pull.isForeign ? foreignActs : acts)
    : random.pick([reopen, reopen, command]);
  await inTurn(pull, async () => {
    await chosen(chaos, pull, random);
    const { before, allocating, isOpen, isDraft, heads } = pull;
    pull.story.push(tell(chosen.name, { before, allocating, isOpen, isDraft, sha: heads.at(-1)?.sha }));
  });
}

export async function openPull(chaos: Chaos, name: string, random: Random): Promise<ChaosPull> {
  const { scenario, fork, pulls } = chaos;
  const { fake, repository } = scenario;
  const writer = `writer-${name}`;
  fake.setPermission(repository, writer, 'write');
  const isForeign = random.chance(0.2);
  const author = isForeign ? 'stranger' : writer;
  const allocating = random.integer(MOST_ALLOCATING + 1);
  const draft = random.chance(0.1);
  const branch = { branch: `change-${name}`, contents: change(allocating) };
  fake.lagNew(random.chance(0.2) ? 1 + random.integer(3) : 0, LAG_MS);
  const head = isForeign ? { ...branch, fork } : branch;
  const { number, headSha: sha } = await fake.openPullRequest(repository, { author, head, draft });
  const pull: ChaosPull = {
    number,
    author,
    writer,
    isForeign,
    isOpen: true,
    isDraft: draft,
    isDraftRetargeted: false,
    before: 0,
    allocating,
    heads: [{ sha, at: Date.now() }],
    closed: [],
    sayings: [],
    story: [tell('open', { allocating, isForeign, draft, sha })],
    isLocked: false,
    isAnswered: false,
    mayBeRefused: false,
    turn: Promise.resolve(),
  };
  pulls.push(pull);
  return pull;
}
