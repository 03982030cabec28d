import type { Sandbox } from '../sandbox/types.ts';
import type { Enclosure, StopSwitch } from './types.ts';

/** The same, with programs that end when somebody stops the review. */
export function endingWith(enclosure: Enclosure, stop: StopSwitch | undefined): Enclosure {
  if (!stop) return enclosure;
  const { sandbox } = enclosure;
  const run: Sandbox['run'] = (command) => sandbox.run({ ...command, until: stop.signal });
  return { ...enclosure, sandbox: { ...sandbox, run } };
}
