import type { Cause } from '../compare/types.ts';
import { calledFunction, mayBeNamed } from './functions.ts';
import { moduleOf, type ModuleChange } from './go-mod.ts';
import type { Case, Explain, Facts } from './types.ts';

function describe({ path, base, head, file, line }: ModuleChange): Cause {
  const text = base === null ? `${path} ${head} is new` : `${path} ${base} → ${head}`;
  return { kind: 'dependency', file, line, text, via: [] };
}

/** A `call parameter` step names packages by their last element only. */
function calledModule({ goMod }: Facts, text: string): ModuleChange | null {
  const qualifier = /^\(?\*?([\p{L}\p{N}_]+)\./u.exec(calledFunction(text) ?? '')?.[1];
  return goMod.modules.find(({ path }) => qualifier !== undefined && mayBeNamed(path, qualifier)) ?? null;
}

/** The allocation is made inside another module, or a value is handed to it, and head takes that module in another version. */
export const explainDependency: Explain = (facts, { site, decision }) => {
  const callees = site?.callees.flat() ?? [];
  for (const name of callees) {
    const owner = moduleOf(name, facts.goMod.modules);
    if (owner) return describe(owner);
  }
  for (const { reason, text } of decision?.flow ?? []) {
    const owner = reason === 'call parameter' ? calledModule(facts, text) : null;
    if (owner) return describe(owner);
  }
  return null;
};

/** A loop's variables are new in each iteration since language version 1.22 (https://go.dev/blog/loopvar-preview). */
const perIteration = [1, 22];

function isBefore(version: string, [major = 0, minor = 0]: readonly number[]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
}

function isLoopVariable({ sources }: Facts, { position, decision }: Case): boolean {
  const text = sources.head(position.file)?.lines[position.line - 1] ?? '';
  return /^\s*(?:\w+:\s*)?for\b/u.test(text) && decision?.kind === 'moved-to-heap';
}

/**
 * go.mod's go line selects another language or, through its GODEBUG defaults, another behaviour of the standard library.
 */
export const explainLanguage: Explain = (facts, effect) => {
  const { language } = facts.goMod;
  if (!language) return null;
  const crossesLoops = isBefore(language.base, perIteration) && !isBefore(language.head, perIteration);
  const inLibrary = (effect.site?.callees.length ?? 0) > 0;
  if (!(crossesLoops && isLoopVariable(facts, effect)) && !inLibrary) return null;
  const { file, line, base, head } = language;
  return { kind: 'language-version', file, line, text: `go ${base} → go ${head}`, via: [] };
};
