import { readFileSync } from 'node:fs';

/** Ticks in a second, of `/proc/PID/stat`: 100 for every program, whatever the kernel's own are (proc(5), sysconf(3)). */
const TICKS = 100;

/** The fields of `/proc/self/stat` after the program's name, which can contain spaces and brackets. */
function readTimes(): number[] {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map((ticks) => Number(ticks) / TICKS);
}

/** Seconds of processor time of this process, and of all processes below it that have ended and were waited for. */
export function countSeconds(): { own: number; children: number } {
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = readTimes();
  return { own: user + system, children: childrenUser + childrenSystem };
}
