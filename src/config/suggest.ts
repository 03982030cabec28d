import leven from 'leven';

/** The longest word that is compared. A longer one is no typing error, and comparing it takes long. */
const MAX_LENGTH = 200;

/** The number of letters that may differ: one in a short word, two in others, a third of a long one. */
const allowedDistance = (word: string): number => (word.length < 4 ? 1 : Math.max(2, word.length / 3));

/** The candidate that a misspelt word probably means; null: none is similar. */
export function suggest(word: string, candidates: readonly string[]): string | null {
  if (word.length > MAX_LENGTH) return null;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: leven(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= allowedDistance(word) ? best.candidate : null;
}
