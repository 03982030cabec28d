import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIntent } from '../../../src/app/intake/events.ts';
import {
  asApp,
  definitions,
  example,
  examplesOf,
  INSTALLATION_ID,
  type Payload,
  withValue,
} from '../examples.ts';

/** The App whose checks the examples show. */
const APP_ID = 29310;
const RUN_ID = '3f0d0c0e-8a4e-4b57-9d0e-5f6b8f1c2a34';
const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';

const hello = { id: 186853002, owner: 'Codertocat', name: 'Hello-World', defaultBranch: 'master' };
const here = { installationId: INSTALLATION_ID, repository: hello };

function read(event: string, payload: unknown): ReturnType<typeof readIntent> {
  return readIntent(event, payload, APP_ID);
}

function kindOf(event: string, payload: unknown): string | null {
  return read(event, payload)?.kind ?? null;
}

const told = { draft: false, headSha: HEAD, baseRef: 'master' };

test('a pull request that may need a review is checked', () => {
  for (const action of ['opened', 'synchronize', 'reopened', 'ready_for_review', 'converted_to_draft']) {
    assert.equal(kindOf('pull_request', example('pull_request', { action })), 'look', action);
  }
  assert.deepEqual(read('pull_request', example('pull_request', { action: 'opened' })), {
    kind: 'look',
    number: 2,
    told: { ...told, state: 'open', updatedAt: '2019-05-15T15:20:33Z' },
    ownPush: null,
    ...here,
  });
});

test('a head is its author’s own where the author pushed it to a fork, and opened it from a fork of theirs', () => {
  const ownPush = (action: string, changes: Record<string, unknown>): unknown => {
    let payload: Payload = example('pull_request', { action });
    const all = {
      'pull_request.user.login': 'ann',
      'sender.login': 'ann',
      'pull_request.head.repo.id': 99,
      ...changes,
    };
    for (const [path, value] of Object.entries(all)) payload = withValue(payload, path, value);
    const intent = read('pull_request', payload);
    return intent?.kind === 'look' ? intent.ownPush : 'no look';
  };
  const owner = 'pull_request.head.repo.owner.login';
  const before = '0123456789012345678901234567890123456789';
  assert.deepEqual(ownPush('opened', { [owner]: 'ann' }), { by: 'ann', before: null });
  assert.equal(ownPush('opened', { [owner]: 'an-organization' }), null);
  assert.equal(ownPush('opened', { [owner]: 'ann', 'sender.login': 'bob' }), null);
  assert.equal(ownPush('opened', { [owner]: 'ann', 'pull_request.head.repo.id': 186853002 }), null);
  assert.equal(ownPush('opened', { 'pull_request.head.repo': null }), null);
  assert.deepEqual(ownPush('synchronize', { [owner]: 'bob', before }), { by: 'ann', before });
  assert.equal(ownPush('synchronize', { before, 'sender.login': 'bob' }), null);
});

test('an edited pull request is checked when its base changed, and not for its title', () => {
  const edited = withValue(example('pull_request', { action: 'opened' }), 'action', 'edited');
  assert.equal(kindOf('pull_request', withValue(edited, 'changes.base.ref.from', 'main')), 'look');
  assert.equal(read('pull_request', withValue(edited, 'changes.title.from', 'old')), null);
});

test('a closed pull request, and what is of no interest', () => {
  const closed = read('pull_request', example('pull_request', { action: 'closed' }));
  assert.deepEqual(closed, {
    kind: 'close',
    number: 2,
    told: { ...told, state: 'closed', updatedAt: '2019-05-15T15:21:18Z' },
    ...here,
  });
  for (const action of ['labeled', 'assigned', 'locked', 'review_requested']) {
    assert.equal(read('pull_request', example('pull_request', { action })), null, action);
  }
});

function rerequested(): Payload {
  const payload = example('check_run', { action: 'created' });
  return withValue({ ...payload, action: 'rerequested' }, 'check_run.external_id', RUN_ID);
}

test('our check run that is asked for again names its run', () => {
  assert.deepEqual(read('check_run', rerequested()), {
    kind: 'rerun',
    runId: RUN_ID,
    headSha: HEAD,
    numbers: [2],
    by: 'Codertocat',
    ...here,
  });
});

test('pull requests of other repositories with the same head are not ours', () => {
  const foreign = [{ number: 9, base: { repo: { id: 1 } } }];
  const intent = read('check_run', withValue(rerequested(), 'check_run.pull_requests', foreign));
  assert.deepEqual(intent?.kind === 'rerun' && intent.numbers, []);
});

test('an external_id that is not a run ID is ignored', () => {
  for (const external of ['', 'build-17', null]) {
    const intent = read('check_run', withValue(rerequested(), 'check_run.external_id', external));
    assert.equal(intent?.kind === 'rerun' && intent.runId, null);
  }
});

test('checks of other Apps are left alone', () => {
  assert.equal(readIntent('check_run', rerequested(), APP_ID + 1), null);
  assert.equal(
    readIntent('check_suite', example('check_suite', { action: 'rerequested' }), APP_ID + 1),
    null,
  );
  assert.equal(read('check_run', withValue(rerequested(), 'check_run.app', null)), null);
  assert.equal(readIntent('check_run', pressed('accept'), APP_ID + 1), null);
});

function pressed(identifier: string): Payload {
  return { ...rerequested(), action: 'requested_action', requested_action: { identifier } };
}

test('the buttons of our check', () => {
  const accepted = read('check_run', pressed('accept'));
  assert.equal(accepted?.kind, 'accept-all');
  assert.equal(accepted.runId, RUN_ID);
  assert.equal(accepted.by, 'Codertocat');
  assert.equal(kindOf('check_run', pressed('rerun')), 'rerun');
  assert.equal(read('check_run', pressed('lgtm|26764')), null);
});

test('a suite that is asked for again names its commit and no run', () => {
  assert.deepEqual(read('check_suite', example('check_suite', { action: 'rerequested' })), {
    kind: 'rerun',
    runId: null,
    headSha: HEAD,
    numbers: [2],
    by: 'octocoders-linter[bot]',
    ...here,
  });
  assert.equal(read('check_suite', example('check_suite', { action: 'requested' })), null);
});

function commented(body: string): Payload {
  const onPullRequest = withValue(example('issue_comment', { action: 'created' }), 'issue.pull_request', {
    url: 'u',
  });
  return withValue(onPullRequest, 'comment.body', body);
}

test('a comment with a command on a pull request', () => {
  assert.deepEqual(read('issue_comment', commented('/allocgate rerun')), {
    kind: 'comment',
    number: 1,
    on: 'issue-comment',
    commentId: 492700400,
    author: 'Codertocat',
    body: '/allocgate rerun',
    createdAt: '2019-05-15T15:20:21Z',
    ...here,
  });
  assert.equal(kindOf('issue_comment', commented('Hm.\r\n/Allocgate rerun')), 'comment');
});

test('a command on a line of the diff, and in the text of a review', () => {
  const onLine = example('pull_request_review_comment', { action: 'created' });
  const line = read('pull_request_review_comment', withValue(onLine, 'comment.body', '/allocgate rerun'));
  assert.ok(line?.kind === 'comment');
  assert.deepEqual([line.on, line.number, line.author], ['review-comment', 2, 'Codertocat']);
  const review = example('pull_request_review', { action: 'submitted' });
  const text = read('pull_request_review', withValue(review, 'review.body', '/allocgate rerun'));
  assert.ok(text?.kind === 'comment');
  assert.deepEqual([text.on, text.number, text.createdAt], ['review', 2, '2019-05-15T15:20:38Z']);
  assert.equal(read('pull_request_review', review), null);
});

test('comments that cannot hold a command for us', () => {
  const command = commented('/allocgate rerun');
  assert.equal(read('issue_comment', commented('Looks good.')), null);
  assert.equal(read('issue_comment', { ...command, action: 'edited' }), null);
  assert.equal(read('issue_comment', { ...command, action: 'deleted' }), null);
  assert.equal(read('issue_comment', withValue(command, 'issue.pull_request', undefined)), null);
  assert.equal(read('issue_comment', withValue(command, 'comment.user.type', 'Bot')), null);
  assert.equal(read('issue_comment', withValue(command, 'comment.user', null)), null);
});

test('merge groups come and go', () => {
  const asked = example('merge_group', { action: 'checks_requested' });
  const intent = read('merge_group', asked);
  assert.deepEqual(intent, {
    kind: 'merge-group',
    headSha: '2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d',
    headRef: 'refs/heads/gh-readonly-queue/main/pr-104-929f8209d40f77f4abc622a499c93a83babdbe64',
    baseSha: '380387fbc80638b734a49e1be1c4dfec1c01b33c',
    installationId: INSTALLATION_ID,
    repository: { id: 17273051, owner: 'octo-org', name: 'octo-repo', defaultBranch: 'main' },
  });
  const gone = read('merge_group', { ...asked, action: 'destroyed', reason: 'merged' });
  assert.deepEqual(gone, { ...intent, kind: 'merge-group-gone' });
});

test('pushes to the default branch are baselines, others are not', () => {
  const push = example('push', { ref: 'refs/heads/master' });
  assert.deepEqual(read('push', push), {
    kind: 'baseline',
    headSha: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
    ...here,
  });
  assert.equal(read('push', { ...push, ref: 'refs/heads/feature' }), null);
  assert.equal(read('push', { ...push, ref: 'refs/heads/gh-readonly-queue/master/pr-1-ab' }), null);
  assert.equal(read('push', { ...push, deleted: true, after: '0'.repeat(40) }), null);
  assert.equal(read('push', example('push', { ref: 'refs/tags/simple-tag' })), null);
});

test('installations and their repositories', () => {
  const install = { kind: 'install', installationId: INSTALLATION_ID };
  for (const action of ['created', 'unsuspend']) {
    assert.deepEqual(read('installation', example('installation', { action })), install);
  }
  const added = read('installation_repositories', example('installation_repositories', { action: 'added' }));
  assert.deepEqual(added, install);
  const removed = read(
    'installation_repositories',
    example('installation_repositories', { action: 'removed' }),
  );
  assert.deepEqual(removed, {
    kind: 'remove-repositories',
    installationId: INSTALLATION_ID,
    repositoryIds: [1296269],
  });
  for (const action of ['deleted', 'suspend']) {
    const gone = read('installation', example('installation', { action }));
    assert.deepEqual(gone, { kind: 'uninstall', installationId: INSTALLATION_ID });
  }
});

test('a repository that is renamed, transferred, deleted, or gets another default branch', () => {
  const kindsByAction = { renamed: 'rename', transferred: 'regain' } as const;
  for (const [action, kind] of Object.entries(kindsByAction)) {
    const intent = read('repository', example('repository', { action }));
    assert.ok(intent?.kind === kind, action);
    assert.equal('repository' in intent && intent.repository.owner, 'Octocoders');
  }
  const edits = examplesOf('repository').filter(({ action }) => action === 'edited');
  const kinds = edits.map((payload) => kindOf('repository', asApp(payload)));
  assert.deepEqual(kinds, [null, 'rename'], 'a description and a default branch');
  const deleted = read('repository', { ...example('repository', { action: 'created' }), action: 'deleted' });
  assert.deepEqual(deleted?.kind === 'remove-repositories' && deleted.repositoryIds.length, 1);
  assert.equal(read('repository', example('repository', { action: 'publicized' })), null);
});

test('no example of any event is malformed', () => {
  let count = 0;
  for (const { name, examples } of definitions) {
    for (const payload of examples) {
      const intent = read(name, asApp(payload));
      assert.notEqual(intent?.kind, 'malformed', JSON.stringify([name, payload['action'], intent]));
      count++;
    }
  }
  assert.ok(count > 100, `${count} examples`);
});

test('what GitHub does not send is malformed, and names the field but no value', () => {
  const opened = example('pull_request', { action: 'opened' });
  const cases: [string, unknown, RegExp][] = [
    ['pull_request', null, /^payload: /u],
    ['pull_request', 'text', /^payload: /u],
    ['pull_request', {}, /^action: /u],
    ['pull_request', { ...opened, installation: undefined }, /^installation: /u],
    ['pull_request', { ...opened, number: 'secret' }, /^number: /u],
    ['pull_request', withValue(opened, 'repository.owner', null), /^repository\.owner: /u],
    ['push', [], /^payload: /u],
    ['push', {}, /^installation: /u],
    [
      'check_run',
      withValue(rerequested(), 'check_run.head_sha', '--upload-pack=x'),
      /^check_run\.head_sha: /u,
    ],
    ['installation', { action: 'created', installation: {} }, /^installation\.id: /u],
  ];
  for (const [event, payload, problem] of cases) {
    const intent = read(event, payload);
    assert.equal(intent?.kind, 'malformed');
    assert.match(intent.problem, problem);
    assert.doesNotMatch(intent.problem, /secret|upload/u);
  }
});

test('events and actions of other kinds are nothing, whatever they hold', () => {
  for (const event of ['ping', 'star', 'constructor', '__proto__', '']) assert.equal(read(event, 17), null);
  assert.equal(read('pull_request', { action: 'constructor' }), null);
});
