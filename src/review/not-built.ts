import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import type { SourceGraph } from '../go/source-graph.ts';
import { readGoFile } from '../syntax/go-file.ts';

/** The constraint of programs that are only run by `go run`, by convention (`go help buildconstraint`). */
const NEVER_BUILT = '//go:build ignore';

/**
 * The changed Go files in folders of listed packages that are in none of their builds, because build constraints or
 * their names exclude them. `read`: the text of a file of head, null if it cannot be read.
 */
export function listNotBuilt(
  { packages, nodes }: SourceGraph,
  diff: TreeDiff,
  read: (file: string) => string | null,
): string[] {
  const dirs = new Set([...packages.values()].map(({ dir }) => dir));
  const built = new Set([...nodes.values()].flatMap(({ files }) => files ?? []));
  const isIgnored = (file: string): boolean => /^[._]/u.test(path.posix.basename(file));
  return diff
    .flatMap(({ headPath }) => headPath ?? [])
    .filter((file) => file.endsWith('.go') && dirs.has(path.posix.dirname(file)) && !isIgnored(file))
    .filter((file) => !built.has(file))
    .filter((file) => readGoFile(file, read(file) ?? '')?.constraint !== NEVER_BUILT)
    .sort();
}
