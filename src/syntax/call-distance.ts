import type { GoFile } from './go-file.ts';

/**
 * The number of calls, by names, from each declared function, method, variable and type to the nearest one of `targets`,
 * whose own distance is 0. It compares bare names and ignores scopes and types, so a distance can be too small, and a
 * name that mentions none of the targets, directly or indirectly, has none. Enough to decide what to try first.
 */
export function measureDistances(
  files: readonly GoFile[],
  targets: Iterable<string>,
): ReadonlyMap<string, number> {
  const users = new Map<string, Set<string>>();
  for (const { names, text } of files.flatMap((file) => file.declarations)) {
    for (const word of new Set(text.split(' '))) {
      const known = users.get(word) ?? new Set();
      for (const name of names) known.add(name);
      users.set(word, known);
    }
  }
  const distances = new Map([...targets].map((name) => [name, 0]));
  // A map also visits what is added meanwhile, so the nearest come first.
  for (const [name, distance] of distances) {
    for (const user of users.get(name) ?? []) {
      if (!distances.has(user)) distances.set(user, distance + 1);
    }
  }
  return distances;
}
