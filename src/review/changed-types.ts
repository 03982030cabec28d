import type { BroadChange, ChangedFunction } from '../syntax/changed-functions.ts';

/**
 * What of a package changed besides functions. `build`: other files, settings of its module, cgo, what cannot be read as
 * Go. `dependency`: the package lies outside the repository, and another version of it is taken.
 */
type OutsideChange = BroadChange | { package: string; kind: 'build' | 'dependency'; name: string | null };

/** What of the code of a module, and of what it is built with, is not the same on both sides; tests left out. */
export type ChangedCode = { functions: ChangedFunction[]; outside: OutsideChange[] };
