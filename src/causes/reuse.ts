import path from 'node:path';
import type { Position } from '../compare/types.ts';
import type { Edit } from './changed-lines.ts';
import { calledFunction, type DeclaredFunction } from './functions.ts';
import { assigns, lineText, mentions } from './lines.ts';
import { namesIn } from './names.ts';
import { codeOf } from './spacing.ts';
import type { Case, CauseOf, ChangeFacts, Explain } from './types.ts';

/**
 * Code that reuses or preallocates memory: it takes memory from a pool, empties but keeps it, or makes it large enough.
 */
const KEEPING = /\.(?:Get|Put|Reset|Grow)\(|\[:0(?::[^\]]*)?\]|\bmake\(|\bclear\(|\bslices\.Grow\(/u;
const isPoolUse = (code: string): boolean => /\.(?:Get|Put)\(/u.test(code) && /pool/iu.test(code);

/** The number of frames above the place whose variables can be passed down to it. */
const MAX_FRAMES = 3;

const isField = (code: string, name: string): boolean =>
  new RegExp(`[\\p{L}\\p{N}_\\])]\\.${name}(?![\\p{L}\\p{N}_]|\\()`, 'u').test(code);

/** Whether a line of base reused or preallocated the memory of a name, and no replacing line does. */
function lostFor({ sources }: ChangeFacts, { file, lines, base }: Edit, name: string): string | null {
  const now = lines.map((line) => codeOf(sources.head(file)?.lines[line - 1] ?? ''));
  const isKept = (code: string): boolean =>
    KEEPING.test(code) &&
    mentions(code, name) &&
    (assigns(code, name) || isPoolUse(code) || new RegExp(`(?<![\\p{L}\\p{N}_])${name}\\.`, 'u').test(code));
  const old = base.texts.map(codeOf).find(isKept);
  const [operation] = old === undefined ? [] : (KEEPING.exec(old) ?? []);
  const isStill = now.some(
    (code) =>
      isKept(code) &&
      operation !== undefined &&
      code.includes(operation) &&
      sizeGiven(code) >= sizeGiven(old ?? ''),
  );
  return old === undefined || isStill ? null : old;
}

/** The number of sizes in a `make`: `make([]T, 0, n)` has more than `make([]T, 0)`. */
function sizeGiven(code: string): number {
  const inside = /\bmake\((?<list>.*)\)/su.exec(code)?.groups?.['list'] ?? '';
  const isEmpty = /,\s*0\s*$/u.test(inside);
  return inside.split(',').length - (isEmpty ? 1 : 0);
}

function toCause(facts: ChangeFacts, edit: Edit, name: string, old: string): CauseOf<'reuse-lost'> {
  const { file, lines, at } = edit;
  const set = lines.find((line) => assigns(lineText(facts, file, line), name));
  const line = set ?? at;
  const text = set === undefined ? `without ${old}` : lineText(facts, file, line);
  return { kind: 'reuse-lost', file, line, text, via: [] };
}

/** The first hunk in which the memory of one of the names is no longer reused. */
function findLost(
  facts: ChangeFacts,
  edits: readonly Edit[],
  names: readonly string[],
): CauseOf<'reuse-lost'> | null {
  for (const edit of edits) {
    for (const name of names) {
      const old = lostFor(facts, edit, name);
      if (old !== null) return toCause(facts, edit, name, old);
    }
  }
  return null;
}

function editsIn({ changes }: ChangeFacts, { file, firstLine, lastLine }: DeclaredFunction): Edit[] {
  return changes.edits(file, firstLine, lastLine);
}

/** All changes in the package of a file, without tests. */
function editsBeside({ changes, sources }: ChangeFacts, near: string): Edit[] {
  const folder = path.posix.dirname(near);
  return changes.files
    .filter((file) => path.posix.dirname(file) === folder && /(?<!_test)\.go$/u.test(file))
    .flatMap((file) => changes.edits(file, 1, sources.head(file)?.lines.length ?? 0));
}

/** The fields on a line, and those that a variable on the line is a copy of: `toks := d.toks`. */
function fieldsOn(facts: ChangeFacts, { file, line }: Position, names: readonly string[]): string[] {
  const code = codeOf(facts.sources.head(file)?.lines[line - 1] ?? '');
  const declared = facts.functions.at(file, line);
  const body = declared
    ? (facts.sources.head(file)?.lines.slice(declared.firstLine - 1, declared.lastLine) ?? []).map(codeOf)
    : [];
  const copies = body.filter((one) =>
    names.some((name) => one.startsWith(`${name} := `) && !one.includes('(')),
  );
  return [...new Set([code, ...copies].flatMap((one) => namesIn(one).filter((name) => isField(one, name))))];
}

/** The names on a line that can be filled: fields before variables; for `x.byID[k]` not `x`. */
function filledOn(text: string): string[] {
  const names = namesIn(text).filter(
    (name) => !new RegExp(`${name}\\.[\\p{L}_][\\p{L}\\p{N}_]*(?![\\p{L}\\p{N}_(])`, 'u').test(text),
  );
  return names.sort((a, b) => Number(isField(text, b)) - Number(isField(text, a)));
}

/**
 * Whether a line puts something back into a pool: directly, or by calling a function declared beside the one that gets
 * it.
 */
function putsBack({ sources }: ChangeFacts, code: string, getter: Position): boolean {
  const taker = sources.head(getter.file);
  const receiver = /(?<pool>[\p{L}_][\p{L}\p{N}_]*)\.Put\(/u.exec(code)?.groups?.['pool'];
  if (receiver !== undefined) return mentions(taker?.lines[getter.line - 1] ?? '', receiver);
  const called = calledFunction(code.replace(/^(?:defer|go)\s/u, ''))?.replace(/^.*\./su, '');
  const helper = taker?.functions.find(({ name }) => name.replace(/^.*\./su, '') === called);
  return helper?.node.text.includes('.Put(') ?? false;
}

/** A pool calls its New because an object is no longer put back. */
function emptyPool(facts: ChangeFacts, { callers, stack }: Case): CauseOf<'reuse-lost'> | null {
  const taken = callers.findIndex(({ function: name }) => name === 'sync.(*Pool).Get');
  const getter = taken < 0 ? null : callers[taken + 1]?.position;
  if (!getter) return null;
  const readers = stack.flatMap(({ file, line }) => facts.functions.at(file, line) ?? []);
  const edits = [...readers.flatMap((one) => editsIn(facts, one)), ...editsBeside(facts, getter.file)];
  for (const edit of edits) {
    const returns = (code: string): boolean => putsBack(facts, code, getter);
    const old = edit.base.texts.map(codeOf).find(returns);
    if (old === undefined || edit.lines.some((line) => returns(lineText(facts, edit.file, line)))) continue;
    return { kind: 'reuse-lost', file: edit.file, line: edit.at, text: `without ${old}`, via: [] };
  }
  return null;
}

/** Code that fills memory that may have existed before: `append`, an element of a map, a method of the value. */
const FILLS = /\bappend\(|\]\s*(?:[-+*/|]?=(?!=)|\+\+|--)|\.\p{L}[\p{L}\p{N}_]*\(/u;

/** The memory that the place fills was reused or preallocated, until a line of base was removed. */
export const explainReuse: Explain<'reuse-lost'> = (facts, effect) => {
  const { site, stack, position } = effect;
  if (!site) return null;
  const pool = emptyPool(facts, effect);
  if (pool) return pool;
  const isFilled = FILLS.test(lineText(facts, position.file, position.line));
  for (const at of isFilled ? stack.slice(0, MAX_FRAMES) : []) {
    if (at.file.endsWith('_test.go')) break;
    const declared = facts.functions.at(at.file, at.line);
    const names = filledOn(lineText(facts, at.file, at.line));
    const here = declared ? findLost(facts, editsIn(facts, declared), names) : null;
    const found = here ?? findLost(facts, editsBeside(facts, at.file), fieldsOn(facts, at, names));
    if (found) return found;
  }
  return null;
};

/** The destination of an append: a field (`s.buf`), or the value that a method's receiver points to (`*m`). */
type Grown = { field: string } | { receiver: string };

/** `(*T).M` → `T`; null for a function. */
function receiverType(name: string): string | null {
  return /^\(?\*?([\p{L}\p{N}_]+)\)?\./u.exec(name)?.[1] ?? null;
}

function grownBy(facts: ChangeFacts, file: string, line: number): Grown | null {
  const left = /^(?<left>\S+)\s*=\s*append\(/u.exec(lineText(facts, file, line))?.groups?.['left'] ?? '';
  const field = /\.(?<field>[\p{L}\p{N}_]+)$/u.exec(left)?.groups?.['field'];
  if (field !== undefined) return { field };
  const receiver = /^\*[\p{L}\p{N}_]+$/u.test(left)
    ? receiverType(facts.functions.at(file, line)?.name ?? '')
    : null;
  return receiver === null ? null : { receiver };
}

/** Whether a changed line assigns other memory to the slice that grows. */
function replaces(facts: ChangeFacts, grown: Grown, file: string, line: number): boolean {
  const text = lineText(facts, file, line);
  if ('field' in grown)
    return new RegExp(`(?:\\.${grown.field}\\s*=(?!=)|\\b${grown.field}:)`, 'u').test(text);
  const owner = receiverType(facts.functions.at(file, line)?.name ?? '');
  return owner === grown.receiver && /^\*[\p{L}\p{N}_]+\s*=(?!=)/u.test(text);
}

/** The line appends to existing memory, and a changed line of the package replaces that memory. */
export const explainReplaced: Explain<'reuse-lost'> = (facts, { position, site }) => {
  const grown = site && grownBy(facts, position.file, position.line);
  if (!grown) return null;
  for (const { file, lines } of editsBeside(facts, position.file)) {
    const line = lines.find((at) => replaces(facts, grown, file, at));
    if (line !== undefined)
      return { kind: 'reuse-lost', file, line, text: lineText(facts, file, line), via: [] };
  }
  return null;
};
