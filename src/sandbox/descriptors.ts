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
    // This is the descriptor with which the list was read.
    return false;
  }
}

let covered: { descriptors: readonly number[]; nothing: number } | null = null;

/**
 * The open descriptors that we inherited besides the standard ones, and one of `/dev/null` that programs get in their
 * place. Without it they would inherit the originals, because Node closes only those below 16. Ours must stay open,
 * because one may be an output file (`/dev/fd/63`).
 */
export function coverInherited(): { descriptors: readonly number[]; nothing: number } {
  if (covered) return covered;
  const all = process.platform === 'linux' ? readdirSync('/proc/self/fd').map(Number) : [];
  const descriptors = all.filter((descriptor) => descriptor > STANDARD && isInherited(descriptor));
  covered = { descriptors, nothing: descriptors.length > 0 ? openSync(devNull, 'r+') : -1 };
  return covered;
}
