import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { orderParents } from '../../src/action/inheritance.ts';
import type { PullRequestFacts } from '../../src/github/pull-requests.ts';
import { after, before } from '../support/hooks.ts';
import type { MergeMethod } from '../support/fake-github/types.ts';
import type { PullRequest } from '../support/fake-github/index.ts';
import { buildReview } from '../support/review-data.ts';
import { type ActionScene, createScene, reviewOf } from './scene.ts';
import { commentPayload, pullRequestPayload, type Step } from './simulated-runner.ts';

// What was accepted on a merged pull request counts for those that contain its commits, without a database.

const facts = (number: number, head: string, base: string, isFork = false): PullRequestFacts => ({
  number,
  state: 'closed',
  isMerged: true,
  mergeSha: null,
  draft: false,
  base: { ref: base, sha: '' },
  head: { ref: head, sha: '', repositoryId: 1 },
  isFork,
  updatedAt: '',
  author: 'bob',
  repositoryId: 1,
  owner: 'ann',
  repo: 'shop',
});

describe('parents', () => {
  const order = (child: PullRequestFacts, ...merged: PullRequestFacts[]): number[] =>
    orderParents(child, merged).map(({ number }) => number);
  const child = facts(9, 'child', 'main');

  test('are merged into the target branch or into the child, the nearest last', () => {
    assert.deepEqual(order(child, facts(1, 'a', 'main'), facts(2, 'b', 'child')), [1, 2]);
    assert.deepEqual(order(child, facts(3, 'upper', 'lower'), facts(1, 'lower', 'main')), [3, 1]);
    assert.deepEqual(order(child, facts(9, 'child', 'main')), []);
  });

  test('are not those of other branches, also where the branch of a fork has the same name', () => {
    assert.deepEqual(order(child, facts(1, 'a', 'release'), facts(2, 'b', 'a')), []);
    assert.deepEqual(order(facts(9, 'child', 'main', true), facts(2, 'b', 'child')), []);
    assert.deepEqual(order(child, facts(3, 'upper', 'lower'), facts(1, 'lower', 'main', true)), [1]);
  });

  test('branches that were merged into each other come to an end', () => {
    assert.deepEqual(order(child, facts(1, 'a', 'main'), facts(2, 'main', 'a')), [2, 1]);
  });
});

const subjects = [
  'codec.BenchmarkDecode',
  'codec.BenchmarkRoundTrip/large-message-with-a-long-name',
  'log.BenchmarkInfo/short',
];

describe('acceptances of merged pull requests', () => {
  let scene: ActionScene;
  let count = 0;
  before(async () => {
    scene = await createScene();
  });
  after(async () => {
    await scene[Symbol.asyncDispose]();
    assert.deepEqual(scene.fake.violations, []);
  });

  type Wanted = { base?: string; from?: string; by?: string };

  /** A pull request with a commit of its own on a new branch. `from`: what the branch begins at; default: the base. */
  async function open({ base = 'main', from = base, by = 'bob' }: Wanted = {}): Promise<PullRequest> {
    count += 1;
    const branch = `branch-${count}`;
    if (from !== base) await scene.fake.git(scene.repository, 'branch', branch, from);
    const contents = { change: { [`${branch}.txt`]: branch } };
    return scene.fake.openPullRequest(scene.repository, { author: by, base, head: { branch, contents } });
  }

  async function say(pull: PullRequest, by: string, body: string): Promise<void> {
    scene.fake.startWorkflow(scene.repository, { ...pull, conclusion: 'failure' });
    await scene.runner.handOver({ review: reviewOf(pull) });
    scene.fake.advance(5000);
    const comment = await scene.fake.comment(scene.repository, pull.number, { by, body });
    scene.fake.advance(2000);
    const payload = commentPayload(comment);
    const step = await scene.runner.run('gate', { event: 'issue_comment', payload });
    assert.equal(step.status, 0, step.log);
  }

  const acceptAll = (pull: PullRequest, by = 'bob'): Promise<void> =>
    say(pull, by, subjects.map((subject) => `/allocgate accept ${subject} because it is cold`).join('\n'));

  async function gate(pull: PullRequest): Promise<Step> {
    await scene.runner.handOver({ review: reviewOf(pull) });
    return scene.runner.run('gate', { event: 'pull_request', payload: pullRequestPayload(pull) });
  }

  async function assertGate(pull: PullRequest, verdict: 'pass' | 'fail', because: string): Promise<Step> {
    const step = await gate(pull);
    assert.equal(step.outputs['verdict'], verdict, `${because}\n${step.log}`);
    return step;
  }

  async function merge(pull: PullRequest, method: MergeMethod): Promise<void> {
    await scene.fake.closePullRequest(scene.repository, pull.number, { by: 'bob', merge: method });
    await scene.fake.deleteBranch(scene.repository, pull.headRef, { by: 'bob' });
  }

  describe('the children of a squashed pull request', () => {
    let parent: PullRequest;
    let child: PullRequest;
    let sibling: PullRequest;
    let unrelated: PullRequest;
    before(async () => {
      parent = await open();
      await acceptAll(parent);
      child = await open({ base: parent.headRef });
      sibling = await open({ from: parent.headRef });
      unrelated = await open();
    });

    test('are red until it is merged, and then green, wherever they pointed', async () => {
      for (const pull of [child, sibling]) await assertGate(pull, 'fail', 'the parent is not merged');
      await merge(parent, 'squash');
      assert.equal(child.baseRef, 'main');
      for (const pull of [child, sibling]) {
        const step = await assertGate(pull, 'pass', 'the parent is merged');
        assert.match(step.summary, new RegExp(`accepted by \`bob\` on #${parent.number} on `, 'u'));
      }
      await assertGate(unrelated, 'fail', 'it contains no commit of the parent');
    });

    test('are red while who accepted it may not write', async () => {
      scene.fake.setPermission(scene.repository, 'bob', 'read');
      await assertGate(sibling, 'fail', 'Bob may only read');
      scene.fake.setPermission(scene.repository, 'bob', 'write');
    });

    test('are green in a merge queue', async () => {
      const group = await scene.fake.mergeGroup(scene.repository, sibling.number);
      const { baseSha, headSha, headRef } = group;
      await scene.runner.handOver({
        review: buildReview({ base: { sha: baseSha }, head: { sha: headSha } }),
      });
      const payload = { merge_group: { base_sha: baseSha, head_sha: headSha, head_ref: headRef } };
      const step = await scene.runner.run('gate', { event: 'merge_group', payload });
      assert.equal(step.outputs['verdict'], 'pass', step.log);
    });

    test('are not those that GitHub names for a commit of another repository', async () => {
      const answer = async (repositoryId: number): Promise<void> => {
        const repo = { id: repositoryId, name: 'shop', owner: { login: 'ann' } };
        const body = [
          {
            number: parent.number,
            state: 'closed',
            updated_at: '',
            merged_at: '2026-01-01T00:00:00Z',
            merge_commit_sha: null,
            user: null,
            base: { ref: 'main', sha: '', repo },
            head: { ref: 'other', sha: '', repo },
          },
        ];
        const match = { path: /\/commits\/\w+\/pulls/u };
        scene.fake.faults.add({ match, kind: { status: 200, body }, times: 1 });
        await assertGate(
          unrelated,
          repositoryId === scene.repository.id ? 'pass' : 'fail',
          `in ${repositoryId}`,
        );
      };
      await answer(scene.repository.id);
      await answer(scene.repository.id + 1);
    });

    test('can withdraw it for themselves', async () => {
      await say(child, 'ann', '/allocgate withdraw BenchmarkInfo/short');
      const { comments } = await scene.fake.snapshot(scene.repository, child.number);
      assert.match(comments.at(-1)?.body ?? '', /BenchmarkInfo\/short` is withdrawn/u);
      await assertGate(child, 'fail', 'it was withdrawn here');
      await assertGate(sibling, 'pass', 'nothing was withdrawn here');
    });
  });

  test('what was accepted on a part counts for the whole, and for what is built upon the whole', async () => {
    const whole = await open();
    const part = await open({ base: whole.headRef });
    await acceptAll(part);
    await merge(part, 'squash');
    await assertGate(whole, 'pass', 'the part is merged into it');
    const child = await open({ base: whole.headRef });
    await merge(whole, 'squash');
    await assertGate(child, 'pass', 'it contains both');
  });

  test('a stranger accepts nothing: not on a merged pull request, nor on one that is only closed', async () => {
    const merged = await open({ by: 'eve' });
    await acceptAll(merged, 'eve');
    const closed = await open();
    await acceptAll(closed);
    const children = [await open({ base: merged.headRef }), await open({ from: closed.headRef })];
    await merge(merged, 'squash');
    await scene.fake.closePullRequest(scene.repository, closed.number, { by: 'eve' });
    for (const child of children) await assertGate(child, 'fail', 'nobody accepted it for this branch');
  });

  test('what was merged into another branch was accepted for that branch', async () => {
    await scene.fake.git(scene.repository, 'branch', 'release', 'main');
    const parent = await open({ base: 'release' });
    await acceptAll(parent);
    const child = await open({ from: parent.headRef });
    await merge(parent, 'squash');
    await assertGate(child, 'fail', 'it goes to main');
  });

  test('a comment with several commands asks for other pull requests once, a green review not at all', async () => {
    const pull = await open();
    const listAsked = (from: number): string[] =>
      scene.fake.requests
        .slice(from)
        .map(({ path }) => path)
        .filter((path) => /\/commits\/\w+\/pulls|\/pulls\/\d+\/commits/u.test(path));
    const begin = scene.fake.requests.length;
    await acceptAll(pull);
    assert.equal(listAsked(begin).length, 2);
    const before = scene.fake.requests.length;
    await assertGate(pull, 'pass', 'all is accepted here');
    assert.deepEqual(listAsked(before), []);
  });
});
