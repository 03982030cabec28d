import type { FetchProblem } from '../errors.ts';

/** More specific messages come first. git runs with LC_ALL=C. */
const words: readonly [RegExp, FetchProblem | 'disk-full'][] = [
  [/No space left on device|Disk quota exceeded/u, 'disk-full'],
  [/Unable to create '.*\.lock'|cannot lock ref|unable to lock|Another git process/u, 'busy'],
  [/fsck error|error in (?:packed )?object|: (?:error|warning) in (?:tree|commit|blob|tag) /u, 'malformed'],
  [/Authentication failed|could not read (?:Username|Password)|returned error: 40[13]/u, 'refused'],
  [/repository '.*' not found|returned error: (?:404|410)/u, 'not-found'],
  [/returned error: 30\d|redirection/u, 'moved'],
  [/not our ref|couldn't find remote ref|unadvertised object/u, 'missing-commit'],
  [/unable to access|early EOF|RPC failed|hung up|unexpected disconnect|Could not resolve/iu, 'network'],
];

/** Finds the reason for a failed fetch in git's error output. */
export function judgeFetch(stderr: string): FetchProblem | 'disk-full' {
  return words.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'unknown';
}
