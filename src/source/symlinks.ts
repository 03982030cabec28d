/** As many links as Linux follows in one path. */
const maxHops = 40;

/** Longer ways than this do not occur, and a planted one must not keep us busy. */
const maxSteps = 4096;

/**
 * Whether the symbolic link at `path` leads to a place inside its tree, also by way of the tree's other links (`links`:
 * path → target). A way that leaves the tree and comes back, an absolute one and a circle count as outside.
 */
export function staysInside(path: string, links: ReadonlyMap<string, string>): boolean {
  const place: string[] = [];
  const ahead = path.split('/').toReversed();
  let hops = 0;
  for (let steps = 0; steps < maxSteps; steps += 1) {
    const part = ahead.pop();
    if (part === undefined) return true;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (place.pop() === undefined) return false;
      continue;
    }
    place.push(part);
    const target = links.get(place.join('/'));
    if (target === undefined) continue;
    hops += 1;
    if (hops > maxHops || target.startsWith('/')) return false;
    place.pop();
    ahead.push(...target.split('/').toReversed());
  }
  return false;
}
