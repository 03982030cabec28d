import leven from 'leven';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Pair, YAMLError } from 'yaml';
import { z } from 'zod';
import type { ConfigFault, ConfigProblem, ConfigValueType } from './schema.ts';

/** A config has some twenty keys: what is larger than this (in UTF-16 units) is not one. */
const sizeLimit = 64 * 1024;
/** How often aliases may be expanded. A config has use for a handful. */
const aliasLimit = 50;

type Path = readonly PropertyKey[];
/** A parsed file, and the schema that it has to follow. */
export type Source = { document: Document; lines: LineCounter; path: string; schema: z.ZodType };

/** The JSON Schema (draft 2020-12) of what a person writes, for editors. */
export function toJsonSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
}

const toKey = (path: Path): string => path.map(String).join('.');

export function problemAt(source: Source, offset: number, path: Path, fault: ConfigFault): ConfigProblem {
  const { line, col } = source.lines.linePos(offset);
  return { path: source.path, line: Math.max(line, 1), column: Math.max(col, 1), key: toKey(path), ...fault };
}

function resolveAlias(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

const pairKey = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);

const offsetOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Finds the value at a path, following aliases, and the offset to point at: its own, or the nearest one above it. */
export function findValue(document: Document, path: Path): { node: unknown; offset: number; found: boolean } {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const step of path) {
    const parent = resolveAlias(node, document);
    const pair = isMap(parent) ? parent.items.find((item) => pairKey(item) === String(step)) : undefined;
    const next = isSeq(parent) ? parent.items[Number(step)] : pair?.value;
    if (next === undefined) return { node: undefined, offset, found: false };
    offset = offsetOf(next) ?? offsetOf(pair?.key) ?? offset;
    node = next;
  }
  return { node: resolveAlias(node, document), offset, found: true };
}

function findKeyOffset(document: Document, path: Path, key: string): number {
  const { node, offset } = findValue(document, path);
  const pair = isMap(node) ? node.items.find((item) => pairKey(item) === key) : undefined;
  return offsetOf(pair?.key) ?? offset;
}

function typeOf(node: unknown): ConfigValueType {
  if (isMap(node)) return 'mapping';
  if (isSeq(node)) return 'list';
  const value: unknown = isScalar(node) ? node.value : node;
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'text';
}

const expectedTypes: Record<string, ConfigValueType> = {
  string: 'text',
  number: 'number',
  int: 'whole-number',
  boolean: 'boolean',
  array: 'list',
  object: 'mapping',
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Of a value that may be one word or a section, the section. */
const sectionOf = (schema: unknown): unknown => {
  const choices: unknown = isObject(schema) ? schema['anyOf'] : null;
  return Array.isArray(choices) ? choices.find((one) => isObject(one) && 'properties' in one) : schema;
};

/** The keys that a section of the schema knows. */
function knownKeys(root: z.ZodType, path: Path): string[] {
  let schema: unknown = toJsonSchema(root);
  for (const step of path) {
    const parent: unknown = isObject(schema)
      ? schema[typeof step === 'number' ? 'items' : 'properties']
      : null;
    schema = sectionOf(typeof step !== 'number' && isObject(parent) ? parent[String(step)] : parent);
  }
  const properties = isObject(schema) ? schema['properties'] : null;
  return isObject(properties) ? Object.keys(properties) : [];
}

/** The candidate that a word was probably meant to be, null for none: two slips of the keyboard, more in a long word, one in a short. */
export function suggest(word: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: leven(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= (word.length < 4 ? 1 : Math.max(2, word.length / 3))
    ? best.candidate
    : null;
}

/** Where a key that stands in the wrong section belongs: `thresholds.allocs` for `allocs` at the top. */
function findSection(root: z.ZodType, key: string): string | null {
  const section = knownKeys(root, []).find((name) => knownKeys(root, [name]).includes(key));
  return section === undefined ? null : `${section}.${key}`;
}

function unknownKeys(source: Source, path: Path, keys: readonly string[]): ConfigProblem[] {
  const known = knownKeys(source.schema, path);
  return keys.map((key) =>
    problemAt(source, findKeyOffset(source.document, path, key), [...path, key], {
      kind: 'unknown-key',
      suggestion: suggest(key, known) ?? findSection(source.schema, key),
      known,
    }),
  );
}

/** A value as the message repeats it: short, and never a whole structure. */
function show(node: unknown): string {
  const value: unknown = isScalar(node) ? node.value : null;
  return isScalar(node) ? String(value).slice(0, 60) : typeOf(node);
}

/** Says in this project's words what zod found wrong with one value. */
function nameFault(issue: z.core.$ZodIssue, node: unknown): ConfigFault {
  const found = show(node);
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    return issue.path[0] === 'version'
      ? { kind: 'bad-version', found }
      : { kind: 'not-allowed', allowed, found, suggestion: suggest(found, allowed) };
  }
  if (issue.code === 'invalid_type') {
    return { kind: 'wrong-type', expected: expectedTypes[issue.expected] ?? 'text', found: typeOf(node) };
  }
  if (issue.code === 'too_small' && issue.origin === 'number') {
    return { kind: 'too-small', minimum: Number(issue.minimum) };
  }
  if (issue.code === 'too_small') return { kind: 'empty' };
  if (issue.code === 'too_big') return { kind: 'too-big', maximum: Number(issue.maximum) };
  return { kind: 'bad-tag', found };
}

type Issue = z.core.$ZodIssue;

/** Of a value that may be one word or a section, the complaints about what it was meant to be, with whole paths. */
function complaintsOf(issue: Issue, node: unknown): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isSection = isMap(node);
  const [word = [], section = []] = issue.errors;
  return (isSection ? section : word).map((one) =>
    Object.assign(one, { path: [...issue.path, ...one.path] }),
  );
}

function toProblems(source: Source, issue: Issue): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(source, issue.path, issue.keys);
  const { node, offset, found } = findValue(source.document, issue.path);
  return [problemAt(source, offset, issue.path, found ? nameFault(issue, node) : { kind: 'missing' })];
}

/** The parser's complaints: every duplicate key, and the first of the others, which often follow from each other. */
function syntaxProblems(source: Source): ConfigProblem[] {
  const { errors, warnings } = source.document;
  const complaints: YAMLError[] = [...errors, ...warnings];
  const duplicates = complaints.filter((error) => error.code === 'DUPLICATE_KEY');
  const others = complaints.filter((error) => error.code !== 'DUPLICATE_KEY');
  return [...duplicates, ...others.sort((a, b) => a.pos[0] - b.pos[0]).slice(0, 1)].map((error) =>
    problemAt(
      source,
      error.pos[0],
      [],
      error.code === 'DUPLICATE_KEY' ? { kind: 'duplicate-key' } : { kind: 'syntax', detail: error.message },
    ),
  );
}

/** The offset of the first alias without an anchor; of the first alias when all have one. */
function findBadAlias(document: Document): number {
  const offsets: number[] = [];
  let unresolved: number | undefined;
  visit(document, {
    Alias(_key, node) {
      offsets.push(offsetOf(node) ?? 0);
      if (node.resolve(document) === undefined) unresolved ??= offsetOf(node);
    },
  });
  return unresolved ?? offsets[0] ?? 0;
}

/** The document as plain data. An alias can fail only here: unknown, or expanding without end. */
function toData(source: Source): { data: unknown } | { problem: ConfigProblem } {
  try {
    return { data: source.document.toJS({ maxAliasCount: aliasLimit }) ?? {} };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const fault: ConfigFault = detail.startsWith('Excessive')
      ? { kind: 'alias-bomb' }
      : { kind: 'unknown-alias', detail };
    return { problem: problemAt(source, findBadAlias(source.document), [], fault) };
  }
}

const byPosition = (a: ConfigProblem, b: ConfigProblem): number => a.line - b.line || a.column - b.column;

/**
 * Reads a YAML file's text by a schema in which every key has a default. An empty text is good; everything wrong with
 * it comes back as problems in the order of their positions, those of `check` included, which looks at what the schema
 * cannot. `path` is only repeated in them. Never throws.
 */
export function readYaml<T>(
  text: string,
  path: string,
  schema: z.ZodType<T>,
  check: (source: Source, data: T) => ConfigProblem[] = () => [],
): { data: T } | { problems: ConfigProblem[] } {
  if (text.length > sizeLimit) {
    return { problems: [{ path, line: 1, column: 1, key: '', kind: 'too-large', limit: sizeLimit }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const source: Source = { document, lines, path, schema };
  const syntax = syntaxProblems(source);
  if (syntax.length > 0) return { problems: syntax.sort(byPosition) };
  const read = toData(source);
  if ('problem' in read) return { problems: [read.problem] };
  const parsed = schema.safeParse(read.data);
  const problems = parsed.success
    ? check(source, parsed.data)
    : parsed.error.issues
        .flatMap((issue) => complaintsOf(issue, findValue(document, issue.path).node))
        .flatMap((issue) => toProblems(source, issue));
  return parsed.success && problems.length === 0
    ? { data: parsed.data }
    : { problems: problems.sort(byPosition) };
}
