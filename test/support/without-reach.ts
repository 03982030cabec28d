import { fileURLToPath } from 'node:url';

/** A config for reviews of fixtures without reach, which takes a third more time and has its own tests. */
export const WITHOUT_REACH = fileURLToPath(new URL('without-reach.yml', import.meta.url));
