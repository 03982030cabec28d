import { test } from 'node:test';
import { backends } from '../support/app-scenario.ts';
import { runChaos } from '../support/chaos.ts';

/** CHAOS_SEED: the same choices again, though not the same moments. CHAOS_PULLS: how many pull requests. */
const seed = Number(process.env['CHAOS_SEED'] ?? 2026);
const pulls = Number(process.env['CHAOS_PULLS'] ?? 20);

for (const backend of backends) {
  test(`chaos with ${backend}, ${pulls} pull requests, CHAOS_SEED=${seed}`, { timeout: 3_600_000 }, (t) =>
    runChaos(t, { backend, seed, pulls }),
  );
}
