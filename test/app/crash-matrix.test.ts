import { allKills, isForItsStep, testKills } from '../support/crash-kills.ts';
import { testHandingBack, testThreeCrashes, testThreeCrashesOfOldHead } from '../support/crash-loops.ts';

/** Every step once, with one of the databases; crash-matrix.long.test.ts has the others. */
testKills(allKills.filter(isForItsStep), (backend, use) => {
  if (backend === 'pglite') testThreeCrashes(use, 'server');
  else {
    testThreeCrashesOfOldHead(use, 'worker');
    testHandingBack(use, 'worker');
  }
});
