import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder of data that is kept between reviews: `$XDG_CACHE_HOME/allocgate`, by default `~/.cache/allocgate`. For
 * root it is `/var/cache/allocgate`: programs in a sandbox run as another user, which cannot read root's home.
 */
export function stateDir(): string {
  const base = process.env['XDG_CACHE_HOME'];
  if (base?.startsWith('/')) return path.join(base, 'allocgate');
  return process.getuid?.() === 0 ? '/var/cache/allocgate' : path.join(homedir(), '.cache', 'allocgate');
}
