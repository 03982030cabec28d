import { homedir } from 'node:os';
import path from 'node:path';

/**
 * What lasts between reviews: `$XDG_CACHE_HOME/allocgate`, by default `~/.cache/allocgate`. For root, whose home
 * nobody else may enter, `/var/cache/allocgate`: programs in a sandbox run as another user.
 */
export function stateDir(): string {
  const base = process.env['XDG_CACHE_HOME'];
  if (base?.startsWith('/')) return path.join(base, 'allocgate');
  return process.getuid?.() === 0 ? '/var/cache/allocgate' : path.join(homedir(), '.cache', 'allocgate');
}
