import type { TreeDiff } from '../compare/types.ts';
import { basePathOf, basePathsOf } from './places.ts';
import {
  enclosingFunction,
  parseSource,
  type FunctionSyntax,
  type Grammar,
  type SourceFile,
} from './syntax.ts';

/** Returns a file's text by its path in one tree; null if it does not exist or is not readable. */
export type ReadSource = (file: string) => string | null;

/** The parsed files of both sides. Each is read and parsed once, when it is first needed. */
export type Sources = {
  head: (file: string) => SourceFile | null;
  /** Base's version of a file of head, also if it was renamed. */
  baseOf: (headFile: string) => SourceFile | null;
  /** Base's version of a function of head, in the same file or in another changed file of its folder. */
  baseFunctionOf: (headFile: string, name: string) => FunctionSyntax | null;
  /** Frees every tree. */
  free: () => void;
};

function openSide(grammar: Grammar, read: ReadSource, opened: SourceFile[]): Sources['head'] {
  const files = new Map<string, SourceFile | null>();
  return (file) => {
    const known = files.get(file);
    if (known !== undefined) return known;
    const text = read(file);
    const parsed = text === null ? null : parseSource(grammar, text);
    if (parsed) opened.push(parsed);
    files.set(file, parsed);
    return parsed;
  };
}

/** `T.M` → `(*T).M` and back, because a change can turn a value receiver into a pointer receiver. */
function otherReceiver(name: string): string {
  return name.startsWith('(*') ? name.replace(/^\(\*(\w+)\)/u, '$1') : name.replace(/^(\w+)\./u, '(*$1).');
}

/** Opens the files of both sides. The caller frees them. */
export function openSources(
  grammar: Grammar,
  diff: TreeDiff,
  readHead: ReadSource,
  readBase: ReadSource,
): Sources {
  const opened: SourceFile[] = [];
  const head = openSide(grammar, readHead, opened);
  const base = openSide(grammar, readBase, opened);
  return {
    head,
    baseOf: (file) => {
      const path = basePathOf(diff, file);
      return path === null ? null : base(path);
    },
    baseFunctionOf: (file, name) => {
      for (const wanted of [name, otherReceiver(name)]) {
        for (const path of basePathsOf(diff, file)) {
          const found = base(path)?.functions.find((f) => f.name === wanted);
          if (found) return found;
        }
      }
      return null;
    },
    free: () => {
      for (const file of opened) file.free();
    },
  };
}

/**
 * The source around one line of head. `source` is null if it cannot be read, `function` if the line is outside
 * functions.
 */
export type Surroundings = { source: SourceFile | null; function: FunctionSyntax | null };

/** Finds the file and the function of a line of head. */
export function surroundingsOf(sources: Sources, file: string, line: number): Surroundings {
  const source = sources.head(file);
  return { source, function: source && enclosingFunction(source, line) };
}
