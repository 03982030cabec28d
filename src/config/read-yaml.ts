import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Pair,
} from 'yaml';
import { z } from 'zod';
import type { ConfigFault, ConfigProblem, ConfigValueType } from './schema.ts';
import { suggest } from './suggest.ts';

/** The largest text in UTF-16 units. A config has about thirty keys. */
const SIZE_LIMIT = 64 * 1024;
/** The maximum number of expanded aliases. */
const ALIAS_LIMIT = 50;
/** The most problems that are returned. Nobody reads more at once. */
export const MAX_PROBLEMS = 20;

type Path = readonly PropertyKey[];
/** A parsed file, and the schema that it must match. */
export type Source = { document: Document; lines: LineCounter; path: string; schema: z.ZodType };

/** The JSON Schema (draft 2020-12) of the file as a person writes it, for editors. */
export function toJsonSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
}

/** A problem with the line and column of an offset in the text. */
export function problemAt(source: Source, offset: number, path: Path, fault: ConfigFault): ConfigProblem {
  const { line, col } = source.lines.linePos(offset);
  const key = path.map(String).join('.');
  return { path: source.path, line: Math.max(line, 1), column: Math.max(col, 1), key, ...fault };
}

const resolveAlias = (node: unknown, document: Document): unknown =>
  isAlias(node) ? node.resolve(document) : node;

const pairKey = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);

const offsetOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/**
 * Finds the value at a path, following aliases, and the offset for a message: that of the value, or of the nearest
 * value above it.
 */
export function findValue(document: Document, path: Path): { node: unknown; offset: number } {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const step of path) {
    const parent = resolveAlias(node, document);
    const pair = isMap(parent) ? parent.items.find((item) => pairKey(item) === String(step)) : undefined;
    const next = isSeq(parent) ? parent.items[Number(step)] : pair?.value;
    if (next === undefined) return { node: undefined, offset };
    offset = offsetOf(next) ?? offsetOf(pair?.key) ?? offset;
    node = next;
  }
  return { node: resolveAlias(node, document), offset };
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

/** The JSON Schema of a section; for a value that is either one word or a section, that of the section. */
const sectionOf = (schema: unknown): unknown => {
  const choices: unknown = isObject(schema) ? schema['anyOf'] : null;
  return Array.isArray(choices) ? choices.find((one) => isObject(one) && 'properties' in one) : schema;
};

/** The keys of the section at a path. `root` is the JSON Schema of the file. */
function knownKeys(root: unknown, path: Path): string[] {
  let schema = root;
  for (const step of path) {
    const parent: unknown = isObject(schema)
      ? schema[typeof step === 'number' ? 'items' : 'properties']
      : null;
    schema = sectionOf(typeof step !== 'number' && isObject(parent) ? parent[String(step)] : parent);
  }
  const properties = isObject(schema) ? schema['properties'] : null;
  return isObject(properties) ? Object.keys(properties) : [];
}

/** Finds the place of a key that stands in the wrong section: `thresholds.allocs` for `allocs` at the top. */
function findSection(root: unknown, key: string): string | null {
  const section = knownKeys(root, []).find((name) => knownKeys(root, [name]).includes(key));
  return section === undefined ? null : `${section}.${key}`;
}

function unknownKeys(source: Source, path: Path, keys: readonly string[]): ConfigProblem[] {
  const root: unknown = toJsonSchema(source.schema);
  const known = knownKeys(root, path);
  return keys.slice(0, MAX_PROBLEMS).map((key) =>
    problemAt(source, findKeyOffset(source.document, path, key), [...path, key], {
      kind: 'unknown-key',
      suggestion: suggest(key, known) ?? findSection(root, key),
      known,
    }),
  );
}

/** A value for the message: up to 60 characters of a scalar, or the type of anything else. */
function show(node: unknown): string {
  const value: unknown = isScalar(node) ? node.value : null;
  return isScalar(node) ? String(value).slice(0, 60) : typeOf(node);
}

/** A number as the file has it: `.nan`, `1e400`. */
const asWritten = (node: unknown): string => (isScalar(node) && node.source) || show(node);

/** The fault for an issue that zod found with one value. */
function nameFault(issue: z.core.$ZodIssue, node: unknown): ConfigFault {
  const found = show(node);
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const suggestion = allowed.length === 1 ? null : suggest(found, allowed);
    return { kind: 'not-allowed', allowed, found, type: typeOf(node), suggestion };
  }
  if (issue.code === 'invalid_type') {
    const expected = expectedTypes[issue.expected] ?? 'text';
    if (node === undefined) return { kind: 'missing-key', expected };
    const type = typeOf(node);
    const fault = { kind: 'wrong-type', expected, found: type } as const;
    return type === 'number' ? { ...fault, value: asWritten(node) } : fault;
  }
  if (issue.code === 'too_small' && issue.origin !== 'number') return { kind: 'empty' };
  if (issue.code === 'too_small')
    return { kind: 'out-of-range', bound: 'least', limit: Number(issue.minimum) };
  if (issue.code === 'too_big') return { kind: 'out-of-range', bound: 'most', limit: Number(issue.maximum) };
  return { kind: 'bad-format', found };
}

type Issue = z.core.$ZodIssue;

/**
 * The issues to report for an issue of zod. For a value that is either one word or a section, these are only the issues
 * about the form that the user chose.
 */
function relevantIssues(issue: Issue, node: unknown): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isSection = isMap(node);
  const [word = [], section = []] = issue.errors;
  return (isSection ? section : word).map((one) =>
    Object.assign(one, { path: [...issue.path, ...one.path] }),
  );
}

function toProblems(source: Source, issue: Issue): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(source, issue.path, issue.keys);
  const { node, offset } = findValue(source.document, issue.path);
  return [problemAt(source, offset, issue.path, nameFault(issue, node))];
}

/** The keys that occur twice in a mapping. The parser can find them, too, but in quadratic time. */
function duplicateKeys(source: Source): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  visit(source.document, {
    Map(_key, map) {
      const seen = new Map<string, number>();
      for (const pair of map.items) {
        const key = pairKey(pair);
        const offset = offsetOf(pair.key) ?? 0;
        const first = seen.get(key);
        if (first === undefined) seen.set(key, offset);
        else {
          const firstLine = source.lines.linePos(first).line;
          problems.push(problemAt(source, offset, [], { kind: 'duplicate-key', name: key, firstLine }));
        }
        if (problems.length >= MAX_PROBLEMS) return visit.BREAK;
      }
      return undefined;
    },
  });
  return problems;
}

/** The first error of the parser. The others often follow from it. */
function syntaxProblems(source: Source): ConfigProblem[] {
  const { errors, warnings } = source.document;
  const [first] = [...errors, ...warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  return first ? [problemAt(source, first.pos[0], [], { kind: 'syntax', detail: first.message })] : [];
}

/** The offset of the first alias without an anchor; of the first alias if all have one. */
function findBadAlias(document: Document): number {
  const anchors = new Set<string>();
  let first: number | undefined;
  let unresolved: number | undefined;
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node))
        return 'anchor' in node && node.anchor !== undefined ? void anchors.add(node.anchor) : undefined;
      first ??= offsetOf(node);
      if (anchors.has(node.source)) return undefined;
      unresolved = offsetOf(node);
      return visit.BREAK;
    },
  });
  return unresolved ?? first ?? 0;
}

/** The document as plain data. Only aliases can fail here: one that is unknown, or too many expansions. */
function toData(source: Source): { data: unknown } | { problem: ConfigProblem } {
  try {
    return { data: source.document.toJS({ maxAliasCount: ALIAS_LIMIT }) ?? {} };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { problem: problemAt(source, findBadAlias(source.document), [], { kind: 'syntax', detail }) };
  }
}

const byPosition = (a: ConfigProblem, b: ConfigProblem): number => a.line - b.line || a.column - b.column;

/** The first problems, in the order of the file. */
const firstProblems = (problems: readonly ConfigProblem[]): ConfigProblem[] =>
  problems.slice(0, MAX_PROBLEMS).sort(byPosition);

/**
 * Reads a YAML file's text by a schema in which every key has a default, so that an empty text is valid. Returns the
 * data, or at most 20 problems in the order of their positions. Never throws. Takes time in proportion to the text.
 * @param path is only used in the problems
 * @param check finds the problems that a schema cannot express
 */
export function readYaml<T>(
  text: string,
  path: string,
  schema: z.ZodType<T>,
  check: (source: Source, data: T) => ConfigProblem[] = () => [],
): { data: T } | { problems: ConfigProblem[] } {
  if (text.length > SIZE_LIMIT) {
    return { problems: [{ path, line: 1, column: 1, key: '', kind: 'too-large', limit: SIZE_LIMIT }] };
  }
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;
  const source: Source = { document: parseDocument(text, options), lines, path, schema };
  const syntax = [...syntaxProblems(source), ...duplicateKeys(source)];
  if (syntax.length > 0) return { problems: firstProblems(syntax) };
  const read = toData(source);
  if ('problem' in read) return { problems: [read.problem] };
  const parsed = schema.safeParse(read.data);
  const problems = parsed.success
    ? check(source, parsed.data)
    : parsed.error.issues
        .slice(0, MAX_PROBLEMS)
        .flatMap((issue) => relevantIssues(issue, findValue(source.document, issue.path).node))
        .flatMap((issue) => toProblems(source, issue));
  return parsed.success && problems.length === 0
    ? { data: parsed.data }
    : { problems: firstProblems(problems) };
}

/** The line and column, both from 1, of the values at some paths of a valid YAML text, in the order of the paths. */
export function findPositions(text: string, paths: readonly Path[]): { line: number; column: number }[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error', uniqueKeys: false });
  return paths.map((path) => {
    const { line, col } = lines.linePos(findValue(document, path).offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  });
}
