import { z } from 'zod';
import { parseCommands, type SlashCommand } from '../app/commands/parse.ts';
import { canWrite, readPermission } from '../github/pull-requests.ts';
import type { GitHub, PullRequestName, Writer } from '../github/types.ts';
import { readMarkers, writeMarker } from '../report/model/markers.ts';
import type { Acceptance } from '../report/model/pull-request.ts';

/**
 * A workflow has no database: what is accepted is read from the conversation each time. The commands say what, and the
 * live permissions of their authors whether it counts. How much was accepted stands in the answer to the command, which
 * only this workflow's account writes.
 */

const RECORD = 'accepted:';

/** What a command accepted or withdrew. `text`: how the comment named it, so that an edited comment has another record. */
export type ConsentRecord = Pick<Acceptance, 'subject' | 'amounts'> & { text: string };

const recordSchema = z.strictObject({
  text: z.string(),
  subject: z.strictObject({ kind: z.enum(['finding', 'benchmark']), id: z.string() }),
  amounts: z.record(z.string(), z.strictObject({ allocs: z.number(), bytes: z.number() })),
}) satisfies z.ZodType<ConsentRecord>;

/** Tells a command from all others: its comment and its line there. */
export const commandKey = (commentId: number, line: number): string => `${commentId}-${line}`;

/** Markers that an answer begins with: which command it answers, and what that accepted. */
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

/** The conversation, oldest first. */
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
/** A command of the conversation that changes what is accepted. */
type Said = { key: string; comment: Comment; command: Consenting };

function listCommands(comments: readonly Comment[]): Said[] {
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

/** The records in the answers of the writer's account, by the command that they answer. */
function readRecords(comments: readonly Comment[], writer: Writer): Map<string, ConsentRecord> {
  const own = comments.filter(({ author }) => author.toLowerCase() === writer.login.toLowerCase());
  return new Map(
    own.flatMap(({ body }): [string, ConsentRecord][] => {
      const ids = readMarkers(body);
      const key = ids.find((id) => id.startsWith('reply:'))?.slice('reply:'.length);
      const record = readRecord(ids);
      return key === undefined || record === null ? [] : [[key, record]];
    }),
  );
}

/** Asks for each author's permission once. */
function createPermissions(github: GitHub, target: PullRequestName): (login: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (login) => {
    const asked = known.get(login) ?? readPermission(github, target, login).then(canWrite);
    known.set(login, asked);
    return asked;
  };
}

/** Whether `/allocgate withdraw TEXT` is about an acceptance: by what was recorded, by its ID, or by the name that it had. */
export function isAbout(
  withdrawn: { text: string; record: ConsentRecord | undefined },
  { record }: Consented,
): boolean {
  if (withdrawn.record?.text === withdrawn.text) return withdrawn.record.subject.id === record.subject.id;
  const strip = (text: string): string => text.replaceAll('`', '').trim();
  return [record.subject.id, record.text].map(strip).includes(strip(withdrawn.text));
}

/** An acceptance that holds, and the record that it comes from. */
export type Consented = { acceptance: Acceptance; record: ConsentRecord };

/**
 * What is accepted by now: each acceptance whose comment is still there, whose author may still write, and that nobody
 * who may write withdrew since.
 * @param before only commands before this one; default: all
 */
export async function readConsent(
  { github, target, writer }: { github: GitHub; target: PullRequestName; writer: Writer },
  before: string | null = null,
): Promise<Consented[]> {
  const comments = await listConversation(github, target);
  const mayWrite = createPermissions(github, target);
  const records = readRecords(comments, writer);
  const commands = listCommands(comments);
  const end = before === null ? -1 : commands.findIndex(({ key }) => key === before);
  let all: Consented[] = [];
  for (const { key, comment, command } of end === -1 ? commands : commands.slice(0, end)) {
    const record = records.get(key);
    if (command.kind === 'accept' && record?.text !== command.name) continue;
    if (!(await mayWrite(comment.author))) continue;
    if (command.kind === 'withdraw') {
      all = all.filter((one) => !isAbout({ text: command.name, record }, one));
    } else if (record !== undefined) {
      const { subject, amounts } = record;
      const { author: by, createdAt: at } = comment;
      all.push({ acceptance: { subject, amounts, reason: command.reason, by, at }, record });
    }
  }
  return all;
}
