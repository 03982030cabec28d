import type { SourceGraph, SourcePackage } from '../go/source-graph.ts';
import type { Renames } from './moves.ts';

/** A package with benchmarks that the change can reach, on each side; null: the side does not have it. */
export type PlannedPackage = {
  base: SourcePackage | null;
  head: SourcePackage | null;
  /**
   * The number of imports on the shortest path from the package, including its tests, to a change; 0: the package
   * itself changed.
   */
  distance: number;
  /** Whether its benchmarks may read a changed file at run time. */
  reads: boolean;
};

/** The graphs of both sides of a module; base null: it does not exist there, or the go command refuses it. */
export type Graphs = { base: SourceGraph | null; head: SourceGraph };

/** The packages of one module that can behave differently, found without compiling anything. */
export type ModulePlan = {
  /** Benchmark packages that the change can reach, nearest first, then by directory. */
  affected: PlannedPackage[];
  /** Benchmark packages of head that it cannot reach, by import path, sorted. */
  unaffected: string[];
  /** Benchmark packages that the change can reach and that the chosen patterns leave out, by import path, sorted. */
  leftOut: string[];
  /** The import paths to compile on each side: affected benchmark packages, and all packages that changed. */
  patterns: { base: string[]; head: string[] };
  /** The packages of base that have another import path at head. */
  renames: Renames;
  graphs: Graphs;
};
