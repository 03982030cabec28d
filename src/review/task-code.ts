import type { SourceGraph } from '../go/source-graph.ts';
import { withoutVariant } from '../go/listing.ts';
import type { ChangedCode, TaskCode } from './changed-types.ts';
import type { Graphs, PlannedPackage } from './plan-types.ts';

/** The names of all nodes of the graph from which the nodes `starts` are built, including themselves. */
export function findLinked(graph: SourceGraph | null, starts: readonly string[]): Set<string> {
  const found = new Set(starts.filter((one) => graph?.nodes.has(one)));
  for (const name of found) {
    for (const next of graph?.nodes.get(name)?.imports ?? []) if (graph?.nodes.has(next)) found.add(next);
  }
  return found;
}

/**
 * Selects the changes that are linked into the test binary of a planned package, so that its benchmarks may run them.
 */
export function chooseTaskCode(
  { base, head, reads }: PlannedPackage,
  graphs: Graphs,
  changed: ChangedCode,
): TaskCode {
  const linked = [
    ...findLinked(graphs.base, [`${base?.importPath}.test`]),
    ...findLinked(graphs.head, [`${head?.importPath}.test`]),
  ];
  const packages = new Set(linked.map((name) => withoutVariant(name)));
  const functions = changed.functions.filter((one) => packages.has(one.package));
  const isAlike = (name: string): boolean =>
    graphs.base?.nodes.get(name)?.own === graphs.head.nodes.get(name)?.own;
  // The node of the test's main package also covers the linker's settings.
  const isLinkedAlike = isAlike(`${head?.importPath}.test`);
  const isOutside = changed.outside.some((one) => packages.has(one.package));
  return { functions, isDecidable: functions.length > 0 && isLinkedAlike && !isOutside && !reads };
}
