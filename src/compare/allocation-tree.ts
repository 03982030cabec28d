import type { LineMap } from './line-map.ts';
import { compareText } from './order.ts';
import type { AllocatingLine, AllocationNode, AllocationPath, AllocationSite, Delta, Side } from './types.ts';

type Weights = { objects: Record<Side, number>; bytes: Record<Side, number> };
type Tree = Weights & { function: string; line: AllocatingLine | null; children: Map<string, Tree> };
type Step = { function: string; line: AllocatingLine | null };

/**
 * The maximum number of nodes in a tree. A larger picture is unreadable, and makes reports with many benchmarks very
 * large.
 */
const MAX_NODES = 300;
/** Of all stacks that are joined: a crafted profile has millions. */
const MAX_FRAMES = 200_000;
/** Characters of a name; a crafted one would fill the report. */
const MAX_NAME = 500;
/** The weight of a change in relation to an unchanged value. Readers look for changes, even small ones. */
const CHANGE_WEIGHT = 100;

const createNode = ({ function: name, line }: Step): Tree => ({
  function: name,
  line,
  objects: { base: 0, head: 0 },
  bytes: { base: 0, head: 0 },
  children: new Map(),
});

/** The node of an allocating line. A line that both sides have is one node, even if its line number differs. */
function lineOf({ position }: AllocationSite, side: Side, map: LineMap): AllocatingLine {
  const mapped = side === 'head' ? position : map.toHead(position);
  const { file, line } = mapped ?? position;
  return { file, line, isGone: mapped === null };
}

/**
 * The steps from the benchmark to the allocator: callers, the function, its line, and the functions that the line
 * calls.
 */
function listSteps(site: AllocationSite, path: AllocationPath, line: AllocatingLine): Step[] {
  const plain = (name: string): Step => ({ function: name, line: null });
  return [
    ...path.callers.map((frame) => plain(frame.function)).toReversed(),
    plain(site.function),
    { function: site.function, line },
    ...path.callees.map(plain),
  ];
}

const keyOf = ({ function: name, line }: Step): string =>
  line === null ? name : `${name} ${line.file}:${line.line}${line.isGone ? ' gone' : ''}`;

function addPath(root: Tree, steps: readonly Step[], path: AllocationPath, side: Side): void {
  let node = root;
  for (const step of steps) {
    const key = keyOf(step);
    let child = node.children.get(key);
    if (!child) node.children.set(key, (child = createNode(step)));
    child.objects[side] += path.objects;
    child.bytes[side] += path.bytes;
    node = child;
  }
}

type Ranked = { tree: Tree; score: number; children: Ranked[] };

const most = ({ base, head }: Record<Side, number>): number => Math.max(base, head);
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Scores how important each node is to a reader: its share of objects and bytes, and above all of the changes. A node
 * scores at least as much as each of its children, so a tree that is cut by score stays connected.
 */
function rank(tree: Tree, total: Weights): Ranked {
  const children = [...tree.children.values()].map((child) => rank(child, total));
  const below = children.reduce((highest, { score }) => Math.max(highest, score), 0);
  const change = (of: 'objects' | 'bytes'): number => Math.abs(tree[of].head - tree[of].base);
  const own =
    share(most(tree.objects), most(total.objects)) +
    share(most(tree.bytes), most(total.bytes)) +
    CHANGE_WEIGHT *
      (share(change('objects'), most(total.objects)) + share(change('bytes'), most(total.bytes)));
  return { tree, score: Math.max(own, below), children };
}

function chooseNodes(roots: readonly Ranked[]): Set<Tree> {
  const all: Ranked[] = [];
  const collect = (nodes: readonly Ranked[]): void => {
    for (const node of nodes) {
      all.push(node);
      collect(node.children);
    }
  };
  collect(roots);
  // Sorting is stable, so a parent, which was collected first, is also taken first.
  return new Set(
    all
      .sort((a, b) => b.score - a.score)
      .slice(0, MAX_NODES)
      .map(({ tree }) => tree),
  );
}

/** Rounds to two decimals: profiles are averages, and further digits mean nothing. */
const round = ({ base, head }: Record<Side, number>): Record<Side, number> => ({
  base: Math.round(base * 100) / 100,
  head: Math.round(head * 100) / 100,
});

const cutName = (name: string): string =>
  name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 1)}…`.toWellFormed();

function listNodes(root: Tree, chosen: ReadonlySet<Tree>): AllocationNode[] {
  const nodes: AllocationNode[] = [];
  const visit = (tree: Tree, parent: number | null): void => {
    const children = [...tree.children].sort(([a], [b]) => compareText(a, b)).map(([, child]) => child);
    for (const child of children.filter((one) => chosen.has(one))) {
      const index = nodes.length;
      const { function: name, line } = child;
      nodes.push({
        parent,
        function: cutName(name),
        line,
        objectsPerOp: round(child.objects),
        bytesPerOp: round(child.bytes),
      });
      visit(child, index);
    }
  };
  visit(root, null);
  return nodes;
}

type SidePath = { site: AllocationSite; path: AllocationPath; side: Side };

/** The paths of both sides, heaviest first, those of one function beside each other. */
function listPaths(base: readonly AllocationSite[], head: readonly AllocationSite[]): SidePath[] {
  const of = (sites: readonly AllocationSite[], side: Side): SidePath[] =>
    sites.flatMap((site) => (site.paths ?? []).map((path) => ({ site, path, side })));
  return [...of(base, 'base'), ...of(head, 'head')].sort(
    (a, b) =>
      b.path.objects - a.path.objects ||
      b.path.bytes - a.path.bytes ||
      compareText(a.site.function, b.site.function),
  );
}

/**
 * Joins the stacks of base and head into one tree, by function, as a differential flame graph shows them. Children are
 * sorted by name. From a large tree, the nodes with the least weight and change are left out; their values are included
 * in the nodes above.
 */
export function buildAllocationTree(
  base: readonly AllocationSite[],
  head: readonly AllocationSite[],
  map: LineMap,
): AllocationNode[] {
  const root = createNode({ function: '', line: null });
  let frames = 0;
  for (const { site, path, side } of listPaths(base, head)) {
    const steps = listSteps(site, path, lineOf(site, side, map));
    frames += steps.length;
    if (frames > MAX_FRAMES) break;
    addPath(root, steps, path, side);
    root.objects[side] += path.objects;
    root.bytes[side] += path.bytes;
  }
  const ranked = [...root.children.values()].map((child) => rank(child, root));
  return listNodes(root, chooseNodes(ranked));
}

/** The maximum number of nodes for all benchmarks of a review together: some megabytes of JSON. */
const MAX_REVIEW_NODES = 20_000;

/** Keeps the trees of the benchmarks that changed most, up to the maximum number of nodes, and drops the others. */
export function boundTrees(deltas: readonly Delta[]): Delta[] {
  const change = ({ allocsPerOp, bytesPerOp }: Delta): [number, number] => [
    Math.abs(allocsPerOp.delta ?? 0),
    Math.abs(bytesPerOp.delta ?? 0),
  ];
  const order = [...deltas].sort((a, b) => {
    const [allocsA, bytesA] = change(a);
    const [allocsB, bytesB] = change(b);
    return allocsB - allocsA || bytesB - bytesA;
  });
  const kept = new Set<Delta>();
  let nodes = 0;
  for (const delta of order) {
    nodes += delta.allocations?.length ?? 0;
    if (nodes <= MAX_REVIEW_NODES) kept.add(delta);
  }
  return deltas.map((delta) => {
    if (kept.has(delta)) return delta;
    const { allocations: _dropped, ...rest } = delta;
    return rest;
  });
}
