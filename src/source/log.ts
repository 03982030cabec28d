import { isObjectId, runGit } from './command.ts';
import type { Repository } from './repository.ts';

/** A commit of a branch. `time`: when it was committed, ISO 8601. `position`: how many commits of the branch are before it. */
export type LoggedCommit = { sha: string; subject: string; time: string; position: number };

/**
 * The last `most` commits of the branch that ends in `head` (full ID), newest first. Only first parents count, so a merged
 * branch is one commit. A shallow clone has fewer.
 */
export async function readLog(repository: Repository, head: string, most: number): Promise<LoggedCommit[]> {
  const format = '--format=%H%n%cI%n%s';
  const args = [
    'log',
    '-z',
    '--no-show-signature',
    '--first-parent',
    `--max-count=${most}`,
    '--encoding=UTF-8',
  ];
  const { stdout } = await runGit(repository.ours, [...args, format, head, '--']);
  const counted = await runGit(repository.ours, ['rev-list', '--first-parent', '--count', head, '--']);
  const total = Number(counted.stdout.trim());
  const records = stdout.split('\0').filter((record) => record !== '');
  return records.flatMap((record, index) => {
    const [sha = '', time = '', subject = ''] = record.split('\n');
    return isObjectId(sha) ? [{ sha, time, subject, position: total - 1 - index }] : [];
  });
}
