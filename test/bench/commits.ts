import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { git } from './go-repository.ts';

const commitSchema = z.strictObject({
  repo: z.string(),
  /** Compared with its first parent. */
  head: z.string(),
  note: z.string(),
});
export type Commit = z.infer<typeof commitSchema>;

/** The commits of real repositories that are reviewed against their parents; `only`: a part of the repository's name. */
export async function readCommits(only = ''): Promise<Commit[]> {
  const file = path.join(import.meta.dirname, 'commits.json');
  const commits = z.array(commitSchema).parse(JSON.parse(await readFile(file, 'utf8')));
  return commits.filter(({ repo, head }) => `${repo}@${head}`.includes(only));
}

/** The full IDs of a commit and its first parent. */
export async function resolvePair(clone: string, { head }: Commit): Promise<{ base: string; head: string }> {
  return {
    base: await git(clone, 'rev-parse', '--verify', `${head}^1^{commit}`),
    head: await git(clone, 'rev-parse', '--verify', `${head}^{commit}`),
  };
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);

/** The stages of a review that took a tenth of a second or more: `compile 12.3, run 4.5`. */
export function describeStages(stages: Readonly<Record<string, number>>): string {
  return Object.entries(stages)
    .filter(([, spent]) => spent >= 100)
    .map(([stage, spent]) => `${stage} ${seconds(spent)}`)
    .join(', ');
}
