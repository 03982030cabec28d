import type { TestPackage } from './needs.ts';

/** `//go:embed a/*.json "b c"`: patterns are relative to the package's folder (https://pkg.go.dev/embed). */
const DIRECTIVE = /^\/\/go:embed\s+(.*)$/u;
const ARGUMENT = /"((?:[^"\\]|\\.)*)"|`([^`]*)`|(\S+)/gu;

/** The part of a pattern before its first wildcard element: `a/*.json` → `a`, `*.json` → ``. */
function fixedPart(pattern: string): string {
  const parts = pattern.replace(/^all:/u, '').split('/');
  const variable = parts.findIndex((part) => /[*?[]/u.test(part));
  return (variable === -1 ? parts : parts.slice(0, variable)).join('/');
}

/** The files and folders, relative to the package's folder, that its tests embed all or some of; '' for the folder itself. */
export function listEmbedded({ files }: TestPackage): string[] {
  const lines = files.flatMap(({ text }) => text.split('\n'));
  const patterns = lines.flatMap((line) =>
    [...(DIRECTIVE.exec(line)?.[1] ?? '').matchAll(ARGUMENT)].map(
      ([, quoted, raw, plain]) => quoted ?? raw ?? plain,
    ),
  );
  return [...new Set(patterns.filter((one) => one !== undefined).map(fixedPart))];
}

/**
 * Whether the tests may embed a file, relative to the package's folder. Go files count only if a pattern names them.
 */
export function mayEmbed(embedded: readonly string[], file: string): boolean {
  return embedded.some(
    (one) => file === one || (one === '' ? !file.endsWith('.go') : file.startsWith(`${one}/`)),
  );
}
