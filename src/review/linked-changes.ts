import type { FileChange, Side, TreeDiff } from '../compare/types.ts';

/** The places to which the symbolic links of a tree lead, by the path of the link. */
export type LinkedPlaces = ReadonlyMap<string, string>;

/** A path, and the folders that contain it. */
export function listPrefixes(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/**
 * The changes under the paths by which links lead to them. git names a change only by the real path, but the go command
 * compiles a linked file under the path of its link, and tests read linked data. Links that the change itself adds,
 * removes or leads elsewhere are in the diff already, so only those count that are the same on both sides.
 */
export function listLinkedChanges(diff: TreeDiff, { base, head }: Record<Side, LinkedPlaces>): TreeDiff {
  const linksTo = new Map<string, string[]>();
  for (const [link, place] of head) {
    const isInside = `${link}/`.startsWith(`${place}/`);
    if (place === '' || isInside || base.get(link) !== place) continue;
    linksTo.set(place, [...(linksTo.get(place) ?? []), link]);
  }
  if (linksTo.size === 0) return [];
  const follow = (file: string | null, place: string, link: string): string | null =>
    file !== null && `${file}/`.startsWith(`${place}/`) ? link + file.slice(place.length) : null;
  return diff.flatMap((change): FileChange[] => {
    const paths = [change.basePath, change.headPath].filter((file) => file !== null);
    const places = new Set(paths.flatMap(listPrefixes).filter((one) => linksTo.has(one)));
    return [...places].flatMap((place) =>
      (linksTo.get(place) ?? []).map((link): FileChange => {
        const basePath = follow(change.basePath, place, link);
        const headPath = follow(change.headPath, place, link);
        const isWhole =
          (basePath === null) === (change.basePath === null) &&
          (headPath === null) === (change.headPath === null);
        return { ...change, basePath, headPath, hunks: isWhole ? change.hunks : [] };
      }),
    );
  });
}
