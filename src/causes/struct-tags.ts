import { lineText } from './lines.ts';
import { type NamedDeclaration, namesIn } from './names.ts';
import type { Case, ChangeFacts, Explain } from './types.ts';

/** Whether a backslash stands before a character that is itself not escaped. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

/** The declaration of a field without the tag at its end (https://go.dev/ref/spec#Struct_types). */
export function withoutTag(declaration: string): string {
  const text = declaration.trimEnd();
  const quote = text.at(-1);
  if (quote !== '`' && quote !== '"') return text;
  for (let at = text.length - 2; at >= 0; at -= 1)
    if (text[at] === quote && (quote === '`' || !isEscaped(text, at))) return text.slice(0, at).trimEnd();
  return text;
}

/** Whether of a field only the tag changed. */
function isTagged(facts: ChangeFacts, field: NamedDeclaration): boolean {
  const old = facts.names.before(field);
  if (!old || old.text === field.text) return false;
  const bare = ({ text }: NamedDeclaration): string => withoutTag(text).replaceAll(/\s+/gu, ' ');
  return bare(old) === bare(field);
}

/** The first field of a changed type whose tag alone changed. */
function taggedIn(facts: ChangeFacts, { name, file }: NamedDeclaration): NamedDeclaration | null {
  const fields = facts.names
    .declarations(file)
    .filter(({ kind, owner }) => kind === 'field' && owner === name);
  return fields.find((field) => isTagged(facts, field)) ?? null;
}

/** Code that reads types at run time allocates: the line itself makes nothing, or only boxes the value. */
const reflects = ({ site }: Case): boolean => (site?.callees ?? []).some((calls) => calls.length > 0);

/** The names in the functions around the place and its callers, and in their signatures. */
function namesAround(
  { functions, sources }: ChangeFacts,
  { stack }: Case,
): { names: string[]; file: string }[] {
  return stack.flatMap(({ file, line }) => {
    const declared = functions.at(file, line);
    if (!declared) return [];
    const lines = sources.head(file)?.lines.slice(declared.firstLine - 1, declared.lastLine) ?? [];
    return [{ names: namesIn(lines.join('\n')), file }];
  });
}

/**
 * The tag of a field changed, which a library reads from the type at run time, such as an encoder; the type is named in the
 * function of the place, or in one that calls it, directly or in another type.
 */
export const explainTag: Explain<'struct-tag'> = (facts, effect) => {
  if (!reflects(effect)) return null;
  const pick = ({ declaration }: { declaration: NamedDeclaration }): number | null =>
    taggedIn(facts, declaration)?.firstLine ?? null;
  for (const { names, file } of namesAround(facts, effect)) {
    const found = facts.names.findChanged(names, file, { kinds: ['type'], throughSignatures: true, pick });
    if (!found) continue;
    const at = { file: found.declaration.file, line: found.line };
    return { kind: 'struct-tag', ...at, text: lineText(facts, at.file, at.line), via: [] };
  }
  return null;
};
