import type { SourceGraph, SourcePackage } from '../go/source-graph.ts';

/** A package with benchmarks that the change can reach; null: the side does not have it. */
export type PlannedPackage = {
  base: SourcePackage | null;
  head: SourcePackage | null;
  /** Imports on the shortest way from the package, tests included, to something that changed; 0: the package itself. */
  distance: number;
  /** Its benchmarks may read a file that changed while they run. */
  reads: boolean;
};

/** The graphs of both sides of a module; base null: it does not exist there, or the go command refuses it. */
export type Graphs = { base: SourceGraph | null; head: SourceGraph };

/** What of one module can behave differently, found out without compiling anything. */
export type ModulePlan = {
  /** Benchmark packages that the change can reach, nearest first, then by directory. */
  affected: PlannedPackage[];
  /** Benchmark packages of head that it cannot reach, by import path, sorted. */
  unaffected: string[];
  /** Import paths that are to be compiled on each side: affected benchmark packages, and all that changed themselves. */
  patterns: { base: string[]; head: string[] };
  graphs: Graphs;
};
