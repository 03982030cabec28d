import { identify, isPermitted } from './auth.ts';
import type { OpenApi } from './openapi.ts';
import { actionRoutes } from './routes-actions.ts';
import { appRoutes } from './routes-app.ts';
import { contentsRoutes } from './routes-contents.ts';
import { checkRoutes } from './routes-checks.ts';
import { commentRoutes } from './routes-comments.ts';
import { pullRoutes } from './routes-pulls.ts';
import { reviewRoutes } from './routes-reviews.ts';
import {
  forbidden,
  notFound,
  refuseArchived,
  Refusal,
  repositoryOfCall,
  type Answer,
  type Caller,
  type Route,
  type Routes,
} from './routing.ts';
import type { RateLimit } from './state-types.ts';
import type { LoggedRequest, Violation } from './types.ts';
import { now, type World } from './world.ts';

const routes: Routes = {
  ...actionRoutes,
  ...appRoutes,
  ...checkRoutes,
  ...commentRoutes,
  ...contentsRoutes,
  ...pullRoutes,
  ...reviewRoutes,
};

/** The operations that the fake has, as `METHOD TEMPLATE`. */
export const operations: readonly string[] = Object.keys(routes);

/** A request as it arrived; `body` undefined: it had none. */
export type Asked = {
  method: string;
  url: URL;
  authorization: string | undefined;
  accept: string;
  body: unknown;
};

export type Answered = Answer & { route: string | null; token: LoggedRequest['token'] };

type Known = { caller: Caller } | { refusal: Refusal };

function identifyOrRefuse(world: World, authorization: string | undefined): Known {
  try {
    return { caller: identify(world, authorization) };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}

function checkCaller(route: Route, caller: Caller): void {
  if (route.by === 'app') {
    if (caller.kind === 'jwt') return;
    throw new Refusal(401, { message: 'A JSON web token could not be decoded' });
  }
  if (caller.kind === 'jwt') throw forbidden();
  if (route.by === 'any') return;
  if (caller.kind === 'none') throw new Refusal(401, { message: 'Requires authentication' });
  if (route.by === 'installation' && caller.kind !== 'installation') throw forbidden();
}

function rateOf(caller: Caller): RateLimit | null {
  const { token } = caller;
  if (token === null) return null;
  return token.kind === 'installation' ? token.installation.rate : token.rate;
}

/** Counts one request, and refuses it if none is left (primary limit). */
function spend(world: World, caller: Caller, route: string): void {
  const rate = rateOf(caller);
  if (!rate || route === 'GET /rate_limit') return;
  if (rate.resetAt <= now(world)) {
    rate.remaining = rate.limit;
    rate.resetAt = new Date(now(world).getTime() + 3_600_000);
  }
  if (rate.remaining > 0) {
    rate.remaining -= 1;
    return;
  }
  const { token } = caller;
  const whose = token?.kind === 'installation' ? `installation ID ${token.installation.id}` : 'user ID 1';
  throw new Refusal(403, { message: `API rate limit exceeded for ${whose}.` });
}

/** The headers that every answer has (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
function rateHeaders(caller: Caller | null): Record<string, string> {
  const rate = (caller && rateOf(caller)) ?? {
    limit: 60,
    remaining: 59,
    resetAt: new Date(Date.now() + 3_600_000),
  };
  return {
    'x-ratelimit-limit': String(rate.limit),
    'x-ratelimit-remaining': String(rate.remaining),
    'x-ratelimit-used': String(rate.limit - rate.remaining),
    'x-ratelimit-reset': String(Math.ceil(rate.resetAt.getTime() / 1000)),
    'x-ratelimit-resource': 'core',
    'x-github-media-type': 'github.v3; format=json',
  };
}

/** `/repositories/ID/REST` is the repository whatever it is called now. */
function resolveId(world: World, pathname: string): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(pathname) ?? [];
  const found = world.repositories.find((one) => String(one.id) === id && !one.deleted);
  return found ? `/repos/${found.fullName}${rest}` : pathname;
}

/** The answer for a renamed repository. A GET may be repeated as it is; others must keep their method. */
function redirect(world: World, method: string, url: URL, pathname: string): Answer | null {
  const [, owner = '', name = '', rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
  const fullName = `${owner}/${name}`.toLowerCase();
  const renamed = world.formerNames.get(fullName);
  const isTaken = world.repositories.some((one) => !one.deleted && one.fullName.toLowerCase() === fullName);
  if (!renamed || renamed.deleted || isTaken) return null;
  const location = `${world.url}/repositories/${renamed.id}${rest}${url.search}`;
  const permanent = method === 'GET';
  return {
    status: permanent ? 301 : 307,
    headers: { location },
    body: {
      message: permanent ? 'Moved Permanently' : 'Temporary Redirect',
      url: location,
      documentation_url:
        'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects',
    },
  };
}

async function runRoute(world: World, route: Route, call: Parameters<Route['run']>[0]): Promise<Answer> {
  checkCaller(route, call.caller);
  spend(world, call.caller, call.route);
  if ('repo' in call.params) refuseArchived(call, repositoryOfCall(call));
  if (!isPermitted(call.caller.token, route.needs ?? [])) throw forbidden();
  return route.run(call);
}

/** Answers requests to the REST API, and writes down those that GitHub's description does not know. */
export function createAnswering(
  world: World,
  api: OpenApi,
  violations: Violation[],
): (asked: Asked) => Promise<Answered> {
  const accuse = (method: string, path: string, problems: string[]): void => {
    violations.push({ method, path, problems });
  };

  return async ({ method, url, authorization, accept, body }) => {
    const pathname = resolveId(world, url.pathname.replace(/^\/api\/v3(?=\/|$)/, ''));
    const path = `${pathname}${url.search}`;
    const known = identifyOrRefuse(world, authorization);
    const caller = 'caller' in known ? known.caller : null;
    const token = caller?.kind ?? 'invalid';
    const finish = (route: string | null, answer: Answer): Answered => ({
      ...answer,
      headers: { ...rateHeaders(caller), ...answer.headers },
      route,
      token,
    });

    const moved = redirect(world, method, url, pathname);
    if (moved) return finish(null, moved);
    const match = api.match(method, pathname);
    if (!match) {
      accuse(method, path, ['GitHub has no such path']);
      return finish(null, notFound().answer);
    }
    const route = `${method} ${match.template}`;
    const checked = api.checkRequest(method, match, url.searchParams, body);
    const implemented = routes[route];
    if (checked.problems.length > 0) accuse(method, path, checked.problems);
    if (!implemented) {
      accuse(method, path, ['the fake does not know this operation']);
      return finish(route, { status: 501, body: { message: `the fake has no ${route}` } });
    }
    if ('refusal' in known) return finish(route, known.refusal.answer);
    if (checked.problems.length > 0) {
      const message = `Invalid request.\n\n${checked.problems.join('\n')}`;
      return finish(route, new Refusal(checked.onlyTooLong ? 422 : 400, { message }).answer);
    }
    const call = {
      world,
      route,
      params: match.params,
      address: `${world.url}${url.pathname}`,
      query: url.searchParams,
      body,
      accept,
      caller: known.caller,
    };
    try {
      return finish(route, await runRoute(world, implemented, call));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return finish(route, error.answer);
    }
  };
}
