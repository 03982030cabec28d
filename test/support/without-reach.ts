import { fileURLToPath } from 'node:url';

/** A config for reviews of fixtures: other tests tell what benchmarks run of a change, which takes a third more time. */
export const WITHOUT_REACH = fileURLToPath(new URL('without-reach.yml', import.meta.url));
