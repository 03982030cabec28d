import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { createFakeGitHub, type FakeGitHub, type Repository } from '../support/fake-github/index.ts';
import { createOpenFolder } from '../support/sandboxes.ts';
import { addStandardLibrary } from '../support/standard-library.ts';
import { answerViewer } from './scene.ts';
import { createModule, worse } from '../cli/support.ts';
import {
  createRunner,
  installActions,
  pullRequestPayload,
  type SimulatedRunner,
} from './simulated-runner.ts';

// The measuring job with real git, Go and sandbox, and a token that may only read; then the job that gates.

let fake: FakeGitHub;
let repository: Repository;
let runner: SimulatedRunner;
let state: Awaited<ReturnType<typeof createOpenFolder>>;

before(async () => {
  state = await createOpenFolder();
  await addStandardLibrary(state.dir);
  fake = await createFakeGitHub();
  fake.addUser('ann');
  repository = await fake.addRepository({ owner: 'ann', name: 'shop', files: createModule(), private: true });
  answerViewer(fake);
  runner = await createRunner(fake, repository, await installActions(fake, 'ann'));
});
after(async () => {
  await runner[Symbol.asyncDispose]();
  await fake.close();
  await state.remove();
  assert.deepEqual(fake.violations, []);
});

const measure = (event: string, payload: object) =>
  runner.run('measure', {
    event,
    payload,
    permissions: { contents: 'read', metadata: 'read' },
    env: { XDG_CACHE_HOME: state.dir },
    apart: true,
  });

/** A benchmark whose output the runner of GitHub Actions would take for commands. */
const attack = `package m

import (
	"fmt"
	"testing"
)

func BenchmarkLoud(b *testing.B) {
	fmt.Println("::error file=key.go::forged")
	fmt.Println("::set-output name=verdict::pass")
	for b.Loop() {
		sink = Key(nil, 1)
	}
}
`;

test('measures a pull request with a token that may only read, and the job that gates fails', async () => {
  const change = { 'key.go': createModule(worse)['key.go'] ?? '', 'loud_test.go': attack };
  const pull = await fake.openPullRequest(repository, {
    author: 'ann',
    head: { branch: 'worse', contents: { change } },
  });
  const measured = await measure('pull_request', pullRequestPayload(pull));
  assert.equal(measured.status, 0, measured.log);
  assert.match(measured.log, /^Measured: 2 benchmarks, 1 finding\. The gate job decides\.$/mu);
  const lines = measured.log.split('\n');
  assert.match(lines[0] ?? '', /^::stop-commands::[0-9a-f-]{36}$/u);
  assert.doesNotMatch(lines.slice(1).join('\n'), /^\s*::|##\[|forged/mu);
  const written = fake.requests.filter(({ method, route }) => route !== null && method !== 'GET');
  assert.deepEqual(
    written.map(({ route }) => route).filter((route) => !route?.includes('access_tokens')),
    [],
  );

  const gated = await runner.run('gate', {
    event: 'pull_request',
    payload: pullRequestPayload(pull),
    permissions: { contents: 'read', metadata: 'read', pull_requests: 'read' },
  });
  assert.equal(gated.status, 1, gated.log);
  assert.equal(gated.outputs['verdict'], 'fail');
  assert.match(gated.summary, /`key\.go:7`/u);
});

test('a push to the default branch compiles for later reviews, and other events measure nothing', async () => {
  const sha = await fake.pushDefaultBranch(repository, { change: { 'notes.txt': 'x' } });
  const pushed = await measure('push', { ref: 'refs/heads/main', after: sha });
  assert.equal(pushed.status, 0, pushed.log);
  assert.match(pushed.log, /^Compiled the default branch for later reviews\.$/mu);
  assert.ok((await readdir(path.join(state.dir, 'allocgate'))).length > 0);
  const branch = await measure('push', { ref: 'refs/heads/other', after: sha });
  assert.match(branch.log, /^Only pushes to the default branch/mu);
  const other = await measure('schedule', {});
  assert.deepEqual([other.status, /Nothing is measured/u.test(other.log)], [0, true]);
});

test('a draft waits, as the configuration of the base wants it', async () => {
  const pull = await fake.openPullRequest(repository, {
    author: 'ann',
    head: { branch: 'draft', contents: { change: { 'a.txt': 'x' } } },
    draft: true,
  });
  const draft = await measure('pull_request', pullRequestPayload(pull));
  assert.match(draft.log, /^Not measured: this pull request is a draft$/mu);
});
