import { openSync, readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

/** `O_CLOEXEC` in the flags of /proc/self/fdinfo, octal (proc_pid_fdinfo(5)). */
const CLOSE_ON_EXEC = 0o2000000;
const STANDARD = 2;

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)/mu.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // This is the descriptor by which the list was read. It is closed now.
    return false;
  }
}

let covered: { descriptors: readonly number[]; nothing: number } | null = null;

/**
 * Lists the open descriptors that this process inherited besides the standard ones, and opens `nothing`, a descriptor of
 * `/dev/null` that programs get in place of each of them; -1 if there are none. Otherwise programs would inherit the
 * originals, because Node closes only those below 16. The originals stay open, because one may be an output file
 * (`/dev/fd/63`).
 */
export function coverInherited(): { descriptors: readonly number[]; nothing: number } {
  if (covered) return covered;
  const all = process.platform === 'linux' ? readdirSync('/proc/self/fd').map(Number) : [];
  const descriptors = all.filter((descriptor) => descriptor > STANDARD && isInherited(descriptor));
  covered = { descriptors, nothing: descriptors.length > 0 ? openSync(devNull, 'r+') : -1 };
  return covered;
}
