import path from 'node:path';
import type { Decision } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';
import type { ChangedLines } from './changed-lines.ts';

/** A function or method of a changed package of head. Lines count from 1. */
export type DeclaredFunction = {
  /** As its own package's compilation prints it: `F`, `(*T).M`. */
  name: string;
  package: string;
  file: string;
  firstLine: number;
  lastLine: number;
};

export type Functions = {
  /** The function that holds a line, closures counted to the function around them. */
  at: (file: string, line: number) => DeclaredFunction | null;
  /**
   * The functions that the compiler may mean by a called name: `F`, `pkg.F`, `pkg.(*T).M`, `(*pkg.T).M`. Of several the
   * one in the folder of the file `near` counts where the name has no package.
   */
  named: (called: string, near?: string) => DeclaredFunction[];
  /** The changed lines of a function; empty when it is as it was. */
  changedLines: (declared: DeclaredFunction) => number[];
};

/** How far a function is looked for below its first line where its file cannot be read and no other function follows. */
const LONGEST_FUNCTION = 500;
const closureName = /\.(?:func)?\d+(?:[.-]|$)/u;

/** `keep.(*T).M` and `(*keep.T).M` → `(*T).M` of `keep`; `F` → `F` of no package. */
export function splitName(called: string): { qualifier: string | null; name: string } {
  const bare = called.replaceAll(/\[[^\]]*\]/gu, '');
  const method = /^(?<star>\(\*)(?:(?<q>[\p{L}\p{N}_]+)\.)?(?<rest>[\p{L}\p{N}_]+\)\..+)$/u.exec(
    bare,
  )?.groups;
  if (method) return { qualifier: method['q'] ?? null, name: `(*${method['rest'] ?? ''}` };
  const qualified = /^(?<q>[\p{L}\p{N}_]+)\.(?<rest>.+)$/u.exec(bare)?.groups;
  return qualified
    ? { qualifier: qualified['q'] ?? null, name: qualified['rest'] ?? '' }
    : { qualifier: null, name: bare };
}

/** Whether a call by the compiler's text is one of a function, by the name that its own package gives it. */
export function isNameOf(called: string, name: string): boolean {
  const [one, other] = [called, name].map((text) => text.replaceAll(/\[[^\]]*\]/gu, ''));
  if (one === undefined || other === undefined) return false;
  const own = splitName(one).name;
  return one === other || own === other || (own.startsWith('(') && own === splitName(other).name);
}

/** A profile's `example.com/m/keep.(*T[...]).M` as the compiler prints it in its own package: `(*T).M`. */
export function frameName(name: string): string {
  const bare = name.replaceAll(/\[[^\]]*\]/gu, '');
  return bare.slice(bare.lastIndexOf('/') + 1).replace(/^[^.]*\./u, '');
}

const folderOf = (file: string): string => path.posix.dirname(file);

/** Whether a package may be called `name`: the last element of its path, or a part of it (`go-json` holds `json`). */
export function mayBeNamed(importPath: string, name: string): boolean {
  const last = importPath.split('/').findLast((part) => !/^v\d+$/u.test(part)) ?? '';
  return (
    last
      .replace(/\.v\d+$/u, '')
      .split(/[-.]/u)
      .includes(name) || last === name
  );
}

/** The function in the text of a call: `pkg.F(x)` → `pkg.F`, `(*pkg.T).M(t, x)` → `(*pkg.T).M`; null for none. */
export function calledFunction(text: string): string | null {
  return /^(?:\(\*?[^()]+\)\.[\p{L}\p{N}_]+|[\p{L}\p{N}_./]+)(?:\[[^(]*\])?(?=\()/u.exec(text)?.[0] ?? null;
}

function indexStarts(decisions: readonly Decision[]): Map<string, DeclaredFunction[]> {
  const byFile = new Map<string, DeclaredFunction[]>();
  for (const { kind, expression, package: importPath, position } of decisions) {
    if (kind !== 'can-inline' && kind !== 'cannot-inline') continue;
    const name = expression.replaceAll(/\[[^\]]*\]/gu, '');
    if (closureName.test(name)) continue;
    const list = byFile.get(position.file) ?? [];
    const firstLine = position.line;
    list.push({ name, package: importPath, file: position.file, firstLine, lastLine: firstLine });
    byFile.set(position.file, list);
  }
  return byFile;
}

/** The compiler says of every function whether it can be inlined: that is where functions start. */
export function createFunctions(
  decisions: readonly Decision[],
  sources: Sources,
  changes: ChangedLines,
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
  /** The name that the package's own files give it, which imports without an alias and the compiler use. */
  const isNamed = (declared: DeclaredFunction, qualifier: string): boolean => {
    const clause = sources.head(declared.file)?.lines.find((line) => /^package\s/u.test(line));
    const own = /^package\s+([\p{L}\p{N}_]+)/u.exec(clause ?? '')?.[1];
    return own === undefined ? mayBeNamed(declared.package, qualifier) : own === qualifier;
  };
  /** Directives like `//go:noinline` stand above the function, among its comments. */
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
  return {
    at: (file, line) => {
      const start = byFile.get(file)?.findLast(({ firstLine }) => firstLine <= line);
      const declared = start && withEnd(start);
      return declared && line <= declared.lastLine ? declared : null;
    },
    named: (called, near) => {
      const { qualifier, name } = splitName(called);
      // `T.M` is a method of a local type, or a function M of a package T.
      const own = byName.get(called.replaceAll(/\[[^\]]*\]/gu, '')) ?? [];
      const foreign = (byName.get(name) ?? []).filter(
        (declared) => qualifier === null || isNamed(declared, qualifier),
      );
      const all = [...new Set([...own, ...foreign])];
      const beside = own.filter(({ file }) => near !== undefined && folderOf(file) === folderOf(near));
      return (beside.length > 0 ? beside : all).map(withEnd);
    },
    changedLines: (declared) => changes.within(declared.file, withDirectives(declared), declared.lastLine),
  };
}
