import type { BenchEnd } from './bench-end.ts';

/** The announced name for a printed one. A name can itself end in `-8`, so the suffix alone does not identify it. */
export function findAnnounced(
  { current, seen }: Pick<BenchEnd, 'current' | 'seen'>,
  procs: number,
  printed: string,
): string | null {
  if (current !== null && suffixOf(current, printed) !== null) return current;
  const usual = procs === 1 ? printed : printed.replace(new RegExp(`-${procs}$`, 'u'), '');
  if (seen.has(usual) && (procs === 1 || usual !== printed)) return usual;
  const other = printed.replace(/-\d+$/u, '');
  return other !== printed && seen.has(other) ? other : null;
}

/** `''` or `-N`, when `printed` is `name` with a GOMAXPROCS suffix; else null. */
export function suffixOf(name: string, printed: string): string | null {
  if (!printed.startsWith(name)) return null;
  const suffix = printed.slice(name.length);
  return suffix === '' || /^-\d+$/u.test(suffix) ? suffix : null;
}

/** GOMAXPROCS of a row: the suffix behind its name, 1 without one. */
export function procsOf(name: string, printed: string): number {
  return printed === name ? 1 : Number(printed.slice(name.length + 1));
}
