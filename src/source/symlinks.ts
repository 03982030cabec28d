/** The maximum number of links that Linux follows in one path. */
const MAX_HOPS = 40;

/** The maximum number of steps. Longer paths do not occur, and a planted one must not cost time. */
const MAX_STEPS = 4096;

/**
 * The place in its tree to which the symbolic link at `path` leads, also through other links of the tree (`links`: path →
 * target); '' is the tree itself. Null if it leads outside: a path that leaves the tree and returns, an absolute one and
 * a cycle count as outside.
 */
export function resolveLink(path: string, links: ReadonlyMap<string, string>): string | null {
  const place: string[] = [];
  const ahead = path.split('/').toReversed();
  let hops = 0;
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const part = ahead.pop();
    if (part === undefined) return place.join('/');
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (place.pop() === undefined) return null;
      continue;
    }
    place.push(part);
    const target = links.get(place.join('/'));
    if (target === undefined) continue;
    hops += 1;
    if (hops > MAX_HOPS || target.startsWith('/')) return null;
    place.pop();
    ahead.push(...target.split('/').toReversed());
  }
  return null;
}
