import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTo, createScene, pick, type Reply, type Scene } from './scene.ts';

const at = '/repos/acme/shop';

/** A scene with a pull request that changes lines 10 and 30 of `a.txt` and deletes line 20. */
async function createReviewScene(): Promise<Scene> {
  const scene = await createScene({ files: { 'a.txt': countTo(40), 'b.txt': 'b\n' } });
  const lines = countTo(40, { 10: 'ten', 30: 'thirty' }).split('\n');
  const text = lines.filter((line) => line !== 'line 20').join('\n');
  await scene.fake.openPullRequest(scene.repository, {
    author: 'ann',
    head: { branch: 'change', contents: { change: { 'a.txt': text } } },
  });
  return scene;
}

function put(scene: Scene, place: object, body = 'look'): Promise<Reply> {
  const { headSha } = scene.fake.pullRequest(scene.repository, 1);
  return scene.ask('POST', `${at}/pulls/1/comments`, { path: 'a.txt', body, commit_id: headSha, ...place });
}

test('comments are made, listed, changed and deleted by who wrote them', async () => {
  await using scene = await createReviewScene();
  const made = await scene.ask('POST', `${at}/issues/1/comments`, { body: 'one' });
  assert.equal(made.status, 201);
  assert.deepEqual(
    [pick(made.body, 'user', 'login'), pick(made.body, 'user', 'type')],
    ['allocgate[bot]', 'Bot'],
  );
  assert.equal(pick(made.body, 'performed_via_github_app', 'id'), scene.fake.app.id);
  const path = `${at}/issues/comments/${String(pick(made.body, 'id'))}`;
  assert.equal(
    (await scene.askWith(scene.fake.createUserToken('ann'))('PATCH', path, { body: 'x' })).status,
    403,
  );
  assert.equal((await scene.ask('PATCH', path, { body: 'two' })).status, 200);
  const other = await scene.fake.comment(scene.repository, 1, { by: 'ann', body: 'mine' });
  assert.equal((await scene.ask('DELETE', `${at}/issues/comments/${other.id}`)).status, 403);
  const bodies = (await scene.fake.snapshot(scene.repository, 1)).comments.map(
    ({ by, body }) => `${by}: ${body}`,
  );
  assert.deepEqual(bodies, ['allocgate[bot]: two', 'ann: mine']);
  assert.equal((await scene.ask('DELETE', path)).status, 204);
  assert.equal((await scene.ask('GET', path)).status, 404);
});

test('a body that is too long or empty is refused', async () => {
  await using scene = await createReviewScene();
  const post = (body: string) => scene.ask('POST', `${at}/issues/1/comments`, { body });
  assert.equal((await post('x'.repeat(65_536))).status, 201);
  const long = await post('x'.repeat(65_537));
  assert.equal(long.status, 422);
  assert.match(String(pick(long.body, 'errors', 0, 'message')), /too long \(maximum is 65536 characters\)/);
  assert.equal((await post(' ')).status, 422);
  assert.equal((await scene.ask('POST', `${at}/issues/9/comments`, { body: 'x' })).status, 404);
});

test('a reaction is there once', async () => {
  await using scene = await createReviewScene();
  const comment = await scene.fake.comment(scene.repository, 1, { by: 'ann', body: '/allocgate run' });
  const path = `${at}/issues/comments/${comment.id}/reactions`;
  const first = await scene.ask('POST', path, { content: 'eyes' });
  const again = await scene.ask('POST', path, { content: 'eyes' });
  assert.deepEqual([first.status, again.status], [201, 200]);
  assert.equal(pick(first.body, 'id'), pick(again.body, 'id'));
  const [seen] = (await scene.fake.snapshot(scene.repository, 1)).comments;
  assert.deepEqual(seen?.reactions, [{ by: 'allocgate[bot]', content: 'eyes' }]);
});

test('an inline comment goes on changed lines and three around them', async () => {
  await using scene = await createReviewScene();
  const right = [6, 7, 10, 13, 14, 26, 29].map((line) => put(scene, { line, side: 'RIGHT' }));
  const rightStatuses = (await Promise.all(right)).map(({ status }) => status);
  assert.deepEqual(rightStatuses, [422, 201, 201, 201, 422, 201, 201]);
  const left = [10, 20, 25].map((line) => put(scene, { line, side: 'LEFT' }));
  const leftStatuses = (await Promise.all(left)).map(({ status }) => status);
  assert.deepEqual(leftStatuses, [201, 201, 422]);
});

test('a refused inline comment says why', async () => {
  await using scene = await createReviewScene();
  const outside = await put(scene, { line: 15, side: 'RIGHT' });
  assert.equal(pick(outside.body, 'message'), 'Validation Failed');
  assert.deepEqual(pick(outside.body, 'errors', 0), {
    resource: 'PullRequestReviewComment',
    code: 'custom',
    field: 'pull_request_review_thread.line',
    message: 'pull_request_review_thread.line must be part of the diff',
  });
  const backwards = await put(scene, { line: 10, side: 'RIGHT', start_line: 10 });
  assert.match(String(pick(backwards.body, 'errors', 0, 'message')), /must precede the end line/);
  const apart = await put(scene, { line: 29, side: 'RIGHT', start_line: 9 });
  assert.match(String(pick(apart.body, 'errors', 0, 'message')), /same hunk/);
  const unchanged = await put(scene, { line: 1, side: 'RIGHT', path: 'b.txt' });
  assert.equal(pick(unchanged.body, 'errors', 0, 'field'), 'path');
  const foreign = await put(scene, { line: 10, commit_id: '1'.repeat(40) });
  assert.equal(pick(foreign.body, 'errors', 0, 'field'), 'commit_id');
  assert.deepEqual((await scene.fake.snapshot(scene.repository, 1)).reviewComments, []);
});

test('a span, a file and an answer have their places', async () => {
  await using scene = await createReviewScene();
  const span = await put(scene, { line: 10, start_line: 8, side: 'RIGHT' });
  assert.deepEqual([pick(span.body, 'start_line'), pick(span.body, 'start_side')], [8, 'RIGHT']);
  assert.match(String(pick(span.body, 'diff_hunk')), /^@@ -7,7 \+7,7 @@[^]*\+ten$/);
  const file = await put(scene, { subject_type: 'file' });
  assert.deepEqual([pick(file.body, 'subject_type'), pick(file.body, 'line')], ['file', null]);
  const answer = await scene.fake.answer(scene.repository, Number(pick(span.body, 'id')), {
    by: 'ann',
    body: 'no',
  });
  const again = await scene.ask('POST', `${at}/pulls/1/comments/${answer.id}/replies`, { body: 'yes' });
  assert.equal(pick(again.body, 'in_reply_to_id'), pick(span.body, 'id'));
  const seen = (await scene.fake.snapshot(scene.repository, 1)).reviewComments;
  assert.deepEqual(
    seen.map(({ body, line, startLine, outdated }) => [body, line, startLine, outdated]),
    [
      ['look', 10, 8, false],
      ['look', null, null, false],
      ['no', 10, 8, false],
      ['yes', 10, 8, false],
    ],
  );
});

test('comments move with their lines and are outdated when those change', async () => {
  await using scene = await createReviewScene();
  const { fake, repository } = scene;
  await put(scene, { line: 10, side: 'RIGHT' }, 'moves');
  await put(scene, { line: 29, side: 'RIGHT' }, 'goes');
  await put(scene, { line: 20, side: 'LEFT' }, 'stays');
  const lines = countTo(40, { 10: 'ten', 30: 'other' }).split('\n');
  const text = `new\n${lines.filter((line) => line !== 'line 20').join('\n')}`;
  const head = await fake.pushHead(repository, 1, { change: { 'a.txt': text } });
  const seen = (await fake.snapshot(repository, 1)).reviewComments;
  assert.deepEqual(
    seen.map(({ body, line, outdated }) => [body, line, outdated]),
    [
      ['moves', 11, false],
      ['goes', null, true],
      ['stays', 20, false],
    ],
  );
  const listed = (await scene.ask('GET', `${at}/pulls/1/comments`)).body;
  assert.deepEqual([pick(listed, 0, 'commit_id'), pick(listed, 0, 'original_line')], [head, 10]);
  assert.deepEqual([pick(listed, 1, 'line'), pick(listed, 1, 'position')], [null, null]);
});

test('a review is all or nothing', async () => {
  await using scene = await createReviewScene();
  const post = (review: object) => scene.ask('POST', `${at}/pulls/1/reviews`, review);
  const good = { path: 'a.txt', line: 10, side: 'RIGHT', body: 'good' };
  const refused = await post({ event: 'COMMENT', comments: [good, { ...good, line: 15 }] });
  assert.equal(refused.status, 422);
  assert.deepEqual(pick(refused.body, 'errors'), ['Line could not be resolved']);
  const elsewhere = await post({ event: 'COMMENT', comments: [{ ...good, path: 'b.txt' }] });
  assert.deepEqual(pick(elsewhere.body, 'errors'), ['Path could not be resolved']);
  assert.deepEqual((await scene.fake.snapshot(scene.repository, 1)).reviews, []);
  assert.equal((await post({ event: 'COMMENT' })).status, 422);
  assert.equal((await post({ event: 'REQUEST_CHANGES' })).status, 422);
  const made = await post({ event: 'COMMENT', body: 'all', comments: [good, { ...good, line: 29 }] });
  assert.equal(pick(made.body, 'state'), 'COMMENTED');
  const { reviews, reviewComments } = await scene.fake.snapshot(scene.repository, 1);
  assert.deepEqual([reviews.length, reviewComments.length], [1, 2]);
  assert.deepEqual(scene.fake.violations, []);
});

test('of one account there is one pending review, which nobody else sees', async () => {
  await using scene = await createReviewScene();
  const post = (review: object) => scene.ask('POST', `${at}/pulls/1/reviews`, review);
  const inline = { path: 'a.txt', line: 10, side: 'RIGHT', body: 'wait' };
  const pending = await post({ comments: [inline] });
  assert.equal(pick(pending.body, 'state'), 'PENDING');
  const second = await post({ event: 'COMMENT', body: 'x' });
  assert.deepEqual(pick(second.body, 'errors'), ['User can only have one pending review per pull request']);
  const single = await put(scene, { line: 10 });
  assert.match(String(pick(single.body, 'errors', 0, 'message')), /one pending review/);
  assert.deepEqual((await scene.ask('GET', `${at}/pulls/1/comments`)).body, []);
  assert.deepEqual(
    (await scene.askWith(scene.fake.createUserToken('ann'))('GET', `${at}/pulls/1/reviews`)).body,
    [],
  );
  assert.deepEqual((await scene.fake.snapshot(scene.repository, 1)).reviewComments, []);
  const path = `${at}/pulls/1/reviews/${String(pick(pending.body, 'id'))}`;
  assert.equal((await scene.ask('POST', `${path}/events`, { event: 'COMMENT' })).status, 200);
  assert.equal((await scene.fake.snapshot(scene.repository, 1)).reviewComments.length, 1);
  assert.equal((await scene.ask('DELETE', path)).status, 422);
});

test('a review that was nothing but comments goes with the last of them', async () => {
  await using scene = await createReviewScene();
  const ids = [
    pick((await put(scene, { line: 10 })).body, 'id'),
    pick((await put(scene, { line: 29 })).body, 'id'),
  ];
  assert.equal((await scene.ask('DELETE', `${at}/pulls/comments/${String(ids[0])}`)).status, 204);
  const { reviews, reviewComments } = await scene.fake.snapshot(scene.repository, 1);
  assert.deepEqual([reviews.length, reviewComments.map(({ id }) => id)], [1, [ids[1]]]);
});
