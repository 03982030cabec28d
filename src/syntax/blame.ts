import type { Declaration, GoFile, ImportSpec } from './go-file.ts';
import type { TestPackage } from './needs.ts';

/**
 * The declarations and imports that cause errors of the compiler and the go command in test files, each with its error.
 */
export type Blame = {
  declarations: Map<Declaration, string>;
  unused: Set<ImportSpec>;
  missing: Set<ImportSpec>;
  /** Errors that no declaration of the test files causes. */
  others: string[];
};

/** For example `./sub/x_test.go:6:12: undefined: size`. The column is optional. */
const POSITIONED = /^(?:.*\/)?([^/:]+\.go):(\d+)(?::\d+)?: (.*)$/u;

function importAt(file: GoFile, line: number, message: string): ImportSpec | undefined {
  const there = file.imports.filter((one) => one.line === line);
  return there.find(({ path }) => message.includes(`"${path}"`)) ?? there[0];
}

function blameLine(text: string, { files }: TestPackage, found: Blame): void {
  const match = POSITIONED.exec(text);
  if (!match) return;
  const [, name, digits, message = ''] = match;
  const line = Number(digits);
  const file = files.find(({ path }) => path.slice(path.lastIndexOf('/') + 1) === name);
  const spec = file && importAt(file, line, message);
  const declarations =
    file?.declarations.filter((one) => one.firstLine <= line && line <= one.lastLine) ?? [];
  if (spec) (message.includes('imported and not used') ? found.unused : found.missing).add(spec);
  else if (declarations.length === 0) found.others.push(text);
  for (const one of declarations) if (!found.declarations.has(one)) found.declarations.set(one, text);
}

/** Finds the declarations and imports of a package's test files that cause the errors of a failed build. */
export function blame(lines: readonly string[], tests: TestPackage): Blame {
  const found: Blame = { declarations: new Map(), unused: new Set(), missing: new Set(), others: [] };
  for (const line of lines) blameLine(line.trim(), tests, found);
  return found;
}
