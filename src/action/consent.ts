import { z } from 'zod';
import { parseCommands, type SlashCommand } from '../app/commands/parse.ts';
import { canWrite, readPermission } from '../github/pull-requests.ts';
import type { GitHub, PullRequestName, Writer } from '../github/types.ts';
import { resolveAccepted } from '../report/decide/subjects.ts';
import { readMarkers, writeMarker } from '../report/model/markers.ts';
import type { Acceptance } from '../report/model/pull-request.ts';
import type { Report } from '../report/model/schema.ts';

/*
 * A workflow has no database, so acceptances are read from the conversation each time. The commands name the subject,
 * and the current permissions of their authors decide whether they count. The accepted amounts are in a hidden marker of
 * the answer to the command, which only the workflow's account can write.
 */

/** The prefix of the marker with the amounts. */
const RECORD = 'accepted:';

/**
 * What a command accepted or withdrew. `text`: the name in the command when it was carried out. If the comment is edited
 * later, the record no longer matches it.
 */
export type ConsentRecord = Pick<Acceptance, 'subject' | 'amounts'> & { text: string };

const recordSchema = z.strictObject({
  text: z.string(),
  subject: z.strictObject({ kind: z.enum(['finding', 'benchmark']), id: z.string() }),
  amounts: z.record(z.string(), z.strictObject({ allocs: z.number(), bytes: z.number() })),
}) satisfies z.ZodType<ConsentRecord>;

/** Identifies a command: its comment and its line in the comment. */
export const commandKey = (commentId: number, line: number): string => `${commentId}-${line}`;

/** The markers at the start of an answer: the key of the command, and what the command accepted or withdrew. */
export function writeAnswerMarkers(key: string, record: ConsentRecord | null): string {
  const marker = writeMarker(`reply:${key}`);
  if (record === null) return marker;
  const data = Buffer.from(JSON.stringify(record)).toString('base64url');
  return `${marker}\n${writeMarker(`${RECORD}${data}`)}`;
}

function readRecord(ids: readonly string[]): ConsentRecord | null {
  const data = ids.find((id) => id.startsWith(RECORD))?.slice(RECORD.length);
  if (data === undefined) return null;
  try {
    return recordSchema.parse(JSON.parse(Buffer.from(data, 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}

type Comment = { id: number; author: string; isBot: boolean; body: string; createdAt: string };

/** The comments of a pull request, oldest first. */
async function listConversation(
  github: GitHub,
  { owner, repo, number }: PullRequestName,
): Promise<Comment[]> {
  const query = { owner, repo, issue_number: number, per_page: 100 };
  const comments = await github.paginate(github.rest.issues.listComments, query);
  return comments
    .map(({ id, user, body, created_at: createdAt }) => ({
      id,
      author: user?.login ?? 'ghost',
      isBot: user?.type === 'Bot',
      body: body ?? '',
      createdAt,
    }))
    .sort((a, b) => a.id - b.id);
}

type Consenting = Extract<SlashCommand, { kind: 'accept' | 'withdraw' }>;
/** A command in the conversation that changes acceptances. */
type ConsentCommand = { key: string; comment: Comment; command: Consenting };

function listCommands(comments: readonly Comment[]): ConsentCommand[] {
  return comments
    .filter(({ isBot }) => !isBot)
    .flatMap((comment) =>
      parseCommands(comment.body).flatMap((command) =>
        command.kind === 'accept' || command.kind === 'withdraw'
          ? [{ key: commandKey(comment.id, command.line), comment, command }]
          : [],
      ),
    );
}

/** The ID of a command's comment, from the command's key. */
const commentOf = (key: string): number => Number(key.split('-', 1)[0]);

/**
 * The records in the answers of the writer's account, by the key of the command. A command has one answer: two jobs at
 * the same moment can write two, of which `reply` keeps the first, so the first counts. Whoever accepted has seen its
 * amounts. An answer is always newer than its command: an older comment was written by somebody who guessed the ID.
 */
function readRecords(comments: readonly Comment[], writer: Writer): Map<string, ConsentRecord> {
  const own = comments.filter(({ author }) => author.toLowerCase() === writer.login.toLowerCase());
  const records = new Map<string, ConsentRecord>();
  for (const { id, body } of own) {
    const ids = readMarkers(body);
    const key = ids.find((one) => one.startsWith('reply:'))?.slice('reply:'.length);
    const record = readRecord(ids);
    if (key === undefined || record === null || records.has(key) || id <= commentOf(key)) continue;
    records.set(key, record);
  }
  return records;
}

/** Returns a function that tells whether a person may write. Each person's permission is requested only once. */
function createPermissions(github: GitHub, target: PullRequestName): (login: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (login) => {
    const asked = known.get(login) ?? readPermission(github, target, login).then(canWrite);
    known.set(login, asked);
    return asked;
  };
}

/**
 * The accepted subject that `/allocgate withdraw TEXT` names: by the command's record, or else by the text of the
 * command that accepted it, or by any name that `accept` takes.
 */
export function findWithdrawn(
  { text, record }: { text: string; record: ConsentRecord | undefined },
  consented: readonly Consented[],
  report: Report | null = null,
): ReturnType<typeof resolveAccepted> {
  if (record?.text === text) return record.subject;
  const withoutTicks = (name: string): string => name.replaceAll('`', '').trim();
  const asAccepted = consented.find((one) => withoutTicks(one.record.text) === withoutTicks(text));
  const subjects = consented.map(({ acceptance }) => acceptance.subject);
  return asAccepted?.acceptance.subject ?? resolveAccepted(subjects, report, text);
}

/** A valid acceptance and its record. */
export type Consented = { acceptance: Acceptance; record: ConsentRecord };

/**
 * Reads the current acceptances: those whose comment still exists, whose author still has write access, and that nobody
 * with write access has withdrawn.
 * @param options `before`: the key of a command; only earlier commands count; default: all. `inherited`: the acceptances
 *   of merged parents, which can also be withdrawn here
 */
export async function readConsent(
  { github, target, writer }: { github: GitHub; target: PullRequestName; writer: Writer },
  { before = null, inherited = [] }: { before?: string | null; inherited?: readonly Consented[] } = {},
): Promise<Consented[]> {
  const comments = await listConversation(github, target);
  const mayWrite = createPermissions(github, target);
  const records = readRecords(comments, writer);
  const commands = listCommands(comments);
  const end = before === null ? -1 : commands.findIndex(({ key }) => key === before);
  let all = [...inherited];
  for (const { key, comment, command } of end === -1 ? commands : commands.slice(0, end)) {
    const record = records.get(key);
    if (command.kind === 'accept' && record?.text !== command.name) continue;
    if (!(await mayWrite(comment.author))) continue;
    if (command.kind === 'withdraw') {
      const subject = findWithdrawn({ text: command.name, record }, all);
      if ('id' in subject) all = all.filter(({ acceptance }) => acceptance.subject.id !== subject.id);
    } else if (record !== undefined) {
      const { subject, amounts } = record;
      const { author: by, createdAt: at } = comment;
      all.push({ acceptance: { subject, amounts, reason: command.reason, by, at }, record });
    }
  }
  return all;
}
