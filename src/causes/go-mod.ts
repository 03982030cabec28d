/** One line that selects a module or the language. Lines count from 1. */
type Selected = { version: string; line: number };

/** What a go.mod or go.work file selects (https://go.dev/ref/mod#go-mod-file). */
export type GoMod = {
  /** The language version. */
  go: Selected | null;
  modules: Map<string, Selected>;
  /** The folders in the `use` lines of go.work. */
  uses: { dir: string; line: number }[];
};

/** The line of go.mod or go.work that selects each module of a build, by module path. */
export type SelectedModules = ReadonlyMap<string, Selected & { file: string }>;

/** A dependency whose version or folder differs between base and head. `line` is in head's `file`. */
export type ModuleChange = {
  path: string;
  base: string | null;
  head: string;
  file: string;
  line: number;
};

/** A change of the language version in go.mod. */
type LanguageChange = { base: string; head: string; file: string; line: number };

export type GoModChange = { modules: ModuleChange[]; language: LanguageChange | null };

const unquote = (word: string): string => word.replace(/^["`](.*)["`]$/u, '$1');

/** `replace path [version] => target [version]`. */
function readReplacement(words: readonly string[]): { path: string; version: string } | null {
  const arrow = words.indexOf('=>');
  const [path] = words;
  return arrow > 0 && path ? { path, version: `=> ${words.slice(arrow + 1).join(' ')}` } : null;
}

/** Reads the directives that matter here and ignores everything else. */
export function parseGoMod(text: string): GoMod {
  const found: GoMod = { go: null, modules: new Map(), uses: [] };
  const replaced = new Map<string, Selected>();
  let block = '';
  for (const [index, source] of text.split('\n').entries()) {
    const words = source
      .replace(/\/\/.*$/u, '')
      .trim()
      .split(/\s+/u)
      .map(unquote);
    const line = index + 1;
    if (words[0] === ')') block = '';
    else if (words[1] === '(') block = words[0] ?? '';
    else {
      const [directive, ...rest] = block === '' ? words : [block, ...words];
      const [path, version] = rest;
      const replacement = directive === 'replace' ? readReplacement(rest) : null;
      if (replacement) replaced.set(replacement.path, { version: replacement.version, line });
      if (directive === 'require' && path && version) found.modules.set(path, { version, line });
      if (directive === 'go' && path) found.go = { version: path, line };
      if (directive === 'use' && path) found.uses.push({ dir: path, line });
    }
  }
  for (const [path, selected] of replaced) found.modules.set(path, selected);
  return found;
}

/** `1.21` and `1.21.3` select the same language. */
function languageOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** The modules that head selects differently. */
export function compareSelections(base: SelectedModules, head: SelectedModules): ModuleChange[] {
  return [...head].flatMap(([path, { version, file, line }]) => {
    const old = base.get(path)?.version ?? null;
    return old === version ? [] : [{ path, base: old, head: version, file, line }];
  });
}

/** The change of the language version between two texts of one module's go.mod; `file` is head's path. */
export function compareLanguages(base: string, head: string, file: string): LanguageChange | null {
  const [before, after] = [parseGoMod(base).go, parseGoMod(head).go];
  if (!before || !after || languageOf(before.version) === languageOf(after.version)) return null;
  return { base: before.version, head: after.version, file, line: after.line };
}

/** The changed module of a function with a name as in a profile: `example.com/dep/pkg.(*T).M`. */
export function moduleOf(functionName: string, modules: readonly ModuleChange[]): ModuleChange | null {
  const owners = modules.filter(
    ({ path }) => functionName.startsWith(`${path}.`) || functionName.startsWith(`${path}/`),
  );
  // Of nested modules, the innermost one has the longest path.
  return owners.sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}
