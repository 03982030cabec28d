import type { Place } from './places.ts';
import { type Sources, surroundingsOf } from './source-files.ts';
import { firstNode, type SourceFile } from './syntax.ts';

/** The data that decides whether an allocation on a line matters. */
type Repository = {
  sources: Sources;
  /** The Go files of a folder, without tests. */
  filesIn: (folder: string) => string[];
  /** Whether a benchmark may run a function, which then counts as used. */
  isBenchmarked: (functionName: string) => boolean;
};

const RUNS_ONCE = /^sync\.Once(?:Func|Values?)$|once\w*\.Do$/iu;

/** Whether a line is in a function that `sync.Once`, `sync.OnceFunc` or a similar function calls. */
function isInOnce(source: SourceFile, line: number): boolean {
  for (let at = firstNode(source, line); at; at = at.parent) {
    const call = at.type === 'func_literal' ? at.parent?.parent : null;
    const called = call?.type === 'call_expression' ? call.childForFieldName('function')?.text : undefined;
    if (called !== undefined && RUNS_ONCE.test(called)) return true;
  }
  return false;
}

/** Whether a line initialises a package-level variable. Types and constants need no memory themselves. */
function isInVariable(source: SourceFile, line: number): boolean {
  for (let at = firstNode(source, line); at; at = at.parent) if (at.type === 'var_declaration') return true;
  return false;
}

/** Names of folders, and imports, of code that only tests use: `testutil`, `httptest`, but not `latest`. */
const TEST_FOLDER = /(?:^|\/)(?:test\w*|(?!(?:at|con|de|fas|grea|la|pro)test\/)\w+test|mocks?|fakes?)\//iu;
const testImports = new Set(['"testing"', '"testing/quick"', '"net/http/httptest"']);

function isTestHelper(source: SourceFile, file: string): boolean {
  const imports = source.root.descendantsOfType('import_spec');
  return (
    TEST_FOLDER.test(file) ||
    imports.some((spec) => testImports.has(spec?.childForFieldName('path')?.text ?? ''))
  );
}

/** Whether an unexported function is mentioned nowhere in its package except in its declaration. */
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
 * Whether code can run repeatedly in production: not only once per process (`init`, `main`, package-level variables,
 * `sync.Once`), not only in tests, and not never.
 */
export function isHot(repository: Repository, { file, line }: Pick<Place, 'file' | 'line'>): boolean {
  const around = surroundingsOf(repository.sources, file, line);
  const { source, function: own } = around;
  if (source === null) return true;
  if (own === null) return !isInVariable(source, line);
  if (own.name === 'init' || own.name === 'main') return false;
  return !isInOnce(source, line) && !isTestHelper(source, file) && !isDead(repository, file, own.name);
}
