import path from 'node:path';
import { withoutTypeArguments } from '../compare/type-arguments.ts';
import type { Decision } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';
import type { ChangedLines } from './changed-lines.ts';
import type { Packages } from './packages.ts';

/** A function or method of a changed package of head. Lines count from 1. */
export type DeclaredFunction = {
  /** The name as the compiler prints it in its own package: `F`, `(*T).M`. */
  name: string;
  package: string;
  file: string;
  firstLine: number;
  lastLine: number;
};

export type Functions = {
  /** The function that contains a line. Closures belong to the function around them. */
  at: (file: string, line: number) => DeclaredFunction | null;
  /**
   * The functions that the compiler can mean by a called name (`F`, `pkg.F`, `pkg.(*T).M`, `(*pkg.T).M`) at a place:
   * those of the place's package if the name has no package, else those of packages that it imports under that name.
   */
  named: (called: string, near: CallPlace) => DeclaredFunction[];
  /**
   * The function of a profile's frame, whose name contains the import path: `example.com/m/keep.(*T).M.func1`; null if
   * it is unknown.
   */
  ofFrame: (name: string) => DeclaredFunction | null;
  /** Whether the compiler's text of a call at a place means the function of a profile's frame. */
  isCallOf: (called: string, near: CallPlace, frame: string) => boolean;
  /** The changed lines of a function; empty if it did not change. */
  changedLines: (declared: DeclaredFunction) => number[];
};

/** The place of a call; the line is null if only the file is known. */
type CallPlace = { file: string; line: number | null };

/** The assumed length of a function in lines if its file cannot be read and no other function follows. */
const LONGEST_FUNCTION = 500;
const CLOSURE_NAME = /\.(?:func)?\d+(?:[.-]|$)/u;

/** `keep.(*T).M` and `(*keep.T).M` → `(*T).M` of `keep`; `F` → `F` of no package. */
export function splitName(called: string): { qualifier: string | null; name: string } {
  const bare = withoutTypeArguments(called);
  const method = /^(?<star>\(\*)(?:(?<q>[\p{L}\p{N}_]+)\.)?(?<rest>[\p{L}\p{N}_]+\)\..+)$/u.exec(
    bare,
  )?.groups;
  if (method) return { qualifier: method['q'] ?? null, name: `(*${method['rest'] ?? ''}` };
  const qualified = /^(?<q>[\p{L}\p{N}_]+)\.(?<rest>.+)$/u.exec(bare)?.groups;
  return qualified
    ? { qualifier: qualified['q'] ?? null, name: qualified['rest'] ?? '' }
    : { qualifier: null, name: bare };
}

/** Whether the compiler's text of a call means the function with this name in its own package. */
export function isNameOf(called: string, name: string): boolean {
  const [one, other] = [called, name].map((text) => withoutTypeArguments(text));
  if (one === undefined || other === undefined) return false;
  const own = splitName(one).name;
  return one === other || own === other || (own.startsWith('(') && own === splitName(other).name);
}

/**
 * Converts the profile's `example.com/m/keep.(*T[...]).M` to the form that the compiler prints in its own package:
 * `(*T).M`.
 */
function frameName(name: string): string {
  const bare = withoutTypeArguments(name);
  return bare.slice(bare.lastIndexOf('/') + 1).replace(/^[^.]*\./u, '');
}

/**
 * Splits the profile's `gopkg.in/yaml%2ev3.(*T[...]).M.func1` into the import path and the function around the closure.
 */
export function splitFrame(frame: string): { importPath: string; name: string } {
  const bare = withoutTypeArguments(frame);
  const dot = bare.indexOf('.', bare.lastIndexOf('/') + 1);
  const name = bare.slice(dot + 1).replace(/(?:\.(?:func|gowrap|deferwrap)?\d+|-range\d+)+$/u, '');
  return { importPath: bare.slice(0, dot).replaceAll('%2e', '.'), name: name.replace(/-fm$/u, '') };
}

const folderOf = (file: string): string => path.posix.dirname(file);

/** The function in the text of a call: `pkg.F(x)` → `pkg.F`, `(*pkg.T).M(t, x)` → `(*pkg.T).M`; null for none. */
export function calledFunction(text: string): string | null {
  return /^(?:\(\*?[^()]+\)\.[\p{L}\p{N}_]+|[\p{L}\p{N}_./]+)(?:\[[^(]*\])?(?=\()/u.exec(text)?.[0] ?? null;
}

function indexStarts(decisions: readonly Decision[]): Map<string, DeclaredFunction[]> {
  const byFile = new Map<string, DeclaredFunction[]>();
  for (const { kind, expression, package: importPath, position } of decisions) {
    if (kind !== 'can-inline' && kind !== 'cannot-inline') continue;
    const name = withoutTypeArguments(expression);
    if (CLOSURE_NAME.test(name)) continue;
    const list = byFile.get(position.file) ?? [];
    const firstLine = position.line;
    list.push({ name, package: importPath, file: position.file, firstLine, lastLine: firstLine });
    byFile.set(position.file, list);
  }
  return byFile;
}

/** Finds the functions by the compiler's inlining decisions, because every function has one at its start. */
export function createFunctions(
  decisions: readonly Decision[],
  sources: Sources,
  changes: ChangedLines,
  packages: Packages,
): Functions {
  const byFile = indexStarts(decisions);
  const byName = new Map<string, DeclaredFunction[]>();
  for (const list of byFile.values()) {
    list.sort((a, b) => a.firstLine - b.firstLine);
    for (const declared of list) byName.set(declared.name, [...(byName.get(declared.name) ?? []), declared]);
  }
  const lastLine = ({ file, firstLine }: DeclaredFunction): number => {
    const source = sources.head(file);
    const own = source?.functions.find((f) => f.firstLine <= firstLine && firstLine <= f.lastLine);
    if (own) return own.lastLine;
    const next = byFile.get(file)?.find((other) => other.firstLine > firstLine);
    return next ? next.firstLine - 1 : firstLine + LONGEST_FUNCTION;
  };
  const isBeside = (declared: DeclaredFunction, { file }: CallPlace): boolean =>
    folderOf(declared.file) === folderOf(file) &&
    packages.clauseOf(declared.file) === packages.clauseOf(file);
  /** Directives such as `//go:noinline` are above the function, among its comments. */
  const withDirectives = ({ file, firstLine }: DeclaredFunction): number => {
    const lines = sources.head(file)?.lines ?? [];
    let first = firstLine;
    while (first > 1 && (lines[first - 2] ?? '').startsWith('//')) first -= 1;
    return first;
  };
  const withEnd = (declared: DeclaredFunction): DeclaredFunction => ({
    ...declared,
    lastLine: lastLine(declared),
  });
  const named: Functions['named'] = (called, near) => {
    const { qualifier, name } = splitName(called);
    // `T.M` is a method of a type of this package, or a function M of a package T.
    const own = (byName.get(withoutTypeArguments(called)) ?? []).filter((one) => isBeside(one, near));
    if (own.length > 0 || qualifier === null) return own.map(withEnd);
    const paths = packages.meanings(qualifier, near.file, near.line);
    const foreign = (byName.get(name) ?? []).filter(
      (one) => paths.includes(one.package) && !one.file.endsWith('_test.go'),
    );
    return foreign.map(withEnd);
  };
  const ofFrame: Functions['ofFrame'] = (frame) => {
    const { importPath, name } = splitFrame(frame);
    const found = (byName.get(name) ?? []).find(
      (one) =>
        (one.package === importPath && packages.clauseOf(one.file) !== 'main') ||
        (importPath === 'main' && packages.clauseOf(one.file) === 'main') ||
        (`${one.package}_test` === importPath && one.file.endsWith('_test.go')),
    );
    return found ? withEnd(found) : null;
  };
  return {
    at: (file, line) => {
      const start = byFile.get(file)?.findLast(({ firstLine }) => firstLine <= line);
      const declared = start && withEnd(start);
      return declared && line <= declared.lastLine ? declared : null;
    },
    named,
    ofFrame,
    isCallOf: (called, near, frame) => {
      const declared = named(called, near);
      const own = ofFrame(frame);
      if (own) return declared.some((one) => one.file === own.file && one.firstLine === own.firstLine);
      return declared.length === 0 && isNameOf(called, frameName(frame));
    },
    changedLines: (declared) => changes.within(declared.file, withDirectives(declared), declared.lastLine),
  };
}
