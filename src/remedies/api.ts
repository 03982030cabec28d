import type { Node } from 'web-tree-sitter';
import { type Grammar, parseSource } from '../rules/syntax.ts';

const isExported = (name: string): boolean => /^\p{Lu}/u.test(name);

const textOf = (node: Node, field: string): string => node.childForFieldName(field)?.text ?? '';

const namesOf = (node: Node): string[] => node.childrenForFieldName('name').flatMap((one) => one?.text ?? []);

const descendants = (node: Node, ...types: string[]): Node[] =>
  node.descendantsOfType(types).filter((one) => one !== null);

/** `func F(int) error`, `func (*T).M()`: without its body. */
function signatureOf(node: Node): string {
  const receiver = node.childForFieldName('receiver')?.namedChild(0)?.childForFieldName('type')?.text ?? '';
  const parts = ['name', 'type_parameters', 'parameters', 'result'].map((field) => textOf(node, field));
  return `func ${receiver} ${parts.join(' ')}`;
}

/** A type, its exported fields, those that it embeds, and the methods of an interface. */
function membersOf(type: Node): string[] {
  const name = textOf(type, 'name');
  const members = descendants(type, 'field_declaration', 'method_elem').filter((member) => {
    const names = namesOf(member);
    return names.length === 0 || names.some(isExported);
  });
  return [name, ...members.map(({ text }) => `${name} ${text}`)];
}

/** What a declaration at the top level offers to other packages. */
function apiOf(declaration: Node): string[] {
  switch (declaration.type) {
    case 'function_declaration':
    case 'method_declaration': {
      return isExported(textOf(declaration, 'name')) ? [signatureOf(declaration)] : [];
    }
    case 'type_declaration': {
      return descendants(declaration, 'type_spec', 'type_alias')
        .filter((type) => isExported(textOf(type, 'name')))
        .flatMap(membersOf);
    }
    case 'const_declaration':
    case 'var_declaration': {
      return descendants(declaration, 'const_spec', 'var_spec').flatMap(namesOf).filter(isExported);
    }
    default: {
      return [];
    }
  }
}

function listApi(grammar: Grammar, text: string): string[] | null {
  const source = parseSource(grammar, text);
  if (!source) return null;
  try {
    return source.root.namedChildren.flatMap((node) => (node ? apiOf(node) : []));
  } finally {
    source.free();
  }
}

/** Whether a text of a Go file lacks something that another one offers to other packages, or has it otherwise. */
export function removesApi(grammar: Grammar, from: string, to: string): boolean {
  const [before, after] = [listApi(grammar, from), listApi(grammar, to)];
  if (!before || !after) return true;
  const kept = new Set(after);
  return before.some((one) => !kept.has(one));
}
