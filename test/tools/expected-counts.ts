import { isMap, isSeq, parseDocument, type Document, type YAMLSeq } from 'yaml';
import type { Counts, Measured, Part } from './measuring.ts';
import { formatText } from './format-text.ts';

/** The new text of an expect.yaml, what changed in it, and what only a person can put right. */
export type Update = { text: string; changes: string[]; problems: string[] };
type Complete = Record<Part, Counts>;

/** Where expect.yaml keeps each number below a benchmark's entry. */
function valuesOf({ good, bad, harmless }: Complete): [path: [string, string], value: number][] {
  return [
    [['allocs', 'good'], good.allocs],
    [['allocs', 'bad'], bad.allocs],
    [['bytes', 'good'], good.bytes],
    [['bytes', 'bad'], bad.bytes],
    [['harmless', 'allocs'], harmless.allocs],
  ];
}

function isComplete(counts: Partial<Complete>): counts is Complete {
  return counts.good !== undefined && counts.bad !== undefined && counts.harmless !== undefined;
}

/** The entry of a benchmark in the list; a new one at the end, in the form of the others, where there is none. */
function findEntry(document: Document, list: YAMLSeq, name: string): { index: number; added: boolean } {
  const index = list.items.findIndex((item) => isMap(item) && item.get('name') === name);
  if (index !== -1) return { index, added: false };
  const entry = document.createNode({ name, allocs: {}, bytes: {}, harmless: {} });
  for (const { value } of entry.items) if (isMap(value)) value.flow = true;
  list.add(entry);
  return { index: list.items.length - 1, added: true };
}

function updateBenchmark(document: Document, list: YAMLSeq, name: string, counts: Complete): string[] {
  const { index, added } = findEntry(document, list, name);
  const changes = added ? [`${name} is new`] : [];
  for (const [keys, value] of valuesOf(counts)) {
    const path = ['benchmarks', index, ...keys];
    const old = document.getIn(path);
    if (old === value) continue;
    document.setIn(path, value);
    if (!added) changes.push(`${name}: ${keys.join('.')} ${String(old)} → ${value}`);
  }
  return changes;
}

/** Puts measured counts into the text of an expect.yaml; comments, order and form stay. */
export async function updateExpected(text: string, measured: Measured, release: string): Promise<Update> {
  const document: Document = parseDocument(text);
  const list = document.get('benchmarks');
  if (document.errors.length > 0 || !isSeq(list)) {
    return { text, changes: [], problems: ['expect.yaml has no list of benchmarks'] };
  }
  const changes: string[] = [];
  const problems: string[] = [];
  for (const [name, counts] of measured) {
    if (isComplete(counts)) changes.push(...updateBenchmark(document, list, name, counts));
    else problems.push(`${name} does not run in every part (good, bad, harmless)`);
  }
  for (const item of list.items) {
    const name = isMap(item) ? String(item.get('name')) : '';
    if (!measured.has(name)) problems.push(`expect.yaml names ${name}, which did not run`);
  }
  const old = document.get('go');
  if (old !== release) {
    document.set('go', release);
    changes.push(`go ${String(old)} → ${release}`);
  }
  if (changes.length === 0) return { text, changes, problems };
  const written = await formatText('expect.yaml', document.toString({ lineWidth: 0 }));
  return { text: written, changes, problems };
}
