import {
  canWrite,
  type PullRequestFacts,
  react,
  readPermission,
  readPullRequest,
  reply as writeComment,
} from '../github/pull-requests.ts';
import type { PullRequestName } from '../github/types.ts';
import { writeMarker } from '../report/markers.ts';
import { planReport } from '../report/plan.ts';
import type { Acceptance } from '../report/pull-request.ts';
import { type Reply, writeReply } from '../report/replies.ts';
import type { Report } from '../report/schema.ts';
import { type AcceptableSubject, listGating, resolveRule, resolveSubject } from '../report/subjects.ts';
import { loadRules } from '../review/rule-files.ts';
import type { Answer, Run, StoredRepository } from '../store/types.ts';
import { endCancelledChecks } from './checks.ts';
import { type Command, type ParsedCommand, parseCommands } from './commands.ts';
import { readPolicy } from './policy.ts';
import { lookAtPullRequest } from './pull-requests.ts';
import { type App, nameOf } from './types.ts';

/** Commands of one person in an hour; more are somebody's script. */
const MAX_COMMANDS_AN_HOUR = 30;

/** `createdAt`: ISO 8601. */
export type CommentFacts = {
  number: number;
  commentId: number;
  author: string;
  body: string;
  createdAt: string;
};

/** One command and all that it is about. */
type Context = {
  app: App;
  repository: StoredRepository;
  facts: PullRequestFacts;
  author: string;
  /** Tells the command from all others. */
  key: string;
};

/** A command, and who said it when. */
type Said = Pick<Context, 'author' | 'key'> & { at: Date; command: ParsedCommand };

/** What became of a command. `reply` null: the reaction says it all. */
type Outcome = { reaction: Answer['reaction']; reply: Reply | null };

const done = (reply: Reply | null): Outcome => ({ reaction: '+1', reply });
const refused = (reply: Reply): Outcome => ({ reaction: 'confused', reply });

/** Carries out the commands of a comment, each once, and answers: a reaction, and a comment where there is something to say. */
export async function carryOutCommands(
  app: App,
  repository: StoredRepository,
  { number, commentId, author, body, createdAt }: CommentFacts,
): Promise<void> {
  const commands = parseCommands(body);
  if (commands.length === 0) return;
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const at = new Date(createdAt);
  for (const command of commands) {
    const key = `${commentId}-${command.line}`;
    const begun = await app.store.beginCommand(key, author);
    if (begun === null) continue;
    // What was carried out once would find nothing to do now.
    const answer = begun.answer ?? (await decide(app, repository, target, { author, at, key, command }));
    await react(github, target, commentId, answer.reaction);
    if (answer.body !== null) await tell(app, repository, target, key, answer.body);
    await app.store.finishCommand(key);
    app.log.info({ step: 'command', command: command.kind, by: author, reaction: answer.reaction });
  }
}

async function decide(
  app: App,
  repository: StoredRepository,
  target: PullRequestName,
  command: Said,
): Promise<Answer> {
  const { reaction, reply } = await carryOutFor(app, repository, target, command);
  return save(app, command.key, reaction, reply);
}

/** Keeps what became of a command until it is told. */
async function save(
  app: App,
  key: string,
  reaction: Answer['reaction'],
  reply: Reply | null,
): Promise<Answer> {
  const answer = { reaction, body: reply && writeReply(markerOf(key), reply) };
  await app.store.saveAnswer(key, answer);
  return answer;
}

const markerOf = (key: string): string => writeMarker(`reply:${key}`);

async function tell(
  app: App,
  repository: StoredRepository,
  target: PullRequestName,
  key: string,
  body: string,
): Promise<void> {
  const github = await app.gitHub.forInstallation(repository.installationId);
  const writer = await app.gitHub.writer();
  await writeComment(github, { target, writer, marker: markerOf(key), body });
}

async function carryOutFor(
  app: App,
  repository: StoredRepository,
  target: PullRequestName,
  { author, at, key, command }: Said,
): Promise<Outcome> {
  const github = await app.gitHub.forInstallation(repository.installationId);
  const count = await app.store.countCommands(key);
  if (count > MAX_COMMANDS_AN_HOUR) {
    // Said once: a script would be answered for as long as it runs.
    const isFirst = count === MAX_COMMANDS_AN_HOUR + 1;
    return {
      reaction: 'confused',
      reply: isFirst ? { kind: 'rate-limited', limit: MAX_COMMANDS_AN_HOUR } : null,
    };
  }
  if (!canWrite(await readPermission(github, target, author))) {
    return { reaction: '-1', reply: { kind: 'forbidden', command: command.kind } };
  }
  const facts = await readPullRequest(github, target);
  if (facts === null) return refused({ kind: 'closed' });
  return carryOut({ app, repository, facts, author, key }, command, at);
}

async function carryOut(context: Context, command: ParsedCommand, at: Date): Promise<Outcome> {
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
      return accept(context, command);
    case 'withdraw':
      return withdraw(context, command.subject);
    case 'explain':
      return explain(context, command.subject);
    case 'unknown':
    case 'incomplete':
    case 'surplus':
    case 'too-long':
    case 'bad-regexp':
    case 'too-many':
      return refused(command);
  }
}

async function run({ app, repository, facts, key }: Context, bench: string | null): Promise<Outcome> {
  const looked = await lookAtPullRequest(app, repository, facts.number, { again: key, isAsked: true, bench });
  return looked === null
    ? refused({ kind: 'closed' })
    : done({ kind: 'queued', headSha: looked.headSha, bench });
}

async function cancel({ app, repository, facts }: Context, at: Date): Promise<Outcome> {
  const subject = { kind: 'pull-request', number: facts.number } as const;
  const cancelled = await app.store.cancelRuns(repository.id, subject, 'cancelled');
  await endCancelledChecks(app, cancelled);
  if (cancelled.length > 0) return done(null);
  // Who cancelled for this command, and died before it was answered, left nothing to cancel.
  const runs = await app.store.listRuns(repository.id, facts.number);
  const isDone = runs.some(
    ({ outcome, finishedAt }) => outcome === 'cancelled' && finishedAt !== null && finishedAt >= at,
  );
  return isDone ? done(null) : refused({ kind: 'cancelled', runs: 0 });
}

/**
 * Whether the head was the head already when the command was said: consent is to what its author could see, and not to
 * what was pushed in the moment between. GitHub's times are whole seconds: a push in the same second counts as later.
 */
async function wasHead({ app, repository, facts }: Context, at: Date): Promise<boolean> {
  const runs = await app.store.listRuns(repository.id, facts.number);
  const earlier = runs.filter(({ createdAt }) => createdAt <= at);
  const since = [...earlier.slice(-1), ...runs.slice(earlier.length)];
  return earlier.length > 0 && since.every(({ headSha }) => headSha === facts.head.sha);
}

async function approve(context: Context, at: Date): Promise<Outcome> {
  const { app, repository, facts, author } = context;
  if (facts.state === 'closed') return refused({ kind: 'closed' });
  if (!facts.isFork) return refused({ kind: 'nothing-to-approve' });
  const github = await app.gitHub.forInstallation(repository.installationId);
  const { forks } = await readPolicy(github, repository, facts.base.sha);
  if (forks === 'never') return refused({ kind: 'forks-refused' });
  if (!(await wasHead(context, at))) {
    // Its check asks for approval, so that the next word can be about it.
    await run(context, null);
    return refused({ kind: 'pushed-since', headSha: facts.head.sha });
  }
  await app.store.approveHead(repository.id, facts.number, facts.head.sha, author);
  await run(context, null);
  return done({ kind: 'approved', headSha: facts.head.sha });
}

/** The last result of a pull request, as it was reported; null: there is none of its head yet. */
async function readReport({ app, repository, facts }: Context): Promise<{ run: Run; report: Report } | null> {
  const run = await app.store.findMeasured(repository.id, facts.number);
  if (run === null || run.measured === null || run.headSha !== facts.head.sha) return null;
  const acceptances = await app.store.listAcceptances(repository.id, facts.number);
  return { run, report: planReport(run.measured.review, run.measured.config, acceptances) };
}

/** Records consent and writes everything again from what was measured. */
async function addAcceptances(
  { app, repository, facts, author }: Context,
  run: Run,
  subjects: readonly AcceptableSubject[],
  reason: string,
): Promise<Acceptance[]> {
  const at = new Date().toISOString();
  const acceptances = subjects.map(({ kind, id, amounts }) => ({
    subject: { kind, id },
    amounts,
    reason,
    by: author,
    at,
  }));
  for (const acceptance of acceptances)
    await app.store.addAcceptance(repository.id, facts.number, acceptance);
  await app.store.rewriteRun(run.id);
  return acceptances;
}

async function accept(
  context: Context,
  { subject: text, reason }: Extract<Command, { kind: 'accept' }>,
): Promise<Outcome> {
  const found = await readReport(context);
  if (found === null) return refused({ kind: 'not-measured' });
  const subject = resolveSubject(found.report, text);
  if ('problem' in subject) return refused({ kind: 'no-subject', text, ...subject });
  const acceptances = await addAcceptances(context, found.run, [subject], reason);
  return done({ kind: 'accepted', acceptances, report: found.report });
}

async function withdraw(context: Context, text: string): Promise<Outcome> {
  const { app, repository, facts } = context;
  const found = await readReport(context);
  const subject = found === null ? null : resolveSubject(found.report, text);
  const all = await app.store.listAcceptances(repository.id, facts.number);
  // What was fixed since is in no report any more: then its name must be that of the acceptance.
  const id = subject !== null && 'id' in subject ? subject.id : text;
  const acceptance = all.find(({ subject: { id: own } }) => own === id);
  if (acceptance === undefined) return refused({ kind: 'nothing-to-withdraw', text });
  await app.store.withdrawAcceptances(repository.id, facts.number, id);
  if (found !== null) await app.store.rewriteRun(found.run.id);
  return done({ kind: 'withdrawn', subject: acceptance.subject, report: found?.report ?? null });
}

async function explain(context: Context, text: string): Promise<Outcome> {
  const found = await readReport(context);
  const { rules } = await loadRules();
  const resolved = resolveRule(rules, found?.report ?? null, text);
  if ('problem' in resolved) return refused({ kind: 'no-rule', text, ...resolved });
  return done({ kind: 'explain', ...resolved });
}

/** The check's button "Accept": everything that gates. Its answer is a comment, as there is none to react to. */
export async function acceptGating(
  app: App,
  repository: StoredRepository,
  { number, author, key }: { number: number; author: string; key: string },
): Promise<void> {
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const begun = await app.store.beginCommand(key, author);
  if (begun === null) return;
  const press = async (): Promise<Reply | null> => {
    const facts = await readPullRequest(github, target);
    // A button needs no answer to whoever may not press it: nothing has come of it.
    if (facts === null || !canWrite(await readPermission(github, target, author))) return null;
    return pressAccept({ app, repository, facts, author, key });
  };
  const { body } = begun.answer ?? (await save(app, key, '+1', await press()));
  if (body !== null) await tell(app, repository, target, key, body);
  await app.store.finishCommand(key);
  app.log.info({ step: 'command', command: 'accept all', by: author, isAnswered: body !== null });
}

async function pressAccept(context: Context): Promise<Reply> {
  const found = await readReport(context);
  if (found === null) return { kind: 'not-measured' };
  const subjects = listGating(found.report);
  if (subjects.length === 0) return { kind: 'nothing-gates' };
  const acceptances = await addAcceptances(context, found.run, subjects, '');
  return { kind: 'accepted', acceptances, report: found.report };
}
