import type { GoRegexpFault } from '../../config/schema.ts';
import type { RulePage } from '../../rules/parse-rule.ts';
import { describeAmounts, describeSubject } from '../words/acceptance.ts';
import { joinMarkdown } from '../model/body-limits.ts';
import { slashCommandNames, slashCommands, writeUsage, type SlashCommandName } from '../words/commands.ts';
import { toMarkdownCode } from '../model/escape.ts';
import { writeExplanation } from '../markdown/explanation.ts';
import { command, count, joinProse, say, toMarkdown, type Prose } from '../model/prose.ts';
import type { Acceptance } from '../model/pull-request.ts';
import type { Report, ReportFinding } from '../model/schema.ts';
import type { RuleNameProblem, SubjectProblem } from '../decide/subjects.ts';

/** The App's answer to a command. Its strings come from outside, except those of a closed set of values. */
export type Reply =
  | { kind: 'help' }
  /** The faults that app/commands/parse.ts finds, unchanged. */
  | { kind: 'unknown'; word: string; suggestion: SlashCommandName | null }
  | { kind: 'incomplete'; command: SlashCommandName; missing: 'name' | 'because' | 'reason' }
  | { kind: 'surplus'; command: SlashCommandName; text: string }
  | { kind: 'too-long'; command: SlashCommandName; part: 'name' | 'reason' | 'regexp'; limit: number }
  | { kind: 'bad-regexp'; regexp: string; fault: GoRegexpFault }
  | { kind: 'too-many'; limit: number; ignored: number }
  /** One person sent more than `limit` commands in an hour. */
  | { kind: 'rate-limited'; limit: number }
  /** The author of the command has no write access. */
  | { kind: 'forbidden'; command: string }
  | { kind: 'closed' }
  /** Replaces the reaction to a command if GitHub does not allow reactions there. */
  | { kind: 'done' }
  /** The answer to `run` and `rerun`; `bench`: the argument of `run`. */
  | { kind: 'queued'; headSha: string; bench: string | null }
  /** `runs`: how many runs were stopped; 0: none was waiting or running. */
  | { kind: 'cancelled'; runs: number }
  | { kind: 'approved'; headSha: string }
  /** The pull request is not from a fork. */
  | { kind: 'nothing-to-approve' }
  /** The repository's config sets `forks: never`. */
  | { kind: 'forks-refused' }
  /** The head may be newer than the command. */
  | { kind: 'pushed-since'; headSha: string }
  /** "Accept" was pressed on the check of a commit that is no longer the head. */
  | { kind: 'replaced'; pressedSha: string; headSha: string }
  /** There is no result for the head yet. */
  | { kind: 'not-measured' }
  /** `text`: the name in the command. */
  | ({ kind: 'not-acceptable'; text: string } & SubjectProblem)
  /** "Accept" was pressed, and nothing gates. */
  | { kind: 'nothing-gates' }
  | { kind: 'accepted'; acceptances: readonly Acceptance[]; report: Report | null }
  | { kind: 'withdrawn'; subject: Acceptance['subject']; report: Report | null }
  /** `text`: the name in the command. */
  | { kind: 'nothing-to-withdraw'; text: string }
  /** `finding`: the finding that the command named, or null if it named a rule. */
  | { kind: 'explain'; rule: RulePage; finding: ReportFinding | null }
  | ({ kind: 'no-rule'; text: string } & RuleNameProblem);

/** The reply to `/allocgate withdraw` with a name that does not mean exactly one acceptance. */
export const refuseWithdrawal = (
  { problem, similar }: { problem: 'unknown' | 'ambiguous'; similar: string[] },
  text: string,
): Reply =>
  problem === 'unknown'
    ? { kind: 'nothing-to-withdraw', text }
    : { kind: 'not-acceptable', text, problem, similar };

const writeHelp = (): string =>
  joinMarkdown([
    ['| command | what it does |', '| --- | --- |']
      .concat(
        slashCommandNames.map(
          (name) => `| ${toMarkdownCode(writeUsage(name))} | ${slashCommands[name].does} |`,
        ),
      )
      .join('\n'),
    'Write one command per line, at the start of the line. Commands require write access. Name a benchmark as the summary shows it, a finding by the ID in its details, and a rule by its ID (`MA-01`) or name.',
  ]);

const inOrder = (names: readonly string[]): Prose => joinProse(names.map(command), ', ');

const suggestNames = (names: readonly string[]): Prose =>
  names.length === 0 ? [] : say` Did you mean ${inOrder(names)}?`;

const shortSha = (sha: string): string => sha.slice(0, 12);

const missingWords = {
  name: 'Missing: the benchmark or finding.',
  because: 'Missing: the word “because” and a reason, for those who read this later.',
  reason: 'Missing: a reason after “because”, for those who read this later.',
} as const;

const partWords = { name: 'name', reason: 'reason', regexp: 'regular expression' } as const;

function describeNotAcceptable({
  problem,
  text,
  similar,
}: Extract<Reply, { kind: 'not-acceptable' }>): Prose {
  switch (problem) {
    case 'unknown':
      return say`This review has no benchmark or finding named ${text}.${suggestNames(similar)}`;
    case 'ambiguous':
      return say`${text} is ambiguous: ${inOrder(similar)}. Use one of these names.`;
    case 'nothing-to-accept':
      return say`There is nothing to accept: ${text} is not a measured regression.`;
  }
}

function describeNoRule({ problem, text, similar }: Extract<Reply, { kind: 'no-rule' }>): Prose {
  switch (problem) {
    case 'unknown':
      return say`There is no rule or finding named ${text}.${suggestNames(similar)}`;
    case 'ambiguous':
      return say`${text} is ambiguous: ${inOrder(similar)}. Use one of these findings.`;
    case 'without-page':
      return say`${text} is about a benchmark that no longer runs; no exercise covers that.`;
  }
}

function confirmAccepted({ acceptances, report }: Extract<Reply, { kind: 'accepted' }>): string {
  const [first] = acceptances;
  const why = first && first.reason.trim() !== '' ? say` because ${first.reason}` : [];
  const list = acceptances.map(
    ({ subject, amounts }) =>
      `- ${toMarkdown(say`${describeSubject(subject, report)}: ${describeAmounts(amounts)}`)}`,
  );
  return joinMarkdown([
    toMarkdown(say`Accepted by ${first?.by ?? ''}${why}:`),
    list.join('\n'),
    'The acceptance also applies to later pushes, as long as the cost does not grow. `/allocgate withdraw` withdraws it.',
  ]);
}

/** The sentence for a reply that consists of one sentence. */
function describeReply(reply: Exclude<Reply, { kind: 'help' | 'accepted' | 'explain' }>): Prose {
  switch (reply.kind) {
    case 'unknown':
      return say`There is no command ${reply.word}.${suggestNames(reply.suggestion === null ? [] : [`/allocgate ${reply.suggestion}`])} ${['`/allocgate help` lists the commands.']}`;
    case 'incomplete':
      return say`This command is incomplete. ${[missingWords[reply.missing]]} Write: ${writeUsage(reply.command)}`;
    case 'surplus':
      return say`${reply.text} is not part of this command. Write: ${writeUsage(reply.command)}`;
    case 'too-long':
      return say`The ${[partWords[reply.part]]} has more than ${reply.limit} characters, so the command was ignored.`;
    case 'bad-regexp':
      return say`${reply.regexp} is not a valid Go regular expression: ${[reply.fault.description]}${reply.fault.fragment === '' ? ['.'] : say`: ${reply.fault.fragment}`}`;
    case 'too-many':
      return say`A comment can contain ${reply.limit} commands; ${[reply.ignored === 1 ? 'the last one was' : `the last ${reply.ignored} were`]} ignored.`;
    case 'rate-limited':
      return say`You sent more than ${[count(reply.limit, 'command')]} in an hour, so this one was ignored. Try again later.`;
    case 'forbidden':
      return say`${`/allocgate ${reply.command}`.trimEnd()} requires write access to this repository.`;
    case 'closed':
      return ['This pull request is closed, so there is nothing to review.'];
    case 'done':
      return ['Done.'];
    case 'queued':
      return reply.bench === null
        ? say`${shortSha(reply.headSha)} will be measured as soon as a machine is free. The check shows the progress.`
        : say`${shortSha(reply.headSha)} will be measured with the benchmarks that match ${reply.bench}, as soon as a machine is free. A separate check shows the result; it never gates.`;
    case 'cancelled':
      return reply.runs === 0 ? ['No review is running, so there is nothing to cancel.'] : ['Cancelled.'];
    case 'approved':
      return say`The code of ${shortSha(reply.headSha)} may run. Later pushes need a new approval.`;
    case 'nothing-to-approve':
      return ['Only pull requests from forks need approval; this one needs no approval.'];
    case 'forks-refused':
      return ['`forks: never` in `.github/allocgate.yml` forbids measuring pull requests from forks.'];
    case 'pushed-since':
      return say`${shortSha(reply.headSha)} may have been pushed after your comment. Review it and repeat the command.`;
    case 'replaced':
      return say`That check is about ${shortSha(reply.pressedSha)}, and ${shortSha(reply.headSha)} is the head now, so nothing was accepted. Review it, and press the button on its check.`;
    case 'not-measured':
      return ['There is no result yet. Repeat the command when the check is complete.'];
    case 'not-acceptable':
      return describeNotAcceptable(reply);
    case 'nothing-gates':
      return ['Nothing gates this pull request, so there is nothing to accept.'];
    case 'withdrawn':
      return say`The acceptance of ${describeSubject(reply.subject, reply.report)} is withdrawn.`;
    case 'nothing-to-withdraw':
      return say`This pull request has no acceptance for ${reply.text}.`;
    case 'no-rule':
      return describeNoRule(reply);
  }
}

function writeText(reply: Reply): string {
  if (reply.kind === 'help') return writeHelp();
  if (reply.kind === 'accepted') return confirmAccepted(reply);
  if (reply.kind === 'explain') return writeExplanation(reply.rule, reply.finding);
  return toMarkdown(describeReply(reply));
}

/**
 * Writes the comment that answers a command. It begins with a marker, by which a second attempt finds it.
 * @param marker as `writeMarker('reply:…')` writes it
 */
export const writeReply = (marker: string, reply: Reply): string => joinMarkdown([marker, writeText(reply)]);
