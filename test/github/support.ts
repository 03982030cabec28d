import { afterEach } from 'node:test';
import nock from 'nock';
import { createTokenClient } from '../../src/github/client.ts';
import type { GitHub } from '../../src/github/types.ts';
import { after, before } from '../support/hooks.ts';

export const BASE_URL = 'https://api.github.com';
export const TARGET = { owner: 'acme', repo: 'shop', number: 7 };
export const WRITER = { login: 'allocgate[bot]' };
export const HEAD = 'a'.repeat(40);

/** Nothing leaves this machine, and no answer is left over for the next test. */
export function isolateNetwork(): void {
  before(() => nock.disableNetConnect());
  afterEach(() => nock.cleanAll());
  after(() => nock.enableNetConnect());
}

/** A client that loses no time. */
export function createTestClient(): GitHub {
  return createTokenClient('user-token', BASE_URL, { writeSpacingMs: 0, retryDelayMs: 0 });
}

export type SceneComment = {
  id: number;
  user: { login: string };
  body: string;
  path: string;
  line: number | null;
  subject_type: 'line' | 'file';
  in_reply_to_id?: number;
};
export type SceneNote = { id: number; user: { login: string }; body: string };
export type Request = { method: string; path: string; body: Record<string, unknown> };

/** The content of the pull request, and the requests so far. */
export type Scene = {
  head: string;
  state: 'open' | 'closed';
  locked: boolean;
  comments: SceneComment[];
  notes: SceneNote[];
  /** Writes in their order. */
  writes: Request[];
  /**
   * Called before a write has its effect; what it returns is answered instead of it. `after`: it had its effect all the
   * same.
   */
  fault: (request: Request) => { status: number; body?: object; after?: boolean } | null;
};

/** The web address of a comment on a line. */
export const commentUrl = (id: number): string => `https://github.com/acme/shop/pull/7#discussion_r${id}`;

const PULL = '/repos/acme/shop/pulls/7';

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function apply(scene: Scene, { method, path, body }: Request, id: number): void {
  const target = Number(path.split('/').at(-1));
  const text = String(body['body']);
  const addComment = (comment: Record<string, unknown>, newId: number): void => {
    const onFile = comment['subject_type'] === 'file';
    scene.comments.push({
      id: newId,
      user: WRITER,
      body: String(comment['body']),
      path: String(comment['path']),
      line: onFile ? null : Number(comment['line']),
      subject_type: onFile ? 'file' : 'line',
    });
  };
  if (method === 'POST' && path === `${PULL}/reviews`) {
    const comments = Array.isArray(body['comments']) ? body['comments'].filter(isRecord) : [];
    for (const [index, comment] of comments.entries()) addComment(comment, id + index);
  } else if (method === 'POST' && path === `${PULL}/comments`) {
    addComment(body, id);
  } else if (method === 'POST' && path === '/repos/acme/shop/issues/7/comments') {
    scene.notes.push({ id, user: WRITER, body: text });
  } else if (method === 'PATCH') {
    for (const one of [...scene.comments, ...scene.notes]) if (one.id === target) one.body = text;
  } else if (method === 'DELETE') {
    scene.comments = scene.comments.filter((one) => one.id !== target);
    scene.notes = scene.notes.filter((one) => one.id !== target);
  }
}

/** A pull request whose comments are kept: enough to look again after a write. */
export function setScene(start: Partial<Scene> = {}): Scene {
  const scene: Scene = {
    head: HEAD,
    state: 'open',
    locked: false,
    comments: [],
    notes: [],
    writes: [],
    fault: () => null,
    ...start,
  };
  let nextId = 1000;
  const answer = async (incoming: globalThis.Request): Promise<[number, object]> => {
    const { method } = incoming;
    const text = await incoming.text();
    const body: unknown = text === '' ? {} : JSON.parse(text);
    const request = { method, path: new URL(incoming.url).pathname, body: isRecord(body) ? body : {} };
    scene.writes.push(request);
    const fault = scene.fault(request);
    nextId += 100;
    if (!fault || fault.after) apply(scene, request, nextId);
    if (fault) return [fault.status, fault.body ?? {}];
    return [method === 'POST' ? 201 : 200, { id: nextId, output: { annotations_count: 0 } }];
  };
  const api = nock(BASE_URL).persist();
  api
    .get(PULL)
    .reply(() => [200, { number: 7, state: scene.state, locked: scene.locked, head: { sha: scene.head } }]);
  api
    .get(`${PULL}/comments?per_page=100`)
    .reply(() => [200, scene.comments.map((one) => ({ ...one, html_url: commentUrl(one.id) }))]);
  api.get('/repos/acme/shop/issues/7/comments?per_page=100').reply(() => [200, scene.notes]);
  api.get(/\/commits\/[^/]+\/check-runs/u).reply(200, {
    total_count: 1,
    check_runs: [{ id: 5, external_id: 'run-1' }],
  });
  api.get('/repos/acme/shop/check-runs/5').reply(200, { id: 5, output: { annotations_count: 0 } });
  api.post(/.*/u).reply(answer);
  api.patch(/.*/u).reply(answer);
  api.delete(/.*/u).reply(answer);
  return scene;
}
