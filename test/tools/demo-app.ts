/**
 * `npm run demo:app [-- --keep]`: a fake GitHub, the App, and the example pull request; prints what was written to it.
 * `--keep` leaves both running, so that more can be tried.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAppProcess, until } from '../support/app-process.ts';
import { createFakeGitHub, type Snapshot } from '../support/fake-github/index.ts';
import { readTree } from '../support/go-repository.ts';

const DEMO = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
}

function print({ checks, comments, reviewComments }: Snapshot): void {
  for (const check of checks) {
    console.log(`\n== Check run ${check.name}: ${check.conclusion}, ${check.title}`);
    console.log(`   ${check.annotations} annotations; buttons: ${check.actions.join(', ')}`);
    console.log(indent(check.summary ?? ''));
  }
  for (const comment of reviewComments) {
    console.log(
      `\n== Comment on ${comment.path}:${comment.line ?? '(file)'} (${comment.side}) by ${comment.by}`,
    );
    console.log(indent(comment.body));
  }
  for (const comment of comments) {
    console.log(`\n== Comment of the conversation by ${comment.by}`);
    console.log(indent(comment.body));
  }
}

/** What is there to take away, the last first. */
const leftovers: (() => Promise<unknown>)[] = [];
const stopping = new AbortController();
const { signal } = stopping;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());

async function show(): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-demo-app-'));
  leftovers.unshift(() => rm(dir, { recursive: true, force: true }));
  const fake = await createFakeGitHub();
  leftovers.unshift(fake.close);
  signal.throwIfAborted();
  const env = { ALLOCGATE_DATA: path.join(dir, 'data'), LOG_LEVEL: 'info' };
  const app = await startAppProcess({ fake, env, signal });
  leftovers.unshift(app.stop);
  fake.webhookUrl = `${app.url}/api/github/webhooks`;
  fake.addUser('gopher');
  const repository = await fake.addRepository({
    owner: 'acme',
    name: 'demo',
    files: await readTree(`${DEMO}/base`),
  });
  fake.setPermission(repository, 'gopher', 'write');
  await fake.install('acme');
  const { number } = await fake.openPullRequest(repository, {
    author: 'gopher',
    head: { branch: 'change', contents: { files: await readTree(`${DEMO}/head`) } },
    title: 'The pull request',
  });
  console.log(`Opened pull request #${number} of acme/demo; the App reviews it…`);
  const seen = await until(async () => {
    signal.throwIfAborted();
    const snapshot = await fake.snapshot(repository, number);
    return snapshot.checks.some(({ status }) => status === 'completed') && snapshot;
  }, app.output);
  print(seen);
  if (fake.violations.length > 0) console.error('Requests that GitHub would not take:', fake.violations);
  if (process.argv.includes('--keep')) {
    console.log(`\nGitHub: ${fake.url}/repos/acme/demo/pulls/${number}\nApp: ${app.url}\nCtrl-C ends both.`);
    if (!signal.aborted) await once(signal, 'abort');
  }
}

try {
  await show();
} catch (error) {
  if (!signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  for (const remove of leftovers) await remove();
}
