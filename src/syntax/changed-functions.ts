import { compareText } from '../compare/order.ts';
import type { Decision } from '../compare/types.ts';
import type { Declaration, GoFile } from './go-file.ts';

/** One package as the go command compiles it on one side, without its tests. */
export type PackageSources = {
  importPath: string;
  /** The Go files that are compiled, by their paths in the tree. */
  files: readonly GoFile[];
  /** Returns the name that an imported package has in its own source. */
  nameOf: (importPath: string) => string;
};

/** A package on both sides; null: the side does not have it. */
export type PackagePair = { base: PackageSources | null; head: PackageSources | null };

/** Where a function is declared. Lines count from 1. */
type FunctionPlace = { file: string; firstLine: number; lastLine: number };

/** A function whose source or whose compiler decisions differ between the sides. */
export type ChangedFunction = {
  /** The import path at head, or at base if head does not have the function. */
  package: string;
  /** The name as the compiler prints it in its own package: `F`, `(*T).M`, `T.M`. */
  name: string;
  /** `decisions`: the source is the same, but the compiler's decisions differ. */
  change: 'added' | 'removed' | 'source' | 'decisions';
  base: FunctionPlace | null;
  head: FunctionPlace | null;
  /** Its body holds no statement: there is nothing in it to run. */
  isEmpty: boolean;
};

/** A change of a package outside functions. It can have an effect wherever the package is used. */
export type BroadChange = {
  package: string;
  kind: 'type' | 'var' | 'const' | 'init' | 'import' | 'no-body' | 'linkname';
  /** The declared or imported name; null if there is none. */
  name: string | null;
};

export type ChangedDeclarations = { functions: ChangedFunction[]; broad: BroadChange[] };

type Decisions = { base: readonly Decision[]; head: readonly Decision[] };

type Declared = { declaration: Declaration; file: GoFile };

/** The declarations of one side of a package. */
type Index = {
  functions: Map<string, Declared>;
  /** All other declarations, by kind and names. */
  others: Map<string, Declaration>;
  /** The texts of all `init` functions, sorted. There can be several. */
  inits: string[];
};

const POINTER_RECEIVER = /func \( (?:[\p{L}_][\p{L}\p{N}_]* )?\* /u;

function nameOfFunction({ receiver, names, text }: Declaration): string {
  const [name = ''] = names;
  if (receiver === null) return name;
  return POINTER_RECEIVER.test(text) ? `(*${receiver}).${name}` : `${receiver}.${name}`;
}

const isFunction = ({ kind }: Declaration): boolean => kind === 'func' || kind === 'method';

function indexSide(sources: PackageSources | null): Index {
  const index: Index = { functions: new Map(), others: new Map(), inits: [] };
  for (const file of sources?.files ?? []) {
    for (const declaration of file.declarations) {
      const { kind, names, text } = declaration;
      if (kind === 'func' && names[0] === 'init') index.inits.push(text);
      else if (isFunction(declaration)) {
        // A function named `_` cannot be called.
        if (names[0] !== '_') index.functions.set(nameOfFunction(declaration), { declaration, file });
      } else {
        const key = `${kind} ${names.join(',')}`;
        // Several declarations of `_` are joined into one.
        const known = index.others.get(key);
        index.others.set(key, known ? { ...known, text: `${known.text} ; ${text}` } : declaration);
      }
    }
  }
  index.inits.sort();
  return index;
}

/** The paths of the imports that a declaration uses: the same text has another meaning with another import. */
function factsOf({ declaration, file }: Declared, { nameOf }: PackageSources): string {
  const used = file.imports.filter(({ name, path }) => declaration.words.has(name ?? nameOf(path)));
  const imports = used.map(({ name, path }) => `${name ?? nameOf(path)} ${path}`).sort();
  // Another language version compiles the same text differently.
  const version = file.constraint?.includes('go1.') ? file.constraint : '';
  // A line break before a closing bracket does not begin a statement.
  return [version, ...imports, declaration.text.replaceAll(' ; }', ' }')].join('\n');
}

const placeOf = ({ declaration, file }: Declared): FunctionPlace => ({
  file: file.path,
  firstLine: declaration.firstLine,
  lastLine: declaration.lastLine,
});

/** The compiler's decisions about a function in a form that does not depend on its position. */
type Sayings = (declared: Declared) => string;

function createSayings(decisions: readonly Decision[]): Sayings {
  const byFile = Map.groupBy(decisions, ({ position }) => position.file);
  return ({ declaration: { firstLine, lastLine }, file }) =>
    (byFile.get(file.path) ?? [])
      .filter(({ position: { line } }) => firstLine <= line && line <= lastLine)
      // The inline cost is left out: it depends on the called functions and does not change what the function does.
      .map(({ kind, expression, reason }) => `${kind} ${expression} ${reason ?? ''}`)
      .sort()
      .join('\n');
}

type Compare = { pair: PackagePair; sayings: { base: Sayings; head: Sayings }; importPath: string };

function compareFunction(
  name: string,
  base: Declared | undefined,
  head: Declared | undefined,
  { pair, sayings, importPath }: Compare,
): ChangedFunction[] {
  const found = (change: ChangedFunction['change']): ChangedFunction[] => [
    {
      package: importPath,
      name,
      change,
      base: base ? placeOf(base) : null,
      head: head ? placeOf(head) : null,
      isEmpty: (head ?? base)?.declaration.text.endsWith('{ }') ?? false,
    },
  ];
  if (!base) return found('added');
  if (!head) return found('removed');
  if (!pair.base || !pair.head) return [];
  if (factsOf(base, pair.base) !== factsOf(head, pair.head)) return found('source');
  return sayings.base(base) === sayings.head(head) ? [] : found('decisions');
}

const hasBody = ({ text }: Declaration): boolean => text.endsWith('}');

/** Whether constants were only appended to a group, so that the others keep their values. */
function isExtension(old: Declaration, now: Declaration): boolean {
  return now.kind === 'const' && now.text.startsWith(`${old.text.replace(/[ ;]*\)$/u, '')} ;`);
}

/**
 * Finds changes outside functions. A declaration that exists only at head can only be used by code that changed as
 * well.
 */
function compareOthers(base: Index, head: Index, pair: PackagePair, importPath: string): BroadChange[] {
  const found: BroadChange[] = [];
  const add = (kind: BroadChange['kind'], name: string | null): void => {
    found.push({ package: importPath, kind, name });
  };
  for (const [key, { kind, names, runs, text }] of head.others) {
    const before = base.others.get(key);
    const isChanged = before ? before.text !== text : runs;
    if (isChanged && (kind === 'type' || kind === 'var' || kind === 'const')) add(kind, names[0] ?? null);
  }
  // Declarations that were replaced by another one with the same names: a group of constants that grew, or another
  // kind.
  for (const [key, old] of base.others) {
    const { kind, names, runs } = old;
    if (head.others.has(key) || (kind !== 'type' && kind !== 'var' && kind !== 'const')) continue;
    const now = [...head.others.values()].find((one) => one.names.some((name) => names.includes(name)));
    if (now ? !isExtension(old, now) : runs) add(kind, names[0] ?? null);
  }
  if (base.inits.join('\n') !== head.inits.join('\n')) add('init', null);
  for (const [name, { declaration }] of head.functions) {
    if (!hasBody(declaration) && base.functions.get(name)?.declaration.text !== declaration.text)
      add('no-body', name);
  }
  const importsOf = (side: PackageSources | null): Set<string> =>
    new Set(
      (side?.files ?? []).flatMap(({ imports }) =>
        imports.filter(({ name }) => name === '_' || name === '.').map(({ path }) => path),
      ),
    );
  for (const one of importsOf(pair.base).symmetricDifference(importsOf(pair.head))) add('import', one);
  const linksOf = (side: PackageSources | null): Set<string> =>
    new Set((side?.files ?? []).flatMap(({ linknames }) => linknames.map(({ local }) => local)));
  for (const one of linksOf(pair.base).symmetricDifference(linksOf(pair.head))) add('linkname', one);
  return found;
}

/**
 * Finds the functions of some packages that differ between the sides, by their source (with the paths of their imports,
 * without comments) and by the compiler's decisions about them: a function can allocate differently because one that it
 * calls changed. Changes outside functions can have an effect anywhere and are returned separately. Sorted by package
 * and name.
 */
export function findChangedFunctions(
  pairs: readonly PackagePair[],
  decisions: Decisions,
): ChangedDeclarations {
  const sayings = { base: createSayings(decisions.base), head: createSayings(decisions.head) };
  const functions: ChangedFunction[] = [];
  const broad: BroadChange[] = [];
  for (const pair of pairs) {
    const importPath = (pair.head ?? pair.base)?.importPath ?? '';
    const [base, head] = [indexSide(pair.base), indexSide(pair.head)];
    for (const name of new Set([...base.functions.keys(), ...head.functions.keys()])) {
      const compare = { pair, sayings, importPath };
      functions.push(...compareFunction(name, base.functions.get(name), head.functions.get(name), compare));
    }
    if (pair.base && pair.head) broad.push(...compareOthers(base, head, pair, importPath));
  }
  const byName = (a: { package: string; name: string | null }, b: typeof a): number =>
    compareText(a.package, b.package) || compareText(a.name ?? '', b.name ?? '');
  return { functions: functions.sort(byName), broad: broad.sort(byName) };
}
