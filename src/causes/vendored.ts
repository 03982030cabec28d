import { splitFrame, splitName } from './functions.ts';
import { handovers } from './parameters.ts';
import type { Case, CauseOf, ChangeFacts, Explain } from './types.ts';

/** `vendor/example.com/texts/cut.go` → `example.com/texts`. */
const VENDORED = /(?:^|\/)vendor\/(?<importPath>.+)\/[^/]+\.go$/u;

/** The changed files of vendored packages, by import path. */
function vendoredFiles({ changes }: ChangeFacts): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const file of changes.files) {
    const importPath = VENDORED.exec(file)?.groups?.['importPath'];
    if (importPath !== undefined) files.set(importPath, [...(files.get(importPath) ?? []), file]);
  }
  return files;
}

/** A function by its import path and its name in its own package. */
type Called = { importPath: string; name: string };

/** The functions on the way to the allocation, the innermost first, and those that get the value as an argument. */
function calledIn({ packages }: ChangeFacts, { site, callers, decision, position }: Case): Called[] {
  const inside = (site?.callees ?? []).flatMap((calls) => calls.toReversed());
  const frames = [...inside, site?.function ?? '', ...callers.map((frame) => frame.function)];
  const handed = decision ? handovers(decision) : [];
  return [
    ...frames.map((frame) => splitFrame(frame)),
    ...handed.flatMap(({ called, step }) => {
      const { qualifier, name } = splitName(called);
      const at = step.position ?? position;
      const paths = qualifier === null ? [] : packages.meanings(qualifier, at.file, at.line);
      return paths.map((importPath) => ({ importPath, name }));
    }),
  ];
}

/** The first changed line of a function in some files, or else of these files. */
function findLine({ changes, sources }: ChangeFacts, files: readonly string[], name: string) {
  for (const file of files) {
    const own = sources.head(file)?.functions.find((one) => one.name === name);
    const [line] = own ? changes.within(file, own.firstLine, own.lastLine) : [];
    if (line !== undefined) return { file, line, isOwn: true };
  }
  for (const file of files) {
    const [line] = changes.within(file, 1, sources.head(file)?.lines.length ?? 0);
    if (line !== undefined) return { file, line, isOwn: false };
  }
  return null;
}

/**
 * The vendored code of another module changed that is on the way to the allocation, or that gets the value as an argument.
 * The compiler is not asked about such packages, so that their functions are found by their sources.
 */
export const explainVendored: Explain<'function'> = (facts, effect) => {
  const vendored = vendoredFiles(facts);
  if (vendored.size === 0) return null;
  const found = calledIn(facts, effect).flatMap(({ importPath, name }) => {
    const at = findLine(facts, vendored.get(importPath) ?? [], name);
    return at ? [{ ...at, name }] : [];
  });
  const best = found.find(({ isOwn }) => isOwn) ?? found[0];
  if (!best) return null;
  const cause: CauseOf<'function'> = {
    kind: 'function',
    file: best.file,
    line: best.line,
    text: best.name,
    via: [],
  };
  return cause;
};
