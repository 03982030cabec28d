import { planReport } from '../../report/data/report.ts';
import type { Acceptance } from '../../report/model/pull-request.ts';
import type { Report } from '../../report/model/schema.ts';
import {
  type AcceptableSubject,
  listGating,
  resolveAccepted,
  resolveSubject,
} from '../../report/decide/subjects.ts';
import { refuseWithdrawal } from '../../report/pull-request/replies.ts';
import { type CommandContext, done, type CommandOutcome, pushedSince, refused, wasSeen } from './context.ts';
import type { SlashCommand } from './parse.ts';

/** The report of the last measurement of a pull request, with its acceptances; null: the head was not measured yet. */
export async function readLastReport({ app, repository, facts }: CommandContext): Promise<Report | null> {
  const run = await app.store.findMeasured(repository.id, facts.number);
  if (run === null || run.measured === null || run.headSha !== facts.head.sha) return null;
  const acceptances = await app.store.listAcceptances(repository.id, facts.number);
  return planReport(run.measured.review, run.measured.config, acceptances);
}

/** Accepts the given subjects at their present costs. */
function acceptAll(
  { repository, facts, author }: CommandContext,
  report: Report,
  subjects: readonly AcceptableSubject[],
  reason: string,
): CommandOutcome {
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

/** Carries out `/allocgate accept`. `at`: the time of the comment. */
export async function accept(
  context: CommandContext,
  { name: text, reason }: Extract<SlashCommand, { kind: 'accept' }>,
  at: Date,
): Promise<CommandOutcome> {
  const report = await readLastReport(context);
  if (report === null) return refused({ kind: 'not-measured' });
  if (!(await wasSeen(context, at))) return pushedSince(context);
  const subject = resolveSubject(report, text);
  if ('problem' in subject) return refused({ kind: 'not-acceptable', text, ...subject });
  return acceptAll(context, report, [subject], reason);
}

/** Carries out `/allocgate withdraw`. `text`: the name in the command. */
export async function withdraw(context: CommandContext, text: string): Promise<CommandOutcome> {
  const { app, repository, facts } = context;
  const report = await readLastReport(context);
  const all = await app.store.listAcceptances(repository.id, facts.number);
  const subject = resolveAccepted(
    all.map((one) => one.subject),
    report,
    text,
  );
  if ('problem' in subject) return refused(refuseWithdrawal(subject, text));
  return done(
    { kind: 'withdrawn', subject, report },
    { repositoryId: repository.id, number: facts.number, accepted: [], withdrawn: [subject.id] },
  );
}

/**
 * Carries out the button "Accept", which accepts everything that gates. `pressedSha`: the commit of the check with the
 * button, which can be an older head, because checks keep their buttons.
 */
export async function pressAccept(context: CommandContext, pressedSha: string): Promise<CommandOutcome> {
  const headSha = context.facts.head.sha;
  if (pressedSha !== headSha) return refused({ kind: 'replaced', pressedSha, headSha });
  const report = await readLastReport(context);
  if (report === null) return refused({ kind: 'not-measured' });
  const subjects = listGating(report);
  if (subjects.length === 0) return refused({ kind: 'nothing-gates' });
  return acceptAll(context, report, subjects, '');
}
