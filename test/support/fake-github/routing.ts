import type { z } from 'zod';
import { findCommit } from './git.ts';
import type { Json } from './render-accounts.ts';
import type { Installation, PullRequest, Repository, Token, User } from './state-types.ts';
import { installationOf, type World } from './world.ts';

/** The caller. `token` null: the App itself (JWT), or no account. */
export type Caller = {
  kind: 'jwt' | 'installation' | 'user' | 'none';
  token: Token | null;
};

/** One request to answer; its form was checked against GitHub's description. */
export type Call = {
  world: World;
  /** `POST /repos/{owner}/{repo}/check-runs`. */
  route: string;
  params: Readonly<Record<string, string>>;
  /** URL as asked for, without the query: what further pages are linked with. */
  address: string;
  query: URLSearchParams;
  body: unknown;
  accept: string;
  caller: Caller;
};

export type Answer = {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
};

/** A permission that an installation's token must have, and how much of it. */
export type Need = readonly [permission: string, level: 'read' | 'write' | 'admin'];

export type Route = {
  /** The allowed callers: `app` with the App's JWT, `installation` and `user` with a token, `any` even without. */
  by: 'app' | 'installation' | 'token' | 'any';
  /** One of these is enough. */
  needs?: readonly Need[];
  run: (call: Call) => Answer | Promise<Answer>;
};

export type Routes = Readonly<Record<string, Route>>;

/** Ends a request with one of GitHub's refusals. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(status: number, body: Json, headers: Record<string, string> = {}) {
    super(String(body['message']));
    this.answer = { status, body: { ...body, documentation_url: docs, status: String(status) }, headers };
  }
}

const docs = 'https://docs.github.com/rest';

export function notFound(): Refusal {
  return new Refusal(404, { message: 'Not Found' });
}

export function forbidden(): Refusal {
  return new Refusal(403, { message: 'Resource not accessible by integration' });
}

/** The error of most endpoints for an invalid value. */
export function invalid(resource: string, field: string, message: string, code = 'custom'): Refusal {
  return new Refusal(422, { message: 'Validation Failed', errors: [{ resource, code, field, message }] });
}

/** The error of the review endpoints. */
export function unprocessable(...errors: string[]): Refusal {
  return new Refusal(422, { message: 'Unprocessable Entity', errors });
}

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

/** The body; its form was checked before, so one that does not parse is a mistake in the fake. */
export function read<T>(schema: z.ZodType<T>, call: Call): T {
  return schema.parse(call.body ?? {});
}

export function parameter(call: Call, name: string): string {
  return call.params[name] ?? '';
}

function allows(token: Token | null, repository: Repository, world: World): boolean {
  if (token === null) return false;
  if (token.kind === 'user') return repository.roles.has(token.user.login.toLowerCase());
  if (installationOf(world, repository)?.id !== token.installation.id) return false;
  return token.repositoryIds?.has(repository.id) ?? true;
}

/** The repository of `/repos/{owner}/{repo}`. One that the token does not cover is not found, or public and read only. */
export function repositoryOfCall(call: Call): Repository {
  const name = `${parameter(call, 'owner')}/${parameter(call, 'repo')}`.toLowerCase();
  const { world, caller } = call;
  const found = world.repositories.find((one) => !one.deleted && one.fullName.toLowerCase() === name);
  if (!found) throw notFound();
  if (caller.kind === 'jwt' || allows(caller.token, found, world)) return found;
  if (found.private) throw notFound();
  if (caller.kind === 'installation' && !call.route.startsWith('GET ')) throw forbidden();
  return found;
}

/** Refuses writes to an archived repository. */
export function refuseArchived({ route }: Pick<Call, 'route'>, { archived }: Repository): void {
  if (archived && !route.startsWith('GET ')) {
    throw new Refusal(403, { message: 'Repository was archived so is read-only.' });
  }
}

/** An App may not write where the conversation is locked. */
export function refuseLocked(pull: PullRequest, byApp: boolean): void {
  if (pull.locked && byApp) {
    throw new Refusal(403, { message: 'Unable to create comment because issue is locked.' });
  }
}

export function pullOfCall(call: Call): PullRequest {
  const repository = repositoryOfCall(call);
  const number = Number(call.params['pull_number'] ?? call.params['issue_number']);
  const pull = call.world.pullRequests.find((one) => one.repository === repository && one.number === number);
  if (!pull) throw notFound();
  return pull;
}

/** The account that writes now. */
export function writerOf(call: Call): { user: User; byApp: boolean } {
  const { token } = call.caller;
  if (token === null) throw notFound();
  return token.kind === 'user'
    ? { user: token.user, byApp: false }
    : { user: call.world.app.bot, byApp: true };
}

export function installationOfCall(call: Call): Installation {
  const { token } = call.caller;
  if (token?.kind !== 'installation') throw forbidden();
  return token.installation;
}

/** One page of a list, with the Link header that GitHub gives (https://docs.github.com/rest/using-the-rest-api). */
export function paginate<T>(
  call: Call,
  items: readonly T[],
): { items: T[]; headers: Record<string, string> } {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30)));
  const page = Math.max(1, Number(call.query.get('page') ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.address}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    items: items.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

/** Answers with one page of a list. */
export function answerPage<T>(call: Call, items: readonly T[], render: (item: T) => Json): Answer {
  const page = paginate(call, items);
  return { status: 200, body: page.items.map((item) => render(item)), headers: page.headers };
}

/** The commit of a SHA, branch or tag name in a repository. */
export async function commitOf(repository: Repository, revision: string): Promise<string> {
  const found = await findCommit(repository.gitDir, revision);
  if (found === null) throw new Refusal(422, { message: `No commit found for SHA: ${revision}`, errors: [] });
  return found;
}
