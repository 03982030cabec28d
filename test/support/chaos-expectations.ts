import {
  type Chaos,
  type ChaosPull,
  findAccepted,
  findReply,
  isOwn,
  isWhole,
  type Saying,
} from './chaos-events.ts';
import type { Pause } from './chaos-disasters.ts';
import type { CheckRun, Delivery, LoggedRequest, SeenReviewComment, Snapshot } from './fake-github/index.ts';

/** Each function here lists faults in words; empty: there are none. */

const isSummary = ({ body }: { body: string }): boolean => body.includes('<!-- allocgate:summary -->');

const wasAcknowledged = (delivery: Delivery): boolean =>
  delivery.attempts.some(({ status }) => status === 202);

/** `writeLog` writes allocating lines from line 6 on. Those that are also in the base are not findings. */
function listLines({ before, allocating }: ChaosPull): number[] {
  return Array.from({ length: Math.max(0, allocating - before) }, (_, index) => 6 + before + index);
}

const linesOf = (comments: readonly SeenReviewComment[]): (number | null)[] =>
  comments.filter(isOwn).map(({ line }) => line);

/** Whether a stranger's head was not approved, according to the App's answers. */
function isUnapproved({ isForeign, sayings, heads }: ChaosPull, { comments }: Snapshot): boolean {
  const head = heads.at(-1)?.sha.slice(0, 12) ?? '';
  const approvals = sayings.filter(({ kind }) => kind === 'approve');
  const replies = approvals.map((saying) => findReply(comments, saying) ?? '');
  return isForeign && !replies.some((reply) => reply.includes(head) && reply.includes('may run'));
}

/** The possible conclusions of the head's check; several if an answer is missing. */
function listConclusions(pull: ChaosPull, seen: Snapshot): string[] {
  const lines = listLines(pull);
  const accepted = findAccepted(pull, seen.comments);
  const answers = lines.map((_, index) => accepted.get(index));
  if (lines.length === 0 || answers.every((answer) => answer === true)) return ['success'];
  return answers.every((answer) => answer !== false && answer !== undefined)
    ? ['success', 'failure']
    : ['failure'];
}

function findCommentFaults(pull: ChaosPull, { reviewComments, comments }: Snapshot): string[] {
  const summaries = comments.filter((one) => isOwn(one) && isSummary(one));
  const told = pull.mayBeRefused ? (summaries[0]?.body ?? '') : '';
  const seen = linesOf(reviewComments);
  const lines = listLines(pull);
  const accepted = findAccepted(pull, comments);
  // What was accepted starts no thread, and keeps the one that it has. What was refused on its line is in the summary.
  const isOptional = (line: number, index: number): boolean =>
    accepted.get(index) === true ||
    accepted.get(index) === null ||
    told.includes(`#### \`log/log.go:${line}\``);
  const missing = lines.filter((line, index) => !seen.includes(line) && !isOptional(line, index));
  const isSurplus = (line: number | null): boolean =>
    line === null ? lines.every((_, index) => accepted.get(index) === undefined) : !lines.includes(line);
  const surplus = pull.isAnswered ? [] : seen.filter(isSurplus);
  return [
    pull.isAnswered || missing.length === 0 ? '' : `no comments on ${missing.join()} of ${lines.join()}`,
    surplus.length === 0 ? '' : `comments on ${seen.join()} instead of ${lines.join()}`,
    lines.length > 0 && summaries.length === 0 ? 'no summary' : '',
  ];
}

/** Whether a person stopped the review of a head. */
function wasCancelled({ sayings }: ChaosPull, { comments }: Snapshot): boolean {
  const ids = new Set(sayings.filter(({ kind }) => kind === 'cancel').map(({ id }) => id));
  return comments.some(
    ({ id, reactions }) => ids.has(id) && reactions.some(({ content }) => content === '+1'),
  );
}

function findOpenFaults(pull: ChaosPull, seen: Snapshot): string[] {
  const checks = seen.checks.filter(isWhole).map(({ status, conclusion }) => `${status} ${conclusion}`);
  const [check] = checks;
  // A draft need not be reviewed. If a person requests it, it gets the complete review.
  const isUnreviewed = check === undefined || check === 'completed cancelled' || pull.isDraftRetargeted;
  if (pull.isDraft && isUnreviewed) return [];
  if (check === 'completed cancelled' && wasCancelled(pull, seen)) return [];
  // What was answered to whom nobody can see in a locked conversation.
  if (pull.isLocked) return [check?.startsWith('completed ') ? '' : `the locked one has ${checks.join()}`];
  const isWaiting = isUnapproved(pull, seen);
  const wanted = isWaiting ? ['action_required'] : listConclusions(pull, seen);
  const isRight = checks.length === 1 && wanted.some((conclusion) => check === `completed ${conclusion}`);
  return [
    isRight ? '' : `checks ${checks.join()} instead of ${wanted.join(' or ')}`,
    // Nothing is written about an unapproved head; existing comments are about the previous one.
    ...(isWaiting ? [] : findCommentFaults(pull, seen)),
  ];
}

/** Own comments that exist twice, although each marker is unique. */
function findTwins({ comments, reviewComments }: Snapshot): string[] {
  const markers = comments.filter(isOwn).map(({ body }) => body.split('\n')[0] ?? '');
  const places = reviewComments
    .filter((one) => isOwn(one) && one.line !== null)
    .map(({ path, line, body }) => `${path}:${line} ${body.split('\n')[0] ?? ''}`);
  const all = [...markers, ...places];
  return all.filter((text, index) => all.indexOf(text) !== index).map((text) => `told twice: ${text}`);
}

/** Faults in the answers to a comment: there must be one answer if the delivery arrived, otherwise at most one. */
function findAnswerFaults(saying: Saying, seen: Snapshot, isTold: boolean): string[] {
  const reactions = seen.comments.find(({ id }) => id === saying.id)?.reactions.filter(isOwn) ?? [];
  const replies = findReply(seen.comments, saying) === null ? 0 : 1;
  const isSilent = saying.kind === 'cancel' && reactions[0]?.content === '+1';
  const [least, most] = saying.kind === 'none' ? [0, 0] : [isTold ? 1 : 0, 1];
  const name = `comment ${saying.id} (${saying.kind})`;
  const given = reactions.map(({ content }) => content).join();
  return [
    reactions.length < least || reactions.length > most ? `${name} has the reactions "${given}"` : '',
    !isSilent && replies < least ? `${name} has no reply` : '',
    replies > most ? `${name} has a reply` : '',
  ];
}

/** Whether the App accepted the delivery of a comment, according to GitHub. */
function readTold({ scenario: { fake } }: Chaos): (saying: Saying) => boolean {
  const told = new Set<unknown>();
  for (const delivery of fake.deliveries) {
    const { comment } = delivery.payload;
    const isTaken = delivery.event === 'issue_comment' && wasAcknowledged(delivery);
    if (isTaken && typeof comment === 'object' && comment !== null && 'id' in comment) told.add(comment.id);
  }
  return ({ id }) => told.has(id);
}

/**
 * The pull requests whose last delivery the App acknowledged. They must be right without a search for missed events.
 */
export function listTold({ scenario: { fake }, pulls, lost }: Chaos): ChaosPull[] {
  const newest = new Map<unknown, Delivery>();
  const all = [...fake.deliveries, ...lost].filter(({ event }) => event === 'pull_request');
  for (const delivery of all.toSorted((a, b) => a.id - b.id)) {
    newest.set(delivery.payload['number'], delivery);
  }
  return pulls.filter(({ number }) => {
    const last = newest.get(number);
    return last !== undefined && wasAcknowledged(last);
  });
}

/** The current faults of pull requests. */
export async function findFaults(chaos: Chaos, pulls: readonly ChaosPull[]): Promise<string[]> {
  const { fake, repository } = chaos.scenario;
  const isTold = readTold(chaos);
  const found: string[] = [];
  for (const pull of pulls) {
    const seen = await fake.snapshot(repository, pull.number);
    const faults = [
      ...(pull.isOpen ? findOpenFaults(pull, seen) : []),
      ...findTwins(seen),
      ...(pull.isLocked ? [] : pull.sayings).flatMap((saying) =>
        findAnswerFaults(saying, seen, isTold(saying)),
      ),
    ];
    found.push(...faults.filter((text) => text !== '').map((text) => `#${pull.number}: ${text}`));
  }
  return found;
}

/** Deliveries that were sent but not accepted. The App requests them again, so they arrive later. */
export function listUntaken({ scenario: { fake } }: Chaos): string[] {
  return fake.deliveries
    .filter((delivery) => !wasAcknowledged(delivery))
    .map(({ event, guid, attempts }) => `${event} ${guid} was sent ${attempts.length} times in vain`);
}

/** The history of a pull request, which is printed after a failure. */
export function tellStory({ scenario: { fake, repository } }: Chaos, pull: ChaosPull): string[] {
  const shas = new Set(pull.heads.map(({ sha }) => sha));
  const ids = [...shas].flatMap((sha) => fake.checkRuns(repository, sha).map(({ id }) => id));
  const paths = [`/(?:pulls|issues)/${pull.number}(?:/|$)`, ...ids.map((id) => `/check-runs/${id}$`)];
  const about = new RegExp(paths.join('|'), 'u');
  const requests = fake.requests
    .filter(({ method, path, body }) =>
      method === 'GET' ? false : about.test(path) || shas.has(String(Object(body).head_sha)),
    )
    .map(({ at, method, path, status, body }) => {
      const time = new Date(at).toISOString();
      return `${time} ${method} ${path} ${status} ${JSON.stringify(body).slice(0, 200)}`;
    });
  const told = fake.deliveries
    .filter(({ payload }) => JSON.stringify(payload).includes(`/pulls/${pull.number}"`))
    .flatMap(({ event, action, attempts, guid }) =>
      attempts.map(({ at, status }) => `${at.toISOString()} ${event} ${action} ${guid}: ${status}`),
    );
  return [...pull.story, ...requests, ...told].toSorted((a, b) => (a < b ? -1 : 1));
}

function listChecks({ scenario: { fake, repository }, pulls, groups }: Chaos): CheckRun[] {
  const commits = new Set([
    ...pulls.flatMap(({ heads }) => heads.map(({ sha }) => sha)),
    ...groups.map(({ headSha }) => headSha),
  ]);
  return [...commits].flatMap((sha) => fake.checkRuns(repository, sha));
}

/** Checks that will never be completed, and duplicate checks of one run. */
export function findCheckFaults(chaos: Chaos): string[] {
  const checks = listChecks(chaos);
  const ids = checks.map(({ externalId }) => externalId);
  return [
    ...checks
      .filter(({ status }) => status !== 'completed')
      .map(({ headSha, status }) => `the check of ${headSha} is ${status}`),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `two checks of the run ${id}`),
  ];
}

export function findGroupFaults({ scenario: { fake, repository }, groups }: Chaos): string[] {
  const isTold = (sha: string): boolean =>
    fake.deliveries.some(
      (one) =>
        one.event === 'merge_group' &&
        JSON.stringify(one.payload).includes(`"head_sha":"${sha}"`) &&
        wasAcknowledged(one),
    );
  return groups.flatMap(({ headSha, pull, isRed }) => {
    // The acceptance may have come before or after the group was measured.
    const mayPass = !isRed || pull.sayings.some(({ kind }) => kind === 'accept');
    const wanted = [...(isRed ? ['completed failure'] : []), ...(mayPass ? ['completed success'] : [])];
    const checks = fake.checkRuns(repository, headSha).map((one) => `${one.status} ${one.conclusion}`);
    const isRight = wanted.includes(checks.join()) || (checks.length === 0 && !isTold(headSha));
    return isRight ? [] : [`the merge group ${headSha}: ${checks.join()} instead of ${wanted.join(' or ')}`];
  });
}

/** The checks of runs that crashed their workers too often. A person may start them again. */
export function listGivenUp(chaos: Chaos): CheckRun[] {
  return listChecks(chaos).filter(({ output }) => /worker crashed \d times/u.test(output.summary ?? ''));
}

function overlap(pauses: readonly Pause[], from: number, to: number): number {
  return pauses.reduce(
    (sum, pause) => sum + Math.max(0, Math.min(to, pause.to) - Math.max(from, pause.from)),
    0,
  );
}

/** A write in progress still arrives after its head was replaced, but no new one may start. */
const UNDER_WAY_MS = 2_000;

/** The commit of a write; null: it concerns no commit, or completes the check of an outdated one. */
function commitOf({ path, body }: LoggedRequest, commits: ReadonlyMap<string, string>): string | null {
  if (typeof body !== 'object' || body === null) return null;
  if ('commit_id' in body && typeof body.commit_id === 'string') return body.commit_id;
  const [, id = ''] = /\/check-runs\/(\d+)$/u.exec(path) ?? [];
  return 'conclusion' in body && body.conclusion !== 'cancelled' ? (commits.get(id) ?? null) : null;
}

/**
 * The times from which nothing may be written about a commit, because another became the head or the pull request was
 * closed.
 */
function readEnds(pulls: readonly ChaosPull[]): Map<string, { from: number; to: number }[]> {
  const ends = new Map<string, { from: number; to: number }[]>();
  for (const { heads, closed } of pulls) {
    for (const [index, { sha }] of heads.entries()) {
      const next = heads[index + 1]?.at;
      ends.set(sha, [...(next === undefined ? [] : [{ from: next, to: Infinity }]), ...closed]);
    }
  }
  return ends;
}

/** Writes about a commit long after it stopped being the head of an open pull request. */
export function findStaleWrites(chaos: Chaos, pauses: readonly Pause[]): string[] {
  const commits = new Map(listChecks(chaos).map(({ id, headSha }) => [String(id), headSha]));
  const ends = readEnds(chaos.pulls);
  return chaos.scenario.fake.requests.flatMap((request) => {
    const commit = commitOf(request, commits);
    const late = (commit === null ? [] : (ends.get(commit) ?? [])).map(({ from, to }) =>
      request.at < to ? request.at - from - overlap(pauses, from, request.at) : 0,
    );
    const most = Math.max(0, ...late);
    if (most <= UNDER_WAY_MS) return [];
    const body = JSON.stringify(request.body).slice(0, 200);
    return [`${request.method} ${request.path} of ${commit}, ${most} ms late (${request.status}): ${body}`];
  });
}
