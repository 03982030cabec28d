import { test } from 'node:test';
import { backends } from '../support/app-scenario.ts';
import { runChaos } from '../support/chaos.ts';

/** A short one, with the same choices each time; chaos.long.test.ts chooses anew. */
for (const backend of backends) {
  test(`chaos with ${backend}`, (t) => runChaos(t, { backend, seed: 2026, pulls: 5 }));
}
