import type { FlowStep } from '../compare/types.ts';
import { calledFunction } from './functions.ts';
import { moduleOf, type ModuleChange } from './go-mod.ts';
import { importsOf, mayBeNamed } from './packages.ts';
import type { Case, CauseOf, ChangeFacts, Explain } from './types.ts';

/** A version, or the folder of a `replace` or `use`. */
const placeOf = (selected: string): string => selected.replace(/^(?:=>|use) /u, '');

function describe({ path, base, head, file, line }: ModuleChange): CauseOf<'dependency'> {
  const place = placeOf(head);
  const text = base === null ? `${path} ${place} is new` : `${path} ${placeOf(base)} → ${place}`;
  return { kind: 'dependency', file, line, text, via: [] };
}

/** Ranks how well a package's name matches its path: `texts` matches `go-texts` better than `texts-util`. */
function rankName(importPath: string, name: string): number {
  const last = importPath.replace(/\/v\d+$/u, '').replace(/\.v\d+$/u, '');
  if (last === name || last.endsWith(`/${name}`)) return 3;
  if (last.endsWith(`-${name}`) || last.endsWith(`.${name}`)) return 2;
  return mayBeNamed(importPath, name) ? 1 : 0;
}

/**
 * The changed module with the package that a file imports under this name. The compiler prints only the last element of a
 * package's path, so the file's imports decide.
 */
function importedModule({ goMod, sources }: ChangeFacts, name: string, file: string): ModuleChange | null {
  const [meant] = importsOf(sources.head(file)?.root)
    .map((one) => one.path)
    .filter((one) => rankName(one, name) > 0)
    .sort((a, b) => rankName(b, name) - rankName(a, name));
  return meant === undefined ? null : moduleOf(`${meant}.`, goMod.modules);
}

/** The changed module that a `call parameter` step calls. */
function calledModule(facts: ChangeFacts, { text, position }: FlowStep): ModuleChange | null {
  const name = /^\(?\*?([\p{L}\p{N}_]+)\./u.exec(calledFunction(text) ?? '')?.[1];
  return name === undefined || position === null ? null : importedModule(facts, name, position.file);
}

/** The changed module whose variable moved to the heap. It is only named with its package where its function is inlined. */
function inlinedModule(facts: ChangeFacts, { decision, position }: Case): ModuleChange | null {
  if (decision?.kind !== 'moved-to-heap') return null;
  const name = /^([\p{L}\p{N}_]+)\.[\p{L}\p{N}_]+$/u.exec(decision.expression)?.[1];
  return name === undefined ? null : importedModule(facts, name, position.file);
}

/**
 * Another module allocates, also inlined, or gets a value as an argument, and head selects another version of that module.
 */
export const explainDependency: Explain<'dependency'> = (facts, effect) => {
  const { site, decision } = effect;
  const callees = site?.callees.flat() ?? [];
  for (const name of callees) {
    const owner = moduleOf(name, facts.goMod.modules);
    if (owner) return describe(owner);
  }
  for (const step of decision?.flow ?? []) {
    const owner = step.reason === 'call parameter' ? calledModule(facts, step) : null;
    if (owner) return describe(owner);
  }
  const inlined = inlinedModule(facts, effect);
  return inlined && describe(inlined);
};

/** Whether a line selects a folder and not a version. */
const isFolder = ({ head }: ModuleChange): boolean => /^(?:=> \.{1,2}(?:\/|$)|use )/u.test(head);

/** The allocating function is in a module of the repository, and a `replace` or `use` of head names its folder anew. */
export const explainFolder: Explain<'dependency'> = ({ goMod }, { site }) => {
  const owner = site && moduleOf(site.function, goMod.modules.filter(isFolder));
  return owner && describe(owner);
};

/** A loop's variables are new in each iteration since language version 1.22 (https://go.dev/blog/loopvar-preview). */
const perIteration = [1, 22];

function isBefore(version: string, [major = 0, minor = 0]: readonly number[]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
}

function isLoopVariable({ sources }: ChangeFacts, { position, decision }: Case): boolean {
  const text = sources.head(position.file)?.lines[position.line - 1] ?? '';
  return /^\s*(?:\w+:\s*)?for\b/u.test(text) && decision?.kind === 'moved-to-heap';
}

/**
 * go.mod's go line selects another language version or, through its GODEBUG defaults, another behaviour of the standard
 * library.
 */
export const explainLanguage: Explain<'language-version'> = (facts, effect) => {
  const { language } = facts.goMod;
  if (!language) return null;
  const crossesLoops = isBefore(language.base, perIteration) && !isBefore(language.head, perIteration);
  const inLibrary = (effect.site?.callees.length ?? 0) > 0;
  if (!(crossesLoops && isLoopVariable(facts, effect)) && !inLibrary) return null;
  const { file, line, base, head } = language;
  return { kind: 'language-version', file, line, text: `go ${base} → go ${head}`, via: [] };
};
