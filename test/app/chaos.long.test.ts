import { test } from 'node:test';
import { backends } from '../support/app-scenario.ts';
import { runChaos } from '../support/chaos.ts';

/** CHAOS_SEED: the same choices again, though not the same moments. CHAOS_PULLS: how many pull requests. */
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Date.now() / 1000));
const pulls = Number(process.env['CHAOS_PULLS'] ?? 200);

for (const backend of backends) {
  test(`chaos with ${backend}, ${pulls} pull requests, CHAOS_SEED=${seed}`, (t) =>
    runChaos(t, { backend, seed, pulls }));
}
