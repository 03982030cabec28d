import type { Declaration, GoFile, ImportSpec } from './go-file.ts';

/** All test files of one package that are compiled, internal and external (`package p_test`) ones. */
export type TestPackage = {
  importPath: string;
  files: readonly GoFile[];
  /** Gives the name that an imported package has in its own source. */
  nameOf: (importPath: string) => string;
};

type Index = {
  fileOf: ReadonlyMap<Declaration, GoFile>;
  named: ReadonlyMap<string, Declaration[]>;
  methods: ReadonlyMap<string, Declaration[]>;
  /** The name of the tested package itself. */
  ownName: string;
  /** The declarations that each declaration mentions, found when they are first needed. */
  next: Map<Declaration, readonly Declaration[]>;
};

const indexes = new WeakMap<TestPackage, Index>();

/** Internal and external tests are two packages, so equal names in them are different declarations. */
function keyOf(packageName: string, name: string): string {
  return `${packageName}.${name}`;
}

function append(map: Map<string, Declaration[]>, key: string, declaration: Declaration): void {
  const known = map.get(key);
  if (known) known.push(declaration);
  else map.set(key, [declaration]);
}

function indexOf(tests: TestPackage): Index {
  const known = indexes.get(tests);
  if (known) return known;
  const fileOf = new Map<Declaration, GoFile>();
  const named = new Map<string, Declaration[]>();
  const methods = new Map<string, Declaration[]>();
  for (const file of tests.files) {
    for (const declaration of file.declarations) {
      fileOf.set(declaration, file);
      const { receiver, names } = declaration;
      if (receiver !== null) append(methods, keyOf(file.package, receiver), declaration);
      else for (const name of names) append(named, keyOf(file.package, name), declaration);
    }
  }
  const ownName = tests.files[0]?.package.replace(/_test$/u, '') ?? '';
  const index = { fileOf, named, methods, ownName, next: new Map<Declaration, readonly Declaration[]>() };
  indexes.set(tests, index);
  return index;
}

/** The name of an import in a file. */
function importName({ name, path }: ImportSpec, { nameOf }: TestPackage): string {
  return name ?? nameOf(path);
}

/** The names of the tested package in a file of external tests: usually one name, or `.`. Internal tests have none. */
function namesOfTested(file: GoFile, tests: TestPackage, ownName: string): string[] {
  if (file.package === ownName) return [];
  const own = file.imports.filter(({ path }) => path === tests.importPath);
  return own.map((one) => one.name ?? ownName);
}

/**
 * The declarations in test files that a declaration mentions. It compares names and ignores scopes, so it can return
 * too many.
 */
function findNamed(declaration: Declaration, tests: TestPackage): Declaration[] {
  const { fileOf, named, methods, ownName } = indexOf(tests);
  const file = fileOf.get(declaration);
  if (!file) return [];
  const tested = namesOfTested(file, tests, ownName);
  const find = (packageName: string, name: string): Declaration[] =>
    named.get(keyOf(packageName, name)) ?? [];
  const found: Declaration[] = [];
  for (const name of declaration.words) {
    found.push(...find(file.package, name));
    if (tested.includes('.')) found.push(...find(ownName, name));
  }
  for (const selection of declaration.selections) {
    const dot = selection.indexOf('.');
    if (tested.includes(selection.slice(0, dot))) found.push(...find(ownName, selection.slice(dot + 1)));
  }
  // A type that is kept keeps all its methods, because an interface may need any of them.
  const types = declaration.kind === 'type' ? declaration.names : [];
  return [...found, ...types.flatMap((name) => methods.get(keyOf(file.package, name)) ?? [])];
}

function close(roots: Iterable<Declaration>, tests: TestPackage): Set<Declaration> {
  const { next } = indexOf(tests);
  const found = new Set(roots);
  for (const declaration of found) {
    const named = next.get(declaration) ?? findNamed(declaration, tests);
    next.set(declaration, named);
    for (const one of named) found.add(one);
  }
  return found;
}

/** Whether a declaration always runs: `init` functions, TestMain, and variables whose initialisers have an effect. */
function runsAlways({ kind, names, runs }: Declaration): boolean {
  return runs || (kind === 'func' && (names[0] === 'init' || names[0] === 'TestMain'));
}

/** Whether a test file adds a method to a type of the tested package. Any code can call it through an interface. */
function extendsPackage({ receiver }: Declaration, file: GoFile, { named }: Index): boolean {
  return receiver !== null && !named.has(keyOf(file.package, receiver));
}

/** The declarations that run in every test binary, whichever tests or benchmarks are selected. */
export function findRunning(tests: TestPackage): Declaration[] {
  const index = indexOf(tests);
  return [...index.fileOf]
    .filter(([one, file]) => runsAlways(one) || extendsPackage(one, file, index))
    .map(([one]) => one);
}

/**
 * Whether a declaration that always runs can be left out. `init` and TestMain cannot, because they prepare for others.
 */
export function canBeLeftOut({ kind }: Declaration): boolean {
  return kind !== 'func';
}

/** All declarations of the test files that the given ones need, including themselves. */
export function findNeededBy(tests: TestPackage, declarations: Iterable<Declaration>): Set<Declaration> {
  return close(declarations, tests);
}

/** The declarations of the test files that the functions with these names (benchmarks, tests, examples) need. */
export function findNeeded(tests: TestPackage, roots: Iterable<string>): Set<Declaration> {
  const { named } = indexOf(tests);
  const packages = [...new Set(tests.files.map((file) => file.package))];
  const asked = [...roots].flatMap((root) => packages.flatMap((name) => named.get(keyOf(name, root)) ?? []));
  return close(asked, tests);
}

/** The imports of a file that some of its declarations may use. */
export function neededImports(
  declarations: Iterable<Declaration>,
  file: GoFile,
  tests: TestPackage,
): Set<ImportSpec> {
  const words = new Set<string>();
  for (const one of declarations) for (const word of one.words) words.add(word);
  return new Set(file.imports.filter((one) => words.has(importName(one, tests))));
}

/** The top-level functions of the test files whose names begin with `prefix`. */
function functionsNamed(tests: TestPackage, prefix: string): string[] {
  const names = tests.files.flatMap((file) =>
    file.declarations.filter(({ kind }) => kind === 'func').flatMap((one) => one.names),
  );
  return [...new Set(names)].filter((name) => name.startsWith(prefix));
}

/** The facts that determine the meaning of a declaration, in a form that does not depend on its file and lines. */
function factsOf(declaration: Declaration, tests: TestPackage): string[] {
  const file = indexOf(tests).fileOf.get(declaration);
  if (!file) return [];
  const used = neededImports([declaration], file, tests);
  const dots = file.imports.filter(({ name }) => name === '.');
  // The same text has another meaning with another import or language version.
  const version = file.constraint?.includes('go1.') ? file.constraint : '';
  return [
    `${file.package} ${version} ${declaration.text}`,
    // The import path of the tested package can change.
    ...[...used, ...dots].map(
      (one) =>
        `${file.package} import ${importName(one, tests)} ${one.path === tests.importPath ? '' : one.path}`,
    ),
  ];
}

function factsOfAll(declarations: Iterable<Declaration>, tests: TestPackage): Set<string> {
  return new Set([...declarations].flatMap((one) => factsOf(one, tests)));
}

/** The facts that affect every run: declarations that always run, and imports for their side effects. */
function factsOfAlways(tests: TestPackage): Set<string> {
  const facts = factsOfAll(close(findRunning(tests), tests), tests);
  for (const file of tests.files) {
    for (const { name, path } of file.imports) if (name === '_') facts.add(`import _ ${path}`);
  }
  return facts;
}

/** How a function of the test files compares between the sides; `base`, `head`: only that side has the function. */
export type Sameness = 'same' | 'changed' | 'base' | 'head';

/** For every test function with this prefix: whether it and everything that it needs is the same on both sides. */
export function compareRoots(prefix: string, base: TestPackage, head: TestPackage): Map<string, Sameness> {
  const inBase = new Set(functionsNamed(base, prefix));
  const inHead = new Set(functionsNamed(head, prefix));
  const isEqual = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
    one.symmetricDifference(other).size === 0;
  const isAlwaysSame = isEqual(factsOfAlways(base), factsOfAlways(head));
  const compare = (name: string): Sameness => {
    if (!inHead.has(name)) return 'base';
    if (!inBase.has(name)) return 'head';
    const [before, after] = [base, head].map((side) => factsOfAll(findNeeded(side, [name]), side));
    return isAlwaysSame && before && after && isEqual(before, after) ? 'same' : 'changed';
  };
  return new Map([...inBase, ...inHead].map((name) => [name, compare(name)]));
}
