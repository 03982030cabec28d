import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnComment } from '../../src/github/observe.ts';
import { type Action, reconcileComments, reconcileSummary } from '../../src/github/reconcile.ts';
import type { PlannedComment } from '../../src/report/model/pull-request.ts';

const planned = (id: string, rest: Partial<PlannedComment> = {}): PlannedComment => ({
  anchor: { file: 'a.go', line: 10, startLine: null, side: 'RIGHT' },
  id,
  body: `about ${id}`,
  ...rest,
});
const own = (id: number, ids: string[], rest: Partial<OwnComment> = {}): OwnComment => ({
  id,
  url: `https://github.example/acme/demo/pull/1#discussion_r${id}`,
  ids,
  body: `about ${ids.join()}`,
  path: 'a.go',
  line: 10,
  startLine: null,
  side: 'RIGHT',
  subject: 'line',
  answered: false,
  ...rest,
});
const onFile = { file: 'a.go', line: null, startLine: null, side: 'RIGHT' } as const;
const writeFixed = (body: string): string => (body.startsWith('fixed') ? body : `fixed: ${body}`);

const tell = (action: Action<PlannedComment>): string => {
  if (action.kind === 'create') return `create ${action.what.id}`;
  return action.kind === 'update' ? `update ${action.id}: ${action.body}` : `delete ${action.id}`;
};

/** `others`: findings that start no thread; `told`: those of them whose comments are brought up to date. */
type Case = {
  name: string;
  planned: PlannedComment[];
  others?: string[];
  told?: string[];
  own: OwnComment[];
  actions: string[];
};
const cases: Case[] = [
  { name: 'nothing there', planned: [planned('f')], own: [], actions: ['create f'] },
  { name: 'as planned', planned: [planned('f')], own: [own(1, ['f'])], actions: [] },
  {
    name: 'line ends that GitHub changed',
    planned: [planned('f', { body: 'a\nb\n' })],
    own: [own(1, ['f'], { body: 'a\r\nb' })],
    actions: [],
  },
  {
    name: 'other words',
    planned: [planned('f')],
    own: [own(1, ['f'], { body: 'old' })],
    actions: ['update 1: about f'],
  },
  {
    name: 'moved along by GitHub',
    planned: [planned('f')],
    own: [own(1, ['f'], { line: 12 })],
    actions: [],
  },
  {
    name: 'an edit for the lines on which the comment stands',
    planned: [planned('f', { body: 'an edit', elsewhere: 'a patch' })],
    own: [own(1, ['f'], { body: 'old' })],
    actions: ['update 1: an edit'],
  },
  ...([{ line: 12 }, { startLine: 9 }, { side: 'LEFT' }] as const).map((rest): Case => ({
    name: `an edit for other lines: ${JSON.stringify(rest)}`,
    planned: [planned('f', { body: 'an edit', elsewhere: 'a patch' })],
    own: [own(1, ['f'], rest)],
    actions: ['create f', 'delete 1'],
  })),
  {
    name: 'an edit for other lines, and somebody answered',
    planned: [planned('f', { body: 'an edit', elsewhere: 'a patch' })],
    own: [own(1, ['f'], { line: 12, answered: true })],
    actions: ['update 1: a patch'],
  },
  {
    name: 'outdated',
    planned: [planned('f')],
    own: [own(1, ['f'], { line: null })],
    actions: ['create f', 'delete 1'],
  },
  {
    name: 'outdated and answered',
    planned: [planned('f')],
    own: [own(1, ['f'], { line: null, answered: true, body: 'old' })],
    actions: ['update 1: about f'],
  },
  {
    name: 'in another file',
    planned: [planned('f')],
    own: [own(1, ['f'], { path: 'b.go' })],
    actions: ['create f', 'delete 1'],
  },
  {
    name: 'on the file, as planned',
    planned: [planned('f', { anchor: onFile })],
    own: [own(1, ['f'], { line: null, subject: 'file' })],
    actions: [],
  },
  {
    name: 'on the file, and a line is planned',
    planned: [planned('f')],
    own: [own(1, ['f'], { line: null, subject: 'file' })],
    actions: ['create f', 'delete 1'],
  },
  { name: 'finding gone', planned: [], own: [own(1, ['f'])], actions: ['delete 1'] },
  {
    name: 'finding gone, answered',
    planned: [],
    own: [own(1, ['f'], { answered: true })],
    actions: ['update 1: fixed: about f'],
  },
  {
    name: 'finding gone, answered, and told already',
    planned: [],
    own: [own(1, ['f'], { answered: true, body: 'fixed: about f' })],
    actions: [],
  },
  {
    name: 'back again',
    planned: [planned('f')],
    own: [own(1, ['f'], { answered: true, body: 'fixed: about f' })],
    actions: ['update 1: about f'],
  },
  {
    name: 'twice',
    planned: [planned('f')],
    own: [own(1, ['f']), own(2, ['f']), own(3, ['f'])],
    actions: ['delete 2', 'delete 3'],
  },
  {
    name: 'twice, the newer one in the right place',
    planned: [planned('f')],
    own: [own(1, ['f'], { line: null }), own(2, ['f'])],
    actions: ['delete 1'],
  },
  {
    name: 'twice, the newer one answered',
    planned: [planned('f')],
    own: [own(1, ['f']), own(2, ['f'], { answered: true })],
    actions: ['delete 1'],
  },
  {
    name: 'twice, both answered: no conversation is lost, and none is told fixed',
    planned: [planned('f')],
    own: [own(1, ['f'], { answered: true }), own(2, ['f'], { answered: true })],
    actions: [],
  },
  {
    name: 'one comment for two findings: the first one keeps it',
    planned: [planned('f'), planned('g')],
    own: [own(1, ['f', 'g'])],
    actions: ['create g', 'update 1: about f'],
  },
  {
    name: 'no longer gates',
    planned: [],
    others: ['f'],
    told: ['f'],
    own: [own(1, ['f'], { body: 'it gates' })],
    actions: ['update 1: about f'],
  },
  {
    name: 'no longer gates, outdated: a comment that gates nothing is not written anew',
    planned: [],
    others: ['f'],
    told: ['f'],
    own: [own(1, ['f'], { line: null, body: 'it gates' })],
    actions: ['update 1: about f'],
  },
  { name: 'never gated', planned: [], others: ['f'], told: ['f'], own: [], actions: [] },
  {
    name: 'no longer told on lines: an answered comment stays, and does not say that it is fixed',
    planned: [],
    others: ['f', 'g'],
    told: [],
    own: [own(1, ['f']), own(2, ['g'], { answered: true }), own(3, ['h'], { answered: true })],
    actions: ['update 3: fixed: about h', 'delete 1'],
  },
  {
    name: 'new ones come first',
    planned: [planned('f', { body: 'new words' }), planned('h')],
    own: [own(1, ['f']), own(2, ['g'])],
    actions: ['create h', 'update 1: new words', 'delete 2'],
  },
];

void test('inline comments: what is written to make them those of the plan', () => {
  for (const one of cases) {
    const { others = [], told = [] } = one;
    const plan = {
      comments: one.planned,
      updates: told.map((id) => ({ id, body: `about ${id}` })),
      findings: [...one.planned.map(({ id }) => id), ...others],
    };
    const actions = reconcileComments(plan, one.own, writeFixed);
    assert.deepEqual(actions.map(tell), one.actions, one.name);
  }
});

void test('the summary: made when wanted, brought up to date in any case, and only one', () => {
  const note = (id: number, body = 'text') => ({ id, body });
  const wish = (create: boolean) => ({ body: 'text', create });
  assert.deepEqual(reconcileSummary(wish(false), []), []);
  assert.deepEqual(reconcileSummary(wish(true), []), [{ kind: 'create', what: { body: 'text' } }]);
  assert.deepEqual(reconcileSummary(wish(true), [note(1)]), []);
  const update = { kind: 'update', id: 1, body: 'text' };
  assert.deepEqual(reconcileSummary(wish(false), [note(1, 'old')]), [update]);
  assert.deepEqual(reconcileSummary(wish(true), [note(1, 'old'), note(2)]), [
    update,
    { kind: 'delete', id: 2 },
  ]);
});
