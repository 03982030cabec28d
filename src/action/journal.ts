import type { Journal } from '../github/types.ts';

/** No other process works on the same workflow run, so its writes need no coordination. */
export const journal: Journal = { begin: async () => true, finish: async () => {} };
