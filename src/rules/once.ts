import type { Node } from 'web-tree-sitter';
import type { Place } from './places.ts';
import { type Sources, surroundingsOf } from './source-files.ts';
import type { SourceFile } from './syntax.ts';

/** What decides whether it matters that a line allocates. */
type Repository = {
  sources: Sources;
  /** A folder's Go files, without tests. */
  filesIn: (folder: string) => string[];
  /** Whether a benchmark may run a function, which then is in use whoever else calls it. */
  isBenchmarked: (functionName: string) => boolean;
};

const runsOnce = /^sync\.Once(?:Func|Values?)$|once\w*\.Do$/iu;

/** The innermost node at the start of a line's code. */
function nodeAt({ root, lines }: SourceFile, line: number): Node | null {
  const column = lines[line - 1]?.search(/\S/u) ?? -1;
  return column < 0 ? null : root.descendantForPosition({ row: line - 1, column });
}

/** Whether a line is in a function that `sync.Once` or one of its kin calls. */
function isInOnce(source: SourceFile, line: number): boolean {
  for (let at = nodeAt(source, line); at; at = at.parent) {
    const call = at.type === 'func_literal' ? at.parent?.parent : null;
    const called = call?.type === 'call_expression' ? call.childForFieldName('function')?.text : undefined;
    if (called !== undefined && runsOnce.test(called)) return true;
  }
  return false;
}

/** Whether a line gives a variable of the package its value; types and constants take no memory by themselves. */
function isInVariable(source: SourceFile, line: number): boolean {
  for (let at = nodeAt(source, line); at; at = at.parent) if (at.type === 'var_declaration') return true;
  return false;
}

/** Folders and imports of code that only tests use. */
const testFolder = /(?:^|\/)(?:test\w*|\w+test|mocks?|fakes?)\//iu;
const testImports = new Set(['"testing"', '"testing/quick"', '"net/http/httptest"']);

function isTestHelper(source: SourceFile, file: string): boolean {
  const imports = source.root.descendantsOfType('import_spec');
  return (
    testFolder.test(file) ||
    imports.some((spec) => testImports.has(spec?.childForFieldName('path')?.text ?? ''))
  );
}

/** Whether nothing of the package names an unexported function but its declaration. */
function isDead({ sources, filesIn, isBenchmarked }: Repository, file: string, name: string): boolean {
  const short = name.replace(/^.*\./su, '');
  if (short === '' || /^\p{Lu}/u.test(short) || isBenchmarked(name)) return false;
  const files = filesIn(file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.');
  const word = new RegExp(`(?<![\\p{L}\\p{N}_])${short}(?![\\p{L}\\p{N}_])`, 'u');
  const declaration = new RegExp(`^func\\s+(?:\\([^)]*\\)\\s*)?${short}\\b`, 'u');
  const uses = files.flatMap((one) =>
    (sources.head(one)?.lines ?? []).filter(
      (line) => word.test(line.replace(/\/\/.*$/u, '')) && !declaration.test(line),
    ),
  );
  return files.length > 0 && uses.length === 0;
}

/**
 * Whether code runs again and again in production: not once per process (`init`, `main`, variables of the package,
 * `sync.Once`), not in tests alone, and not never.
 */
export function isHot(repository: Repository, { file, line }: Pick<Place, 'file' | 'line'>): boolean {
  const around = surroundingsOf(repository.sources, file, line);
  const { source, function: own } = around;
  if (source === null) return true;
  if (own === null) return !isInVariable(source, line);
  if (own.name === 'init' || own.name === 'main') return false;
  return !isInOnce(source, line) && !isTestHelper(source, file) && !isDead(repository, file, own.name);
}
