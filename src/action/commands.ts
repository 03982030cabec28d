import { nameOfCommand, parseCommands, type ParsedCommand } from '../app/commands/parse.ts';
import { isRefused } from '../github/errors.ts';
import {
  canWrite,
  type PullRequestFacts,
  react,
  type Reaction,
  readPermission,
  readPullRequest,
  reply as writeComment,
} from '../github/pull-requests.ts';
import type { PullRequestName, Writer } from '../github/types.ts';
import { readWriter } from '../github/writer.ts';
import { planReport } from '../report/data/report.ts';
import { loadPages } from '../review/rule-files.ts';
import { resolveRule, resolveSubject } from '../report/decide/subjects.ts';
import { joinMarkdown } from '../report/model/body-limits.ts';
import { writeMarker } from '../report/model/markers.ts';
import type { Acceptance } from '../report/model/pull-request.ts';
import type { Report } from '../report/model/schema.ts';
import { refuseWithdrawal, type Reply, writeReply } from '../report/pull-request/replies.ts';
import { actionLogs, describeRunRefused, NO_PARTIAL_RUNS } from '../report/words/action.ts';
import { readConfigAt } from './config-at.ts';
import {
  commandKey,
  type Consented,
  findWithdrawn,
  readConsent,
  type ConsentRecord,
  writeAnswerMarkers,
} from './consent.ts';
import { decideAnew } from './decide-anew.ts';
import { readHandover } from './handover.ts';
import { readInherited } from './inheritance.ts';
import type { EventOf, Job } from './types.ts';
import {
  approveWorkflow,
  cancelWorkflow,
  findRun,
  rerunWorkflow,
  type WorkflowRun,
} from './workflow-runs.ts';

/** The data that all commands of one comment share, because it costs many requests. */
type Shared = { inherited?: Promise<readonly Consented[]> };

/** One command and its context. `key`: identifies it. `run`: this workflow's run for the head; null: there is none. */
type Context = {
  job: Job;
  event: EventOf<'comment'>;
  facts: PullRequestFacts;
  target: PullRequestName;
  writer: Writer;
  key: string;
  shared: Shared;
  run: WorkflowRun | null;
};

/**
 * The result of a command. `reply` null: the reaction is the whole answer. `record`: what is accepted or withdrawn.
 * `isConsent`: the gate job must decide again.
 */
type Outcome = {
  reaction: Reaction;
  reply: Reply | string | null;
  record: ConsentRecord | null;
  isConsent: boolean;
};

const done = (reply: Outcome['reply'] = null): Outcome => ({
  reaction: '+1',
  reply,
  record: null,
  isConsent: false,
});
const refused = (reply: Outcome['reply'], reaction: Reaction = 'confused'): Outcome => ({
  ...done(reply),
  reaction,
});

/**
 * Carries out the commands of a comment, with the current permissions of its author, and answers. No code of the pull
 * request runs here: if something must be measured or decided again, jobs of its own workflow run are started again.
 */
export async function answerComment(job: Job, event: EventOf<'comment'>): Promise<void> {
  const commands = parseCommands(event.body);
  if (commands.length === 0) return job.runner.log(actionLogs.noCommand);
  const target = { ...job.repository, number: event.number };
  const writer = await readWriter(job.github);
  const shared: Shared = {};
  let consentKey: string | null = null;
  try {
    for (const command of commands) {
      const key = commandKey(event.id, command.line);
      const outcome = await carryOutFor(job, event, { target, writer, key, shared, command });
      const isAnswered = await answer(job, event, { target, writer, key }, outcome);
      if (outcome.isConsent) consentKey = key;
      const message = isAnswered ? actionLogs.answered : actionLogs.notAnswered;
      job.runner.log(message(command.kind, event.author));
    }
  } finally {
    // Once for all commands, also if a later one failed, because what was recorded must count.
    if (consentKey !== null) await decide(job, { target, writer, key: consentKey });
  }
}

/** Lets the job that gates decide anew. If it cannot, a comment says so. */
async function decide(
  job: Job,
  { target, writer, key }: Pick<Context, 'target' | 'writer' | 'key'>,
): Promise<void> {
  const facts = await readPullRequest(job.github, target);
  const obstacle = facts && (await decideAnew(job, facts));
  if (obstacle === null) return;
  job.runner.log(obstacle);
  const marker = writeMarker(`not-decided:${key}`);
  const comment = { target, writer, marker, body: joinMarkdown([marker, obstacle]), ...job.settle };
  try {
    await writeComment(job.github, comment);
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
}

/** A command before its author and the pull request are checked. */
type UncheckedCommand = Pick<Context, 'target' | 'writer' | 'key' | 'shared'> & { command: ParsedCommand };

async function carryOutFor(
  job: Job,
  event: EventOf<'comment'>,
  { command, ...rest }: UncheckedCommand,
): Promise<Outcome> {
  const { github } = job;
  if (!canWrite(await readPermission(github, rest.target, event.author))) {
    return refused({ kind: 'forbidden', command: nameOfCommand(command) }, '-1');
  }
  const facts = await readPullRequest(github, rest.target);
  if (facts === null) return refused({ kind: 'closed' });
  const run = await findRun(job, facts.head);
  return carryOut({ job, event, facts, run, ...rest }, command);
}

async function carryOut(context: Context, command: ParsedCommand): Promise<Outcome> {
  switch (command.kind) {
    case 'help':
      return done({ kind: 'help' });
    case 'run':
      return command.bench === null ? runAgain(context) : refused(NO_PARTIAL_RUNS);
    case 'rerun':
      return runAgain(context);
    case 'cancel':
      return cancelRun(context);
    case 'approve':
      return approveRun(context);
    case 'accept':
      return accept(context, command.name, command.reason);
    case 'withdraw':
      return withdraw(context, command.name);
    case 'explain': {
      const resolved = resolveRule(await loadPages(), await readReport(context, []), command.name);
      return 'problem' in resolved
        ? refused({ kind: 'no-rule', text: command.name, ...resolved })
        : done({ kind: 'explain', ...resolved });
    }
    case 'unknown':
    case 'incomplete':
    case 'surplus':
    case 'too-long':
    case 'bad-regexp':
    case 'too-many':
      return refused(command);
  }
}

/**
 * Whether the head was already pushed when the comment was written. GitHub's times are whole seconds, so a push in the
 * same second counts as later.
 */
const wasPushed = ({ event, run }: Context): boolean => run !== null && event.createdAt > run.createdAt;

const pushedSince = ({ facts }: Context): Outcome =>
  refused({ kind: 'pushed-since', headSha: facts.head.sha });

async function runAgain({ job, facts, run }: Context): Promise<Outcome> {
  if (facts.state === 'closed') return refused({ kind: 'closed' });
  if (run === null) return refused({ kind: 'not-measured' });
  const answer = run.isCompleted ? await rerunWorkflow(job, run.id) : 'in-progress';
  if (typeof answer === 'object') return refused(describeRunRefused(answer.refused));
  return done({ kind: 'queued', headSha: facts.head.sha, bench: null });
}

async function cancelRun({ job, run }: Context): Promise<Outcome> {
  if (run === null || run.isCompleted) return refused({ kind: 'cancelled', runs: 0 });
  const answer = await cancelWorkflow(job, run.id);
  if (typeof answer === 'object') return refused(describeRunRefused(answer.refused));
  return answer === 'completed' ? refused({ kind: 'cancelled', runs: 0 }) : done();
}

/** GitHub itself holds back the runs of first-time contributors. The command does the same as GitHub's own button. */
async function approveRun(context: Context): Promise<Outcome> {
  const { job, facts, run } = context;
  if (facts.state === 'closed') return refused({ kind: 'closed' });
  if (!facts.isFork || run === null || !run.isWaiting) return refused({ kind: 'nothing-to-approve' });
  if (!wasPushed(context)) return pushedSince(context);
  const answer = await approveWorkflow(job, run.id);
  if (typeof answer === 'object') return refused(describeRunRefused(answer.refused));
  return done({ kind: 'approved', headSha: facts.head.sha });
}

/** The acceptances before this command, of this pull request and of its merged parents. */
async function readAllConsent(context: Context): Promise<Consented[]> {
  const { job, writer, facts, key, shared } = context;
  shared.inherited ??= readInherited(job, writer, facts);
  const inherited = await shared.inherited;
  return readConsent({ github: job.github, ...context }, { before: key, inherited });
}

/** The report of the head with the given acceptances; null: the head was not measured. */
async function readReport({ job, facts }: Context, consented: readonly Consented[]): Promise<Report | null> {
  const handover = await readHandover(job.dir, job.rules);
  if (handover === null || !('review' in handover) || handover.review.head.sha !== facts.head.sha)
    return null;
  const config = await readConfigAt(job, facts.base.sha);
  return planReport(
    handover.review,
    config,
    consented.map(({ acceptance }) => acceptance),
  );
}

async function accept(context: Context, text: string, reason: string): Promise<Outcome> {
  const report = await readReport(context, await readAllConsent(context));
  if (report === null) return refused({ kind: 'not-measured' });
  if (!wasPushed(context)) return pushedSince(context);
  const subject = resolveSubject(report, text);
  if ('problem' in subject) return refused({ kind: 'not-acceptable', text, ...subject });
  const { kind, id, amounts } = subject;
  const { author: by, createdAt: at } = context.event;
  const acceptance: Acceptance = { subject: { kind, id }, amounts, reason, by, at };
  return {
    ...done({ kind: 'accepted', acceptances: [acceptance], report }),
    record: { text, subject: { kind, id }, amounts },
    isConsent: true,
  };
}

async function withdraw(context: Context, text: string): Promise<Outcome> {
  const consented = await readAllConsent(context);
  const report = await readReport(context, consented);
  const subject = findWithdrawn({ text, record: undefined }, consented, report);
  if ('problem' in subject) return refused(refuseWithdrawal(subject, text));
  return {
    ...done({ kind: 'withdrawn', subject, report }),
    record: { text, subject, amounts: {} },
    isConsent: true,
  };
}

/**
 * Writes the answer to a command. Resolves to whether GitHub takes it. If it does not, an acceptance has no effect,
 * because its amounts are in the answer.
 */
async function answer(
  { github, settle }: Job,
  { id: commentId }: EventOf<'comment'>,
  { target, writer, key }: Pick<Context, 'target' | 'writer' | 'key'>,
  { reaction, reply, record }: Outcome,
): Promise<boolean> {
  const markers = writeAnswerMarkers(key, record);
  const body =
    typeof reply === 'string' ? joinMarkdown([markers, reply]) : reply && writeReply(markers, reply);
  let isWritten = false;
  try {
    if (body !== null) {
      await writeComment(github, { target, writer, marker: writeAnswerMarkers(key, null), body, ...settle });
      isWritten = true;
    }
    await react(github, target, { on: 'issue-comment', commentId }, reaction, settle);
    return true;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return isWritten;
  }
}
