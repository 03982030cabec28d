import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runStep } from '../../src/action/step.ts';
import { writeHandover, type Handover } from '../../src/action/handover.ts';
import type { FakeGitHub, PullRequest, Repository } from '../support/fake-github/index.ts';
import { makeAsk, pick, signJwt } from '../fake-github/scene.ts';

const MAIN = fileURLToPath(new URL('../../src/action/main.ts', import.meta.url));

/** What one step of a workflow left. `outputs`: what it wrote to GITHUB_OUTPUT. */
export type Step = { status: number | null; log: string; summary: string; outputs: Record<string, string> };

/** What a step runs for. */
export type StepOptions = {
  event: string;
  payload: object;
  /** Permissions of the job's token. */
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  /** Runs in a separate process. */
  apart?: boolean;
};

/** A runner of GitHub Actions as far as a step sees it: variables, files, and a token with the job's permissions. */
export type SimulatedRunner = AsyncDisposable & {
  /** RUNNER_TEMP/allocgate, where the artifact lies. */
  dir: string;
  /** What a step that downloads the artifact would leave there. */
  handOver: (handover: Handover) => Promise<void>;
  run: (step: 'measure' | 'locate' | 'gate', options: StepOptions) => Promise<Step>;
};

/** The permissions that the README's workflow gives to the job that gates, as the API calls them. */
export const gatePermissions = {
  contents: 'read',
  metadata: 'read',
  actions: 'write',
  checks: 'write',
  pull_requests: 'write',
  issues: 'write',
};

/** What an installation has to have, so that a job's token can be made from it. */
export async function installActions(fake: FakeGitHub, account: string): Promise<number> {
  const { id } = await fake.install(account, { permissions: gatePermissions });
  return id;
}

async function createJobToken(
  fake: FakeGitHub,
  installationId: number,
  permissions: Record<string, string>,
): Promise<string> {
  const ask = makeAsk(fake, signJwt(fake));
  const made = await ask('POST', `/app/installations/${installationId}/access_tokens`, { permissions });
  return String(pick(made.body, 'token'));
}

/** Runs a step in this process; the pauses between writes that GitHub asks for are for GitHub. */
async function collect(
  step: string,
  env: Record<string, string>,
): Promise<{ status: number | null; log: string }> {
  let log = '';
  const print = (text: string): void => void (log += text);
  const pace = { writeSpacingMs: 0, settleMs: 0, pollMs: 0 };
  const { signal } = new AbortController();
  return { status: await runStep(step, env, { print, signal, pace }), log };
}

/** Runs a step in a separate process, as action.yml does. */
async function collectProcess(
  step: string,
  env: Record<string, string>,
): Promise<{ status: number | null; log: string }> {
  const child = spawn(process.execPath, [MAIN, step], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, log };
}

function readOutputs(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** A runner for jobs of a repository's workflow `allocgate.yml`. */
export async function createRunner(
  fake: FakeGitHub,
  repository: Repository,
  installationId: number,
): Promise<SimulatedRunner> {
  const temp = await mkdtemp(path.join(tmpdir(), 'allocgate-runner-'));
  const dir = path.join(temp, 'allocgate');
  const [event, output, summary] = ['event.json', 'output', 'summary'].map((name) => path.join(temp, name));
  return {
    dir,
    handOver: (handover) => writeHandover(dir, handover),
    run: async (step, { event: name, payload, permissions = gatePermissions, env = {}, apart = false }) => {
      await mkdir(dir, { recursive: true });
      await writeFile(event ?? '', JSON.stringify({ repository: describe(repository), ...payload }));
      for (const file of [output, summary]) await writeFile(file ?? '', '');
      const done = await (apart ? collectProcess : collect)(step, {
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: name,
        GITHUB_EVENT_PATH: event ?? '',
        GITHUB_OUTPUT: output ?? '',
        GITHUB_STEP_SUMMARY: summary ?? '',
        GITHUB_SERVER_URL: fake.url,
        GITHUB_API_URL: fake.url,
        GITHUB_RUN_ID: '42',
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_WORKFLOW_REF: `${repository.fullName}/.github/workflows/allocgate.yml@refs/heads/main`,
        GITHUB_TOKEN: await createJobToken(fake, installationId, permissions),
        RUNNER_TEMP: temp,
        ...env,
      });
      return {
        ...done,
        summary: await readFile(summary ?? '', 'utf8'),
        outputs: readOutputs(await readFile(output ?? '', 'utf8')),
      };
    },
    [Symbol.asyncDispose]: () => rm(temp, { recursive: true, force: true }),
  };
}

/** The repository as every payload names it. */
const describe = ({ id, name, owner, defaultBranch }: Repository): object => ({
  id,
  name,
  owner: { login: owner.login },
  default_branch: defaultBranch,
});

/** The payload of `pull_request`. */
export const pullRequestPayload = (pull: PullRequest): object => ({
  pull_request: {
    number: pull.number,
    draft: pull.draft,
    base: { ref: pull.baseRef, sha: pull.baseSha, repo: { id: pull.repository.id } },
    head: { sha: pull.headSha, repo: pull.headRepository && { id: pull.headRepository.id } },
  },
});

/** The payload of `issue_comment`. */
export const commentPayload = (comment: {
  id: number;
  number: number;
  body: string;
  createdAt: Date;
  user: { login: string; type: string };
}): object => ({
  issue: { number: comment.number, pull_request: {} },
  comment: {
    id: comment.id,
    body: comment.body,
    created_at: comment.createdAt.toISOString(),
    user: { login: comment.user.login, type: comment.user.type },
  },
});

/** The payload of `workflow_run` for the end of a fork's run. */
export const workflowRunPayload = (pull: PullRequest, runId: number): object => ({
  workflow_run: {
    id: runId,
    event: 'pull_request',
    head_sha: pull.headSha,
    head_branch: pull.headRef,
    head_repository: pull.headRepository && {
      id: pull.headRepository.id,
      owner: { login: pull.headRepository.owner.login },
    },
  },
});
