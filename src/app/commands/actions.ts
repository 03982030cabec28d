import {
  canWrite,
  type PullRequestFacts,
  readPermission,
  readPullRequest,
} from '../../github/pull-requests.ts';
import type { PullRequestName } from '../../github/types.ts';
import { planReport } from '../../report/data/report.ts';
import type { Acceptance } from '../../report/model/pull-request.ts';
import { type Reply, writeReply } from '../../report/pull-request/replies.ts';
import type { Report } from '../../report/model/schema.ts';
import {
  type AcceptableSubject,
  listGating,
  resolveRule,
  resolveSubject,
} from '../../report/decide/subjects.ts';
import { loadPages } from '../../review/rule-files.ts';
import type { Answer, ConsentChange, StoredRepository } from '../../store/types.ts';
import { endCancelledChecks } from '../runs/checks.ts';
import { addReaction, answerIfPossible, keyOf, markerOf, tell, textOf } from './answers.ts';
import { type ParsedCommand, parseCommands, type SlashCommand } from './parse.ts';
import { readPolicy } from '../runs/policy.ts';
import type { CommentKind } from '../intents.ts';
import { readToldPullRequest } from '../runs/read-lag.ts';
import { lookAtPullRequest } from '../runs/pull-requests.ts';
import { type App, nameOf } from '../types.ts';

/** The commands that one person may send in an hour. More come from a script. */
const MAX_COMMANDS_AN_HOUR = 30;

/** `createdAt`: ISO 8601. */
export type CommentFacts = {
  number: number;
  on: CommentKind;
  commentId: number;
  author: string;
  body: string;
  createdAt: string;
};

/** One command and its context. */
type Context = {
  app: App;
  repository: StoredRepository;
  facts: PullRequestFacts;
  author: string;
  /** Identifies the command. */
  key: string;
};

/** A command, its author and its time. */
type Said = Pick<Context, 'author' | 'key'> & { at: Date; command: ParsedCommand; attempt: number };

/** The result of a command. `reply` null: the reaction is enough. `consent` null: nothing is accepted or withdrawn. */
type Outcome = { reaction: Answer['reaction']; reply: Reply | null; consent: ConsentChange | null };

const done = (reply: Reply | null, consent: ConsentChange | null = null): Outcome => ({
  reaction: '+1',
  reply,
  consent,
});
const refused = (reply: Reply, reaction: Answer['reaction'] = 'confused'): Outcome => ({
  reaction,
  reply,
  consent: null,
});

/**
 * Carries out the commands of a comment, each once, and answers with a reaction, and with a comment if there is
 * something to report.
 */
export async function carryOutCommands(
  app: App,
  repository: StoredRepository,
  { number, on, commentId, author, body, createdAt }: CommentFacts,
  attempt: number,
): Promise<void> {
  const commands = parseCommands(body);
  if (commands.length === 0) return;
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const at = new Date(createdAt);
  for (const command of commands) {
    const key = keyOf(on, commentId, command.line);
    const begun = await app.store.beginCommand(key, author);
    if (begun === null) continue;
    // A command that was carried out before would find nothing to do now.
    const decide = () => carryOutFor(app, repository, target, { author, at, key, command, attempt });
    const answer = begun.answer ?? (await save(app, key, await decide()));
    const place = { github, target, on, commentId };
    await answerIfPossible(app, key, () => addReaction(place, answer));
    const text = textOf(on, key, answer);
    if (text !== null) await answerIfPossible(app, key, () => tell(app, repository, target, key, text));
    await app.store.finishCommand(key);
    app.log.info({ step: 'command', command: command.kind, by: author, reaction: answer.reaction });
  }
}

/** Stores the result of a command until the answer is written. */
function save(app: App, key: string, { reaction, reply, consent }: Outcome): Promise<Answer> {
  return app.store.saveAnswer(key, { reaction, body: reply && writeReply(markerOf(key), reply) }, consent);
}

async function carryOutFor(
  app: App,
  repository: StoredRepository,
  target: PullRequestName,
  { author, at, key, command, attempt }: Said,
): Promise<Outcome> {
  const github = await app.gitHub.forInstallation(repository.installationId);
  const count = await app.store.countCommands(key);
  if (count > MAX_COMMANDS_AN_HOUR) {
    // The limit is only reported once; otherwise a script would get endless answers.
    const isFirst = count === MAX_COMMANDS_AN_HOUR + 1;
    const reply = isFirst ? ({ kind: 'rate-limited', limit: MAX_COMMANDS_AN_HOUR } as const) : null;
    return { reaction: 'confused', reply, consent: null };
  }
  if (!canWrite(await readPermission(github, target, author))) {
    return refused({ kind: 'forbidden', command: command.kind }, '-1');
  }
  const facts = await readToldPullRequest(github, target, { told: null, attempt });
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

async function run({ app, repository, facts, key }: Context, bench: string | null): Promise<Outcome> {
  const looked = await lookAtPullRequest(app, repository, facts.number, { again: key, isAsked: true, bench });
  return looked === null
    ? refused({ kind: 'closed' })
    : done({ kind: 'queued', headSha: looked.headSha, bench });
}

async function cancel(context: Context, at: Date): Promise<Outcome> {
  const { app, repository, facts } = context;
  const subject = { kind: 'pull-request', number: facts.number } as const;
  const known = await app.store.listRuns(repository.id, facts.number);
  if (known.length > 0 && !(await wasSeen(context, at))) return pushedSince(context);
  const cancelled = await app.store.cancelRuns(repository.id, subject, 'cancelled');
  await endCancelledChecks(app, cancelled);
  if (cancelled.length > 0) return done(null);
  // A process that crashed after carrying out this command, but before its answer, has left nothing to cancel.
  const runs = await app.store.listRuns(repository.id, facts.number);
  const isDone = runs.some(
    ({ outcome, finishedAt }) => outcome === 'cancelled' && finishedAt !== null && finishedAt >= at,
  );
  return isDone ? done(null) : refused({ kind: 'cancelled', runs: 0 });
}

/**
 * Whether the present head was already the head when the command was written: its author consents to the code that was
 * visible, not to a later push. GitHub's times are whole seconds, so a push in the same second counts as later.
 */
async function wasHead({ app, repository, facts }: Context, at: Date): Promise<boolean> {
  const runs = await app.store.listRuns(repository.id, facts.number);
  const earlier = runs.filter(({ createdAt }) => createdAt <= at);
  const since = [...earlier.slice(-1), ...runs.slice(earlier.length)];
  return earlier.length > 0 && since.every(({ headSha }) => headSha === facts.head.sha);
}

/** Tolerance for different clocks. It does not apply to running strangers' code, only to less dangerous commands. */
const LENIENCE_MS = 2_000;

const wasSeen = (context: Context, at: Date): Promise<boolean> =>
  wasHead(context, new Date(at.getTime() + LENIENCE_MS));

const pushedSince = ({ facts }: Context): Outcome =>
  refused({ kind: 'pushed-since', headSha: facts.head.sha });

async function approve(context: Context, at: Date): Promise<Outcome> {
  const { app, repository, facts, author } = context;
  if (facts.state === 'closed') return refused({ kind: 'closed' });
  if (!facts.isFork) return refused({ kind: 'nothing-to-approve' });
  const github = await app.gitHub.forInstallation(repository.installationId);
  const { forks } = await readPolicy(github, repository, facts.base.sha);
  if (forks === 'never') return refused({ kind: 'forks-refused' });
  if (!(await wasHead(context, at))) {
    // The check of the new head asks for approval, so that the next command can approve it.
    await run(context, null);
    return pushedSince(context);
  }
  await app.store.approveHead(repository.id, facts.number, facts.head.sha, author);
  await run(context, null);
  return done({ kind: 'approved', headSha: facts.head.sha });
}

/** The last reported result of a pull request; null: its head has no result yet. */
async function readReport({ app, repository, facts }: Context): Promise<Report | null> {
  const run = await app.store.findMeasured(repository.id, facts.number);
  if (run === null || run.measured === null || run.headSha !== facts.head.sha) return null;
  const acceptances = await app.store.listAcceptances(repository.id, facts.number);
  return planReport(run.measured.review, run.measured.config, acceptances);
}

/** Accepts the given subjects with their present costs. */
function acceptAll(
  { repository, facts, author }: Context,
  report: Report,
  subjects: readonly AcceptableSubject[],
  reason: string,
): Outcome {
  const at = new Date().toISOString();
  const accepted = subjects.map(({ kind, id, amounts }): Acceptance => ({
    subject: { kind, id },
    amounts,
    reason,
    by: author,
    at,
  }));
  return done(
    { kind: 'accepted', acceptances: accepted, report },
    { repositoryId: repository.id, number: facts.number, accepted, withdrawn: [] },
  );
}

async function accept(
  context: Context,
  { name: text, reason }: Extract<SlashCommand, { kind: 'accept' }>,
  at: Date,
): Promise<Outcome> {
  const report = await readReport(context);
  if (report === null) return refused({ kind: 'not-measured' });
  if (!(await wasSeen(context, at))) return pushedSince(context);
  const subject = resolveSubject(report, text);
  if ('problem' in subject) return refused({ kind: 'not-acceptable', text, ...subject });
  return acceptAll(context, report, [subject], reason);
}

async function withdraw(context: Context, text: string): Promise<Outcome> {
  const { app, repository, facts } = context;
  const report = await readReport(context);
  const subject = report === null ? null : resolveSubject(report, text);
  const all = await app.store.listAcceptances(repository.id, facts.number);
  // A regression that was fixed is no longer in the report, so its name must be that of the acceptance.
  const id = subject !== null && 'id' in subject ? subject.id : text;
  const acceptance = all.find(({ subject: { id: own } }) => own === id);
  if (acceptance === undefined) return refused({ kind: 'nothing-to-withdraw', text });
  return done(
    { kind: 'withdrawn', subject: acceptance.subject, report },
    { repositoryId: repository.id, number: facts.number, accepted: [], withdrawn: [id] },
  );
}

async function explain(context: Context, text: string): Promise<Outcome> {
  const report = await readReport(context);
  const resolved = resolveRule(await loadPages(), report, text);
  if ('problem' in resolved) return refused({ kind: 'no-rule', text, ...resolved });
  return done({ kind: 'explain', ...resolved });
}

/**
 * The button "Accept" of the check accepts everything that gates. The answer is a comment, because there is no comment
 * to react to.
 */
export async function acceptGating(
  app: App,
  repository: StoredRepository,
  { number, headSha, author, key }: { number: number; headSha: string; author: string; key: string },
): Promise<void> {
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const begun = await app.store.beginCommand(key, author);
  if (begun === null) return;
  const press = async (): Promise<Outcome> => {
    const facts = await readPullRequest(github, target);
    // If the person may not press the button, nothing happens and no answer is needed.
    if (facts === null || !canWrite(await readPermission(github, target, author))) return done(null);
    return pressAccept({ app, repository, facts, author, key }, headSha);
  };
  const { body } = begun.answer ?? (await save(app, key, await press()));
  if (body !== null) await answerIfPossible(app, key, () => tell(app, repository, target, key, body));
  await app.store.finishCommand(key);
  app.log.info({ step: 'command', command: 'accept all', by: author, isAnswered: body !== null });
}

/** `pressedSha`: the commit of the check with the button. Checks of older heads keep their buttons. */
async function pressAccept(context: Context, pressedSha: string): Promise<Outcome> {
  const headSha = context.facts.head.sha;
  if (pressedSha !== headSha) return refused({ kind: 'replaced', pressedSha, headSha });
  const report = await readReport(context);
  if (report === null) return refused({ kind: 'not-measured' });
  const subjects = listGating(report);
  if (subjects.length === 0) return refused({ kind: 'nothing-gates' });
  return acceptAll(context, report, subjects, '');
}
