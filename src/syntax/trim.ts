import type { Declaration, GoFile, ImportSpec } from './go-file.ts';
import { neededImports, type TestPackage } from './needs.ts';

/** What is left of the test files of a package. */
export type Trimming = {
  kept: ReadonlySet<Declaration>;
  /** Imports that the compiler calls unused: they stay for what they do when the program starts. */
  unused: ReadonlySet<ImportSpec>;
  /** Imports that cannot be had on the other side. */
  missing: ReadonlySet<ImportSpec>;
};

type Edit = { start: number; end: number; text: string };

function applyEdits(text: string, edits: readonly Edit[]): string {
  let [result, at] = ['', 0];
  for (const { start, end, text: replacement } of [...edits].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}

/** Only the line ends, so that what stays keeps its line numbers. */
function blank(file: GoFile, { start, end }: { start: number; end: number }): Edit {
  return { start, end, text: file.text.slice(start, end).replaceAll(/[^\n]+/gu, '') };
}

function editImport(one: ImportSpec, trimming: Trimming): Edit {
  // An empty `import` would be none: a package that is always there takes the place of one that is not.
  const path = trimming.missing.has(one) ? 'unsafe' : one.path;
  return { start: one.start, end: one.end, text: `_ "${path}"` };
}

/**
 * A test file without the declarations that are not kept; what stays is on the same lines. Imports that nothing uses
 * any longer become blank imports. Null when nothing of the file is left.
 */
export function trimFile(file: GoFile, trimming: Trimming, tests: TestPackage): string | null {
  const { kept, unused, missing } = trimming;
  const stays = file.declarations.filter((one) => kept.has(one));
  if (stays.length === 0 && !file.imports.some(({ name }) => name === '_')) return null;
  const used = neededImports(stays, file, tests);
  const isNeeded = (one: ImportSpec): boolean => {
    if (unused.has(one) || missing.has(one)) return false;
    return one.name === '.' ? stays.length > 0 : one.name === '_' || used.has(one);
  };
  const names = new Set(stays.flatMap((one) => one.names));
  const declared = new Set(file.declarations.flatMap((one) => one.names));
  return applyEdits(file.text, [
    ...file.declarations.filter((one) => !kept.has(one)).map((one) => blank(file, one)),
    ...file.linknames
      .filter(({ local }) => declared.has(local) && !names.has(local))
      .map((one) => blank(file, one)),
    ...file.imports.filter((one) => !isNeeded(one)).map((one) => editImport(one, trimming)),
  ]);
}
