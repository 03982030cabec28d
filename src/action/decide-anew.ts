import { setTimeout as sleep } from 'node:timers/promises';
import type { PullRequestFacts } from '../github/pull-requests.ts';
import { actionLogs, describeNotDecided } from '../report/words/action.ts';
import type { Job } from './types.ts';
import { findJob, findRun, rerunJob } from './workflow-runs.ts';

/** How often to look whether the job that gates can run again. With pauses of ten seconds, that is five minutes. */
const MAX_LOOKS = 31;

/**
 * Runs the job that gates again, which reads the conversation again and uses the same measurement. If it has not
 * started yet, it will read the conversation by itself. If it runs, it may have read the conversation already, and
 * GitHub starts no job of a run that is in progress; so this waits. Resolves to a text that says why the job could not
 * run again, and what a person can do; null: it decides anew.
 */
export async function decideAnew(job: Job, facts: PullRequestFacts): Promise<string | null> {
  const run = await findRun(job, facts.head);
  if (run === null) return null;
  const name = job.environment['ALLOCGATE_GATE_JOB'] || 'gate';
  for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
    if (looks > 1) await sleep(job.pollMs, undefined, { signal: job.signal });
    const found = await findJob(job, run.id, name);
    if (found === 'missing') return describeNotDecided(run.url, name, found);
    if (found === 'waiting') {
      job.runner.log(actionLogs.gateWillRead);
      return null;
    }
    if (found === 'running') continue;
    const answer = await rerunJob(job, found.completed);
    if (answer === 'done') return null;
    if (typeof answer === 'object') return describeNotDecided(run.url, name, answer);
  }
  return describeNotDecided(run.url, name, 'in-progress');
}
