import { canWrite, readPermission, readPullRequest } from '../../github/pull-requests.ts';
import type { PullRequestName } from '../../github/types.ts';
import { resolveRule } from '../../report/decide/subjects.ts';
import { writeReply } from '../../report/pull-request/replies.ts';
import { loadPages } from '../../review/rule-files.ts';
import type { Answer, StoredRepository } from '../../store/types.ts';
import type { CommentKind } from '../intents.ts';
import { endCancelledChecks } from '../runs/checks.ts';
import { readPolicy } from '../runs/policy.ts';
import { ensureReview } from '../runs/pull-requests.ts';
import { readToldPullRequest } from '../runs/read-lag.ts';
import { type App, nameOf } from '../types.ts';
import { accept, pressAccept, readLastReport, withdraw } from './accept.ts';
import { addReaction, answerIfPossible, keyOf, markerOf, textOf, writeAnswer } from './answers.ts';
import {
  type CommandContext,
  done,
  type CommandOutcome,
  pushedSince,
  refused,
  wasHead,
  wasSeen,
} from './context.ts';
import { nameOfCommand, type ParsedCommand, parseCommands } from './parse.ts';

/** The maximum number of commands of one person in an hour. Only scripts send more. */
const MAX_COMMANDS_AN_HOUR = 30;

/** A comment that may contain commands. `createdAt`: ISO 8601. */
export type CommentFacts = {
  number: number;
  on: CommentKind;
  commentId: number;
  author: string;
  body: string;
  createdAt: string;
};

/**
 * A command before its author and the pull request are checked. `attempt`: the number of this attempt at the delivery.
 */
type UncheckedCommand = Pick<CommandContext, 'author' | 'key'> & {
  at: Date;
  command: ParsedCommand;
  attempt: number;
};

/**
 * Carries out the commands of a comment, each only once, even if the delivery is processed several times. Each is
 * answered by a reaction, and by a comment if there is something to report. Throws errors of GitHub or the database; the
 * delivery is then processed again.
 */
export async function carryOutCommands(
  app: App,
  repository: StoredRepository,
  { number, on, commentId, author, body, createdAt }: CommentFacts,
  attempt: number,
): Promise<void> {
  const parsed = parseCommands(body);
  if (parsed.length === 0) return;
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const at = new Date(createdAt);
  // Somebody without write access gets one answer to all commands of a comment, because each is refused.
  const isRefused = parsed.length > 1 && !canWrite(await readPermission(github, target, author));
  for (const command of isRefused ? parsed.slice(0, 1) : parsed) {
    const key = keyOf(on, commentId, command.line);
    const begun = await app.store.beginCommand(key, author);
    if (begun === null) continue;
    // If a previous attempt carried out the command, its stored answer is used: the command would find nothing to do now.
    const decide = () => carryOutFor(app, repository, target, { author, at, key, command, attempt });
    const answer = begun.answer ?? (await save(app, key, await decide()));
    const place = { github, target, on, commentId };
    await answerIfPossible(app, key, () => addReaction(place, answer));
    const text = textOf(on, key, answer);
    if (text !== null)
      await answerIfPossible(app, key, () => writeAnswer(app, repository, target, { key, text, since: at }));
    await app.store.finishCommand(key);
    app.log.info({ step: 'command', command: command.kind, by: author, reaction: answer.reaction });
  }
}

/** Stores the result of a command until the answer is written. */
function save(app: App, key: string, { reaction, reply, consent }: CommandOutcome): Promise<Answer> {
  return app.store.saveAnswer(key, { reaction, body: reply && writeReply(markerOf(key), reply) }, consent);
}

async function carryOutFor(
  app: App,
  repository: StoredRepository,
  target: PullRequestName,
  { author, at, key, command, attempt }: UncheckedCommand,
): Promise<CommandOutcome> {
  const github = await app.gitHub.forInstallation(repository.installationId);
  const count = await app.store.countCommands(key);
  if (count > MAX_COMMANDS_AN_HOUR) {
    // The limit is reported only once, so that a script does not get endless answers.
    const isFirst = count === MAX_COMMANDS_AN_HOUR + 1;
    const reply = isFirst ? ({ kind: 'rate-limited', limit: MAX_COMMANDS_AN_HOUR } as const) : null;
    return { reaction: 'confused', reply, consent: null };
  }
  if (!canWrite(await readPermission(github, target, author))) {
    return refused({ kind: 'forbidden', command: nameOfCommand(command) }, '-1');
  }
  const facts = await readToldPullRequest(github, target, { told: null, attempt });
  if (facts === null) return refused({ kind: 'closed' });
  return carryOut({ app, repository, facts, author, key }, command, at);
}

async function carryOut(context: CommandContext, command: ParsedCommand, at: Date): Promise<CommandOutcome> {
  switch (command.kind) {
    case 'help':
      return done({ kind: 'help' });
    case 'run':
      return run(context, command.bench);
    case 'rerun':
      return run(context, null);
    case 'cancel':
      return cancel(context, at);
    case 'approve':
      return approve(context, at);
    case 'accept':
      return accept(context, command, at);
    case 'withdraw':
      return withdraw(context, command.name);
    case 'explain':
      return explain(context, command.name);
    case 'unknown':
    case 'incomplete':
    case 'surplus':
    case 'too-long':
    case 'bad-regexp':
    case 'too-many':
      return refused(command);
  }
}

async function run(
  { app, repository, facts, key }: CommandContext,
  bench: string | null,
): Promise<CommandOutcome> {
  const requested = await ensureReview(app, repository, facts.number, { again: key, isAsked: true, bench });
  return requested === null
    ? refused({ kind: 'closed' })
    : done({ kind: 'queued', headSha: requested.headSha, bench });
}

async function cancel(context: CommandContext, at: Date): Promise<CommandOutcome> {
  const { app, repository, facts } = context;
  const subject = { kind: 'pull-request', number: facts.number } as const;
  const known = await app.store.listRuns(repository.id, facts.number);
  if (known.length > 0 && !(await wasSeen(context, at))) return pushedSince(context);
  const cancelled = await app.store.cancelRuns(repository.id, subject, 'cancelled');
  await endCancelledChecks(app, cancelled);
  if (cancelled.length > 0) return done(null);
  // There is also nothing to cancel if a process carried out this command and crashed before it stored the answer.
  const runs = await app.store.listRuns(repository.id, facts.number);
  const isDone = runs.some(
    ({ outcome, finishedAt }) => outcome === 'cancelled' && finishedAt !== null && finishedAt >= at,
  );
  return isDone ? done(null) : refused({ kind: 'cancelled', runs: 0 });
}

async function approve(context: CommandContext, at: Date): Promise<CommandOutcome> {
  const { app, repository, facts, author } = context;
  if (facts.state === 'closed') return refused({ kind: 'closed' });
  if (!facts.isFork) return refused({ kind: 'nothing-to-approve' });
  const github = await app.gitHub.forInstallation(repository.installationId);
  const { forks } = await readPolicy(github, repository, facts.base.sha);
  if (forks === 'never') return refused({ kind: 'forks-refused' });
  if (!(await wasHead(context, at))) {
    // The new head gets a check that asks for approval, so that the next command can approve it.
    await run(context, null);
    return pushedSince(context);
  }
  await app.store.approveHead(repository.id, facts.number, facts.head.sha, author);
  await run(context, null);
  return done({ kind: 'approved', headSha: facts.head.sha });
}

async function explain(context: CommandContext, text: string): Promise<CommandOutcome> {
  const report = await readLastReport(context);
  const resolved = resolveRule(await loadPages(), report, text);
  if ('problem' in resolved) return refused({ kind: 'no-rule', text, ...resolved });
  return done({ kind: 'explain', ...resolved });
}

/** Carries out the button "Accept" of a check. The answer is a comment, because there is no comment to react to. */
export async function acceptGating(
  app: App,
  repository: StoredRepository,
  { number, headSha, author, key }: { number: number; headSha: string; author: string; key: string },
): Promise<void> {
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const begun = await app.store.beginCommand(key, author);
  if (begun === null) return;
  const press = async (): Promise<CommandOutcome> => {
    const facts = await readPullRequest(github, target);
    // If the person may not press the button, nothing happens and no answer is needed.
    if (facts === null || !canWrite(await readPermission(github, target, author))) return done(null);
    return pressAccept({ app, repository, facts, author, key }, headSha);
  };
  const { body } = begun.answer ?? (await save(app, key, await press()));
  if (body !== null)
    await answerIfPossible(app, key, () => writeAnswer(app, repository, target, { key, text: body }));
  await app.store.finishCommand(key);
  app.log.info({ step: 'command', command: 'accept all', by: author, isAnswered: body !== null });
}
