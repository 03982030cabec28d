import path from 'node:path';
import type { Position } from '../compare/types.ts';
import type { DeclaredFunction } from './functions.ts';
import { assigns, lineText, mentions } from './lines.ts';
import { namesIn } from './names.ts';
import type { ChangeFacts, Explain } from './types.ts';

function bodyOf(facts: ChangeFacts, { file, firstLine, lastLine }: DeclaredFunction): string {
  const lines = facts.sources.head(file)?.lines.slice(firstLine - 1, lastLine);
  return (lines ?? []).join('\n');
}

/** The fields that a text reads. */
const fieldsIn = (text: string): Set<string> =>
  new Set(text.match(/(?<=[\p{L}\p{N}_\])]\.)[\p{L}_][\p{L}\p{N}_]*(?![\p{L}\p{N}_]|\()/gu) ?? []);

/** The variables of the package in `folder` that a text mentions. */
function variablesIn(facts: ChangeFacts, text: string, folder: string): string[] {
  const declared = facts.filesIn(folder).flatMap(facts.names.declarations);
  const variables = new Set(declared.flatMap(({ kind, name }) => (kind === 'variable' ? [name] : [])));
  return namesIn(text).filter((name) => variables.has(name));
}

/** Whether a statement assigns to a variable: `x = 1`, `x += 1`, `x++`. `x := 1` declares another one. */
const sets = (code: string, name: string): boolean =>
  new RegExp(`^${name}\\s*(?:(?:[-+*/%&|^]|<<|>>|&\\^)?=(?!=)|\\+\\+|--)`, 'u').test(code);

/** A changed line of the package that sets one of the fields or variables that a text reads. */
function findSetter(facts: ChangeFacts, text: string, near: string): Position | null {
  const folder = path.posix.dirname(near);
  const [fields, variables] = [fieldsIn(text), variablesIn(facts, text, folder)];
  const isOwn = (file: string): boolean =>
    path.posix.dirname(file) === folder && /(?<!_test)\.go$/u.test(file);
  for (const file of facts.changes.files.filter(isOwn)) {
    const last = facts.sources.head(file)?.lines.length ?? 0;
    const line = facts.changes.within(file, 1, last).find((at) => {
      const code = lineText(facts, file, at);
      const isField = [...fields].some((name) => mentions(code, name) && assigns(code, name));
      return isField || variables.some((name) => sets(code, name));
    });
    if (line !== undefined) return { file, line, column: 0 };
  }
  return null;
}

/**
 * The function of the place, or one that calls it, reads a changed constant or variable, such as a loop's bound or a
 * limit; or it reads a field or variable that a changed line of the package sets, as in init.
 */
export const explainValue: Explain<'call-count'> = (facts, effect) => {
  const readers = effect.stack.flatMap(({ file, line }) => facts.functions.at(file, line) ?? []);
  for (const declared of readers) {
    const { file, firstLine, name } = declared;
    const body = bodyOf(facts, declared);
    const kinds = ['constant', 'variable'] as const;
    const changed = facts.names.findChanged(namesIn(body), file, { kinds });
    const at = changed && { file: changed.declaration.file, line: changed.line };
    const found = at ?? findSetter(facts, body, file);
    if (!found) continue;
    const text = lineText(facts, found.file, found.line);
    const via = [{ file, line: firstLine, text: name }];
    return { kind: 'call-count', file: found.file, line: found.line, text, via };
  }
  return null;
};
