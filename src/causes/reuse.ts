import path from 'node:path';
import { lineText } from './parameters.ts';
import type { Explain, Facts } from './types.ts';

/** What a line appends to: a field (`s.buf`), or what a method's receiver points to (`*m`). */
type Grown = { field: string } | { receiver: string };

/** `(*T).M` → `T`; null for a function. */
function receiverType(name: string): string | null {
  return /^\(?\*?([\p{L}\p{N}_]+)\)?\./u.exec(name)?.[1] ?? null;
}

function grownBy(facts: Facts, file: string, line: number): Grown | null {
  const left = /^(?<left>\S+)\s*=\s*append\(/u.exec(lineText(facts, file, line))?.groups?.['left'] ?? '';
  const field = /\.(?<field>[\p{L}\p{N}_]+)$/u.exec(left)?.groups?.['field'];
  if (field !== undefined) return { field };
  const receiver = /^\*[\p{L}\p{N}_]+$/u.test(left)
    ? receiverType(facts.functions.at(file, line)?.name ?? '')
    : null;
  return receiver === null ? null : { receiver };
}

/** Whether a changed line gives the grown slice other memory to begin with. */
function assigns(facts: Facts, grown: Grown, file: string, line: number): boolean {
  const text = lineText(facts, file, line);
  if ('field' in grown)
    return new RegExp(`(?:\\.${grown.field}\\s*=(?!=)|\\b${grown.field}:)`, 'u').test(text);
  const owner = receiverType(facts.functions.at(file, line)?.name ?? '');
  return owner === grown.receiver && /^\*[\p{L}\p{N}_]+\s*=(?!=)/u.test(text);
}

/** The line appends to memory that was there before: a changed line of the package no longer keeps it, or makes it too small. */
export const explainReuse: Explain = (facts, { position, site }) => {
  const grown = site && grownBy(facts, position.file, position.line);
  if (!grown) return null;
  const dir = path.posix.dirname(position.file);
  const isOwn = (file: string): boolean => path.posix.dirname(file) === dir && /(?<!_test)\.go$/u.test(file);
  for (const file of facts.changes.files.filter(isOwn)) {
    const last = facts.sources.head(file)?.lines.length ?? 0;
    const line = facts.changes.within(file, 1, last).find((at) => assigns(facts, grown, file, at));
    if (line === undefined) continue;
    return { kind: 'reuse-lost', file, line, text: lineText(facts, file, line), via: [] };
  }
  return null;
};
