import path from 'node:path';
import { toFailure } from '../errors.ts';
import { createTokenClient, type TokenClientOptions } from '../github/client.ts';
import { actionLogs, describeWrongJob } from '../report/words/action.ts';
import { describeFailure } from '../report/words/failures.ts';
import { loadRules } from '../review/rule-files.ts';
import { answerComment } from './commands.ts';
import { readEvent } from './event.ts';
import { gate } from './gate.ts';
import { locate } from './locate.ts';
import { measure } from './measure.ts';
import { createRunner, type Environment, type Runner } from './runner.ts';
import type { Job } from './types.ts';

/** The steps of action.yml that run this file, by its argument. Each resolves to whether the step passes. */
const steps: Readonly<Record<string, (job: Job) => Promise<boolean>>> = {
  measure: (job) => measure(job).then(() => true),
  locate: (job) => locate(job).then(() => true),
  gate: async (job) => {
    if (job.event.kind !== 'comment') return gate(job);
    await answerComment(job, job.event);
    return true;
  },
};

const trimSlash = (url: string): string => url.replace(/\/+$/u, '');

/**
 * How fast a job writes to GitHub. `settleMs`: the delay before it checks what it wrote; default 1000, then growing.
 * `pollMs`: the delay between two looks at a workflow run.
 */
type WritePace = TokenClientOptions & { settleMs?: number; pollMs?: number };

async function openJob(
  environment: Environment,
  runner: Runner,
  signal: AbortSignal,
  { settleMs, pollMs = 10_000, ...pace }: WritePace,
): Promise<Job> {
  // Programs that this process starts, such as git, inherit the environment and must not get the token.
  const token = environment['GITHUB_TOKEN']?.trim() || null;
  delete process.env['GITHUB_TOKEN'];
  const api = trimSlash(environment['GITHUB_API_URL'] || 'https://api.github.com');
  return {
    ...readEvent(environment),
    github: createTokenClient(token, api, pace),
    token,
    serverUrl: trimSlash(environment['GITHUB_SERVER_URL'] || 'https://github.com'),
    environment,
    runner,
    rules: (await loadRules()).rules,
    dir: path.join(environment['RUNNER_TEMP'] || '.', 'allocgate'),
    signal,
    settle: settleMs === undefined ? {} : { settleMs },
    pollMs,
  };
}

/** `print` writes text to the log; `signal` cancels the step. */
export type StepOptions = { print: (text: string) => void; signal: AbortSignal; pace?: WritePace };

/** Runs one step and logs its outcome. Resolves to the step's exit status; never rejects. */
export async function runStep(
  name: string,
  environment: Environment,
  { print, signal, pace = {} }: StepOptions,
): Promise<number> {
  const runner = createRunner(environment, print);
  try {
    if (environment['GITHUB_EVENT_NAME'] === 'pull_request_target') {
      runner.log(actionLogs.refusedTarget);
      return 1;
    }
    const step = steps[name];
    if (step === undefined) {
      runner.log(describeWrongJob(name));
      return 1;
    }
    return (await step(await openJob(environment, runner, signal, pace))) ? 0 : 1;
  } catch (error) {
    const { message, hint, lines } = describeFailure(toFailure(error).reason);
    runner.log([`allocgate: ${message}`, ...lines.map((line) => `  ${line}`), hint].join('\n').trimEnd());
    return 1;
  }
}
