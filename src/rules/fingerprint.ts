import { createHash } from 'node:crypto';
import type { Surroundings } from './source-files.ts';

/** What a fingerprint is computed from. `slug` is the rule's name, `around` the source around the line. */
export type FingerprintFacts = {
  slug: string;
  file: string;
  line: number;
  function: string;
  around: Surroundings;
};

/**
 * Identifies a finding across re-runs and pushes by its rule, file, function, the line's text without indentation, and
 * the number of equal lines before it in the function. Line numbers do not count, so code above can change.
 * @returns 16 hex digits
 */
export function fingerprint({ slug, file, line, function: name, around }: FingerprintFacts): string {
  const text = around.source?.lines[line - 1]?.trim();
  const before = around.source?.lines.slice((around.function?.firstLine ?? 1) - 1, line - 1) ?? [];
  const ordinal = before.filter((other) => other.trim() === text).length;
  const place = text === undefined ? [`line ${line}`] : [text, String(ordinal)];
  const hash = createHash('sha256').update([slug, file, name, ...place].join('\0'));
  return hash.digest('hex').slice(0, 16);
}
