import { cleanLine } from '../model/escape.ts';
import type { ReportBenchmark } from '../model/schema.ts';
import type { PageNode } from './assets.ts';

/**
 * A benchmark's allocations in the form that the page's script reads; null: it was not profiled, or allocates nothing.
 */
export function toPageNodes({ allocations = [] }: ReportBenchmark): PageNode[] | null {
  if (allocations.length === 0) return null;
  return allocations.map((node) => ({
    parent: node.parent,
    name: cleanLine(node.function),
    place: node.line === null ? null : cleanLine(`${node.line.file}:${node.line.line}`),
    isGone: node.line?.isGone ?? false,
    objects: [node.objectsPerOp.base, node.objectsPerOp.head],
    bytes: [node.bytesPerOp.base, node.bytesPerOp.head],
  }));
}
