import type { Node } from 'web-tree-sitter';
import {
  argumentsOf,
  calledName,
  freeName,
  insertBefore,
  nodesOnLine,
  type Remedy,
  replace,
  type Rewrite,
  type Site,
} from './edits.ts';

const literals = new Set([
  'interpreted_string_literal',
  'raw_string_literal',
  'int_literal',
  'rune_literal',
  'true',
  'false',
  'nil',
]);

const isConstant = (node: Node): boolean => literals.has(node.type);

/** Whether all arguments of a call are constants, so that its result is always the same. */
const allConstant = (call: Node): boolean => argumentsOf(call).every(isConstant);

/** `template.New("x").Parse("…")`. */
function isConstantChain(node: Node): boolean {
  if (node.type !== 'call_expression') return node.type === 'identifier' || isConstant(node);
  const callee = node.childForFieldName('function');
  const operand = callee?.type === 'selector_expression' ? callee.childForFieldName('operand') : null;
  return allConstant(node) && operand !== null && isConstantChain(operand);
}

/** A name for a package-level variable with a function's result. */
function nameFor({ text, function: { name } }: Site, what: string): string {
  const own = name.replace(/^.*\./su, '');
  const start = own.slice(0, 1).toLowerCase() + own.slice(1);
  return freeName(text, `${start}${what}`);
}

/** Adds a package-level variable before the function and its comment, and replaces the call by its name. */
function hoist(site: Site, call: Node, name: string): Rewrite {
  const { node } = site.function;
  let first = node;
  for (let at = node.previousSibling; at?.type === 'comment'; at = at.previousSibling) {
    if (first.startPosition.row - at.endPosition.row > 1) break;
    first = at;
  }
  return { edits: [insertBefore(first, `var ${name} = ${call.text}\n\n`), replace(call, name)] };
}

const calls = (site: Site): Node[] => nodesOnLine(site, 'call_expression');

/** `port out of range` → `PortOutOfRange`. */
const wordsOf = (literal: string): string =>
  (literal.match(/[A-Za-z]+/gu) ?? [])
    .slice(0, 4)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())
    .join('');

export const hoistCompile: Remedy = {
  id: 'compile-once',
  rules: ['MA-12'],
  write: (site) => [
    ...calls(site)
      .filter((call) => (calledName(call, 'regexp') ?? '').startsWith('MustCompile') && allConstant(call))
      .map((call) => hoist(site, call, nameFor(site, 'Pattern'))),
    ...calls(site)
      .filter((call) => calledName(call, 'template') === 'Must' && argumentsOf(call).every(isConstantChain))
      .map((call) => hoist(site, call, nameFor(site, 'Template'))),
  ],
};

export const hoistError: Remedy = {
  id: 'make-error-once',
  rules: ['MA-15'],
  write: (site) =>
    calls(site).flatMap((call) => {
      const isNew = calledName(call, 'errors') === 'New';
      const [message, ...others] = argumentsOf(call);
      const isPlain =
        calledName(call, 'fmt') === 'Errorf' && others.length === 0 && !message?.text.includes('%');
      if (!message || !isConstant(message) || !(isNew || isPlain)) return [];
      return [hoist(site, call, freeName(site.text, `err${wordsOf(message.text)}`))];
    }),
};

export const hoistJoinedError: Remedy = {
  id: 'join-errors-once',
  rules: ['XX-14'],
  write: (site) =>
    calls(site)
      .filter((call) => calledName(call, 'errors') === 'Join')
      // Assumes that names of errors are package-level. With a local one, the result does not compile and is discarded.
      .filter((call) =>
        argumentsOf(call).every(({ type, text }) => type === 'identifier' && /^[eE]rr[A-Z]/u.test(text)),
      )
      .map((call) => hoist(site, call, nameFor(site, 'Error'))),
};

export const hoistObject: Remedy = {
  id: 'make-constant-object-once',
  rules: ['XX-17'],
  write: (site) =>
    calls(site)
      .filter((call) => calledName(call, 'strings') === 'NewReplacer' && allConstant(call))
      .map((call) => hoist(site, call, nameFor(site, 'Replacer'))),
};
