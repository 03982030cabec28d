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
    // The one that the list was read with.
    return false;
  }
}

let covered: { descriptors: readonly number[]; nothing: number } | null = null;

/**
 * Descriptors that whoever started us left open beside the standard ones, and one of `/dev/null` to give to a program in
 * their place: else it inherits them and reads what is behind, for Node closes only those below 16. Ours must stay open:
 * a file that we are to write may be one (`/dev/fd/63`).
 */
export function coverInherited(): { descriptors: readonly number[]; nothing: number } {
  if (covered) return covered;
  const all = process.platform === 'linux' ? readdirSync('/proc/self/fd').map(Number) : [];
  const descriptors = all.filter((descriptor) => descriptor > STANDARD && isInherited(descriptor));
  covered = { descriptors, nothing: descriptors.length > 0 ? openSync(devNull, 'r+') : -1 };
  return covered;
}
