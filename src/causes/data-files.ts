import path from 'node:path';
import { RE2JS } from 're2js';
import type { CauseStep } from '../compare/cause.ts';
import type { Explain, ChangeFacts } from './types.ts';

const DIRECTIVE = /^\/\/go:embed\s+(?<patterns>.*)$/u;
const ARGUMENT = /"((?:[^"\\]|\\.)*)"|`([^`]*)`|(\S+)/gu;
const LITERALS = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/gu;

/** Go files in testdata are data, too. */
function isData(file: string): boolean {
  return isTestdata(file) || !/\.go$|(?:^|\/)go\.(?:mod|sum|work|work\.sum)$/u.test(file);
}

const isTestdata = (file: string): boolean => file.split('/').includes('testdata');

/** Whether one element of a path matches, as in Go's path.Match (https://pkg.go.dev/path#Match), whose classes are RE2's. */
function matches(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(
    /\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\?(.)/gsu,
    (found: string, plain: string | undefined) => {
      if (plain !== undefined) return RE2JS.quote(plain);
      return found.startsWith('[') ? found : found.replace('*', '.*').replace('?', '.');
    },
  );
  try {
    return RE2JS.matches(source, name);
  } catch {
    // Go accepts a class such as `[z-a]`, which no character is in.
    return false;
  }
}

/** Whether a pattern of `//go:embed` names a file, or a folder around it (https://pkg.go.dev/embed). */
function embeds(pattern: string, file: string): boolean {
  const wanted = pattern.replace(/^all:/u, '').split('/');
  const parts = file.split('/');
  if (wanted.join('/') === '.') return true;
  return wanted.length <= parts.length && wanted.every((one, at) => matches(one, parts[at] ?? ''));
}

/** Whether a line of code in `folder` embeds a file, or has its path, or that of its folder, in a literal. */
function uses(text: string, folder: string, file: string): boolean {
  const patterns = DIRECTIVE.exec(text)?.groups?.['patterns'];
  const below = path.posix.relative(folder, file);
  if (patterns !== undefined) {
    const named = [...patterns.matchAll(ARGUMENT)].map((found) => found[1] ?? found[2] ?? found[3] ?? '');
    return named.some((pattern) => embeds(pattern, below));
  }
  if (!/["`]/u.test(text) || /^\s*\/\//u.test(text)) return false;
  const name = path.posix.basename(file);
  const parent = path.posix.dirname(below);
  return (text.match(LITERALS) ?? []).some((literal) => {
    const said = literal.slice(1, -1);
    return said === name || said.endsWith(`/${name}`) || (parent !== '.' && said === parent);
  });
}

/** The line that embeds or reads a file, in one of these Go files. */
function findUse(facts: ChangeFacts, goFiles: readonly string[], file: string): CauseStep | null {
  for (const reader of goFiles) {
    const lines = facts.sources.head(reader)?.lines ?? [];
    const at = lines.findIndex((text) => uses(text, path.posix.dirname(reader), file));
    if (at >= 0) return { file: reader, line: at + 1, text: (lines[at] ?? '').trim() };
  }
  return null;
}

/**
 * A file that is not code changed, or is gone, and the packages on the way to the allocation embed it, or read it at run
 * time: code that did not change has more to do.
 */
export const explainDataFile: Explain<'data-file'> = (facts, { stack }) => {
  const changed = [...facts.changes.firstLines].map(([file, line]) => ({ file, line, text: '', now: null }));
  const text = 'head does not have this file';
  const gone = [...facts.changes.gone].map(([file, now]) => ({ file, line: 1, text, now }));
  const data = [...changed, ...gone].filter(({ file }) => isData(file));
  if (data.length === 0) return null;
  const folders = new Set(stack.map(({ file }) => path.posix.dirname(file)));
  const own = stack.map(({ file }) => file);
  const goFiles = [...new Set([...own, ...[...folders].flatMap((folder) => facts.filesIn(folder))])];
  for (const { file, line, text: words, now } of data) {
    const use = findUse(facts, goFiles, file);
    // A file with another name is still read if the code finds it by a pattern or its folder.
    if (use && now !== null && findUse(facts, goFiles, now)) continue;
    const isTestData = [...folders].some((folder) => file.startsWith(path.posix.join(folder, 'testdata/')));
    if (!use && !isTestData) continue;
    return { kind: 'data-file', file, line, text: words, via: use ? [use] : [] };
  }
  return null;
};
