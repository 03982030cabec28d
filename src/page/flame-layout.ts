import { type HierarchyRectangularNode, partition, stratify } from 'd3-hierarchy';
import type { PageNode } from '../report/html/assets.ts';

/** What the width of a box shows. `difference`: the size of the change, whether more or less. */
export type FlameView = 'base' | 'head' | 'difference';

/** What the boxes count, per op. */
export type Unit = 'objects' | 'bytes';

/** One box of a flame graph: `x0` and `x1` are fractions of the full width, `depth` is its row from 0. */
export type Box = HierarchyRectangularNode<Entry>;
type Entry = { id: number; node: PageNode | null; base: number; head: number };

const ROOT = -1;

/** The allocations of a node without those of the nodes below it. */
function ownValues(nodes: readonly PageNode[], unit: Unit): { base: number; head: number }[] {
  const own = nodes.map((node) => ({ base: node[unit][0], head: node[unit][1] }));
  for (const node of nodes) {
    const above = node.parent === null ? undefined : own[node.parent];
    if (!above) continue;
    above.base -= node[unit][0];
    above.head -= node[unit][1];
  }
  return own;
}

/** Drops what is only a rounding error: the values in the report have two decimals. */
const withoutNoise = (value: number): number => (value < 0.005 ? 0 : value);

/** Computes the boxes of a benchmark's tree below a common root; null: the view has nothing to show. */
export function layOut(nodes: readonly PageNode[], view: FlameView, unit: Unit): Box | null {
  const own = ownValues(nodes, unit);
  const total = { base: 0, head: 0 };
  for (const node of nodes) {
    if (node.parent !== null) continue;
    total.base += node[unit][0];
    total.head += node[unit][1];
  }
  const entries: Entry[] = [
    { id: ROOT, node: null, ...total },
    ...nodes.map((node, id) => ({ id, node, base: node[unit][0], head: node[unit][1] })),
  ];
  const weigh = ({ id }: Entry): number => {
    const { base = 0, head = 0 } = own[id] ?? {};
    return withoutNoise(view === 'base' ? base : view === 'head' ? head : Math.abs(head - base));
  };
  const tree = stratify<Entry>()
    .id(({ id }) => String(id))
    .parentId(({ id, node }) => (id === ROOT ? null : String(node?.parent ?? ROOT)))(entries)
    .sum(weigh);
  return (tree.value ?? 0) > 0 ? partition<Entry>()(tree) : null;
}
