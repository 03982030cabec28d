import { closeSync, readdirSync, readFileSync } from 'node:fs';

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

/**
 * Closes the descriptors that whoever started us left open beside the standard ones: programs that we start would
 * inherit them, and reviewed code read what is behind them. Node's own are not inherited. Only Linux can tell.
 */
export function closeInheritedDescriptors(): void {
  const all = process.platform === 'linux' ? readdirSync('/proc/self/fd').map(Number) : [];
  for (const descriptor of all) if (descriptor > STANDARD && isInherited(descriptor)) closeSync(descriptor);
}
