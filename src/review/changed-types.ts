import type { BroadChange, ChangedFunction } from '../syntax/changed-functions.ts';

/**
 * A change of a package outside its functions. `build`: other files, settings of its module, cgo, or files that are not
 * valid Go. `dependency`: the package is outside the repository, and its version changed.
 */
type OutsideChange = BroadChange | { package: string; kind: 'build' | 'dependency'; name: string | null };

/**
 * The differences between the sides in the code of a module and of the packages that it is built with, without tests.
 */
export type ChangedCode = { functions: ChangedFunction[]; outside: OutsideChange[] };
