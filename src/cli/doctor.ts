import { isHealthy, renderDoctor } from '../report/terminal/doctor.ts';
import { checkEverything } from '../review/checkup.ts';
import { describeIgnoredVariables } from '../report/words/environment.ts';
import { loadEnvFile } from './env-file.ts';
import { exitCodes } from './exit-codes.ts';
import { untilInterrupted } from './interruption.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate doctor`: exit status 0 if everything works, 3 if reviews are not possible on this machine. */
export async function runDoctor(terminal: Terminal): Promise<number> {
  const ignored = loadEnvFile();
  if (ignored.length > 0) process.stderr.write(`${describeIgnoredVariables(ignored)}\n`);
  const { checkups, tier } = await untilInterrupted(checkEverything);
  // Loaded here, because its libraries take long to load and other commands do not need them.
  const { checkApp } = await import('../app/operate/checkup.ts');
  const all = [...checkups, ...(await checkApp(process.env))];
  terminal.print(renderDoctor(all, tier));
  return isHealthy(all, tier) ? exitCodes.ok : exitCodes.notMeasured;
}
