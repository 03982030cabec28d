import { allKills, isForItsStep, testKills } from '../support/crash-kills.ts';
import { testHandingBack, testThreeCrashes } from '../support/crash-loops.ts';

/** What crash-matrix.test.ts leaves out: each step with the other database. */
const others = allKills.filter((kill) => !isForItsStep(kill));

testKills(others, (backend, use) => {
  if (backend === 'pglite') testHandingBack(use, 'server');
  else testThreeCrashes(use, 'worker');
});
