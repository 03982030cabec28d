import type { PullRequestFacts } from '../../github/pull-requests.ts';
import type { Reply } from '../../report/pull-request/replies.ts';
import type { Answer, ConsentChange, StoredRepository } from '../../store/types.ts';
import type { App } from '../types.ts';

/** One command and its context. */
export type CommandContext = {
  app: App;
  repository: StoredRepository;
  facts: PullRequestFacts;
  author: string;
  /** The key that identifies the command. */
  key: string;
};

/** The result of a command. `reply` null: the reaction is enough. `consent` null: nothing is accepted or withdrawn. */
export type CommandOutcome = {
  reaction: Answer['reaction'];
  reply: Reply | null;
  consent: ConsentChange | null;
};

export const done = (reply: Reply | null, consent: ConsentChange | null = null): CommandOutcome => ({
  reaction: '+1',
  reply,
  consent,
});
export const refused = (reply: Reply, reaction: Answer['reaction'] = 'confused'): CommandOutcome => ({
  reaction,
  reply,
  consent: null,
});

/**
 * Whether the present head was already the head when the command was written: the author of a command consents to the
 * code that was visible then, not to a later push. GitHub's times are whole seconds, so a push in the same second counts
 * as later. `at`: the time of the command.
 */
export async function wasHead({ app, repository, facts }: CommandContext, at: Date): Promise<boolean> {
  const runs = await app.store.listRuns(repository.id, facts.number);
  const earlier = runs.filter(({ createdAt }) => createdAt <= at);
  const since = [...earlier.slice(-1), ...runs.slice(earlier.length)];
  return earlier.length > 0 && since.every(({ headSha }) => headSha === facts.head.sha);
}

/** The tolerance for different clocks, in milliseconds. Approvals do without it, because they run code of strangers. */
const LENIENCE_MS = 2_000;

/** Like `wasHead`, with a tolerance. */
export const wasSeen = (context: CommandContext, at: Date): Promise<boolean> =>
  wasHead(context, new Date(at.getTime() + LENIENCE_MS));

export const pushedSince = ({ facts }: CommandContext): CommandOutcome =>
  refused({ kind: 'pushed-since', headSha: facts.head.sha });
