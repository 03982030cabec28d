import { isHealthy, renderDoctor } from '../report/doctor.ts';
import { checkEverything } from '../review/checkup.ts';
import { exitCodes } from './exit-codes.ts';
import { untilInterrupted } from './interruption.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate doctor`: exit status 0 everything works, 3 a review could not be made here. */
export async function runDoctor(terminal: Terminal): Promise<number> {
  const { checkups, tier } = await untilInterrupted(checkEverything);
  terminal.print(renderDoctor(checkups, tier));
  return isHealthy(checkups, tier) ? exitCodes.ok : exitCodes.notMeasured;
}
