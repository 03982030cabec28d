import type { Sandbox } from '../sandbox/types.ts';
import type { Enclosure, StopSwitch } from './types.ts';

/** The same enclosure, but its programs also end when the review is stopped. */
export function endingWith(enclosure: Enclosure, stop: StopSwitch | undefined): Enclosure {
  if (!stop) return enclosure;
  const { sandbox } = enclosure;
  const run: Sandbox['run'] = (command) => {
    const until = command.until ? AbortSignal.any([command.until, stop.signal]) : stop.signal;
    return sandbox.run({ ...command, until });
  };
  return { ...enclosure, sandbox: { ...sandbox, run } };
}
