import type { Declaration, GoFile, ImportSpec } from './go-file.ts';
import { neededImports, type TestPackage } from './needs.ts';

/** The parts of a package's test files that are kept. */
export type Trimming = {
  kept: ReadonlySet<Declaration>;
  /** Imports that the compiler reports as unused. They stay as blank imports, for their side effects. */
  unused: ReadonlySet<ImportSpec>;
  /** Imports that are not available on the other side. */
  missing: ReadonlySet<ImportSpec>;
};

type Edit = { start: number; end: number; text: string };

/** Replaces parts of a text. Of two that overlap, the first counts. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let [result, at] = ['', 0];
  for (const { start, end, text: replacement } of [...edits].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}

/** Replaces a span by its line ends, so that the rest keeps its line numbers. */
function blank(file: GoFile, { start, end }: { start: number; end: number }): Edit {
  return { start, end, text: file.text.slice(start, end).replaceAll(/[^\n]+/gu, '') };
}

function editImport(one: ImportSpec, trimming: Trimming): Edit {
  // An import cannot be empty, so a package that always exists replaces a missing one.
  const path = trimming.missing.has(one) ? 'unsafe' : one.path;
  return { start: one.start, end: one.end, text: `_ "${path}"` };
}

/**
 * A test file with only the declarations that are kept, on the same lines. Imports that are no longer used become blank
 * imports. Null if nothing of the file is left.
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
