/**
 * Reads the wire format of a heap profile (proto/profile.proto of github.com/google/pprof) as far as the allocation
 * sites need it. A benchmark can write any file in place of its profile, so every count and every length has a limit,
 * and no structure is larger than the bytes that describe it.
 */

/** One frame; inlined functions have frames of their own. */
export type ProfileFrame = { function: string; path: string; line: number; inlines: boolean };

export type HeapProfile = {
  /** The meaning of each value of a sample: `alloc_objects`, `alloc_space`, … */
  columns: string[];
  samples: readonly { locations: readonly number[]; values: readonly number[] }[];
  /** The frames of a location, innermost first; empty for an unknown location. */
  framesOf: (location: number) => readonly ProfileFrame[];
};

type Span = { from: number; to: number };
type Field = Span & { number: number; value: number; isBytes: boolean };
type Sample = { locations: number[]; values: number[] };
type ProfileFunction = { name: number; filename: number };
type Tables = {
  strings: Span[];
  columns: number[];
  samples: Sample[];
  locations: Map<number, Span>;
  functions: Map<number, ProfileFunction>;
};

/**
 * The largest profile. One of a large test binary that records every allocation has about 5 MB and ten thousand
 * samples.
 */
const MAX_BYTES = 32 << 20;
const MAX_ENTRIES = 200_000;
/** The maximum count of numbers in all samples together. Go records stacks of up to 128 frames. */
const MAX_NUMBERS = 4_000_000;
const MAX_NUMBERS_PER_SAMPLE = 1000;
const MAX_LINES = 500_000;
/** The number of bytes of a name that are read; instances of generic functions have long names. */
const MAX_NAME = 1000;
const MAX_PATH = 4096;

/** Reads an uncompressed profile. Throws an Error with the reason if it is invalid. */
export function readHeapProfile(bytes: Uint8Array): HeapProfile {
  if (bytes.length > MAX_BYTES) throw new Error(`a profile of ${bytes.length} bytes`);
  const tables: Tables = {
    strings: [],
    columns: [],
    samples: [],
    locations: new Map(),
    functions: new Map(),
  };
  let entries = 0;
  let numbers = 0;
  eachField(bytes, { from: 0, to: bytes.length }, (field) => {
    entries += 1;
    if (entries > 4 * MAX_ENTRIES) throw new Error('too many entries');
    numbers += readEntry(bytes, field, tables);
    if (numbers > MAX_NUMBERS) throw new Error('too many numbers');
  });
  if (entries === 0) throw new Error('not a profile');
  const text = createStringReader(bytes, tables.strings);
  return {
    columns: tables.columns.map((index) => text(index, MAX_NAME)),
    samples: tables.samples,
    framesOf: createFrameReader(bytes, tables, text),
  };
}

/** Adds one entry of the profile to its table. Returns how many numbers it contained. */
function readEntry(bytes: Uint8Array, field: Field, tables: Tables): number {
  if (!field.isBytes) return 0;
  switch (field.number) {
    case 1:
      limit(tables.columns.push(lastNumber(bytes, field, 1)), 100, 'value types');
      return 0;
    case 2: {
      const sample = readSample(bytes, field);
      limit(tables.samples.push(sample), MAX_ENTRIES, 'samples');
      return sample.locations.length + sample.values.length;
    }
    case 4:
      tables.locations.set(lastNumber(bytes, field, 1), { from: field.from, to: field.to });
      limit(tables.locations.size, MAX_ENTRIES, 'locations');
      return 0;
    case 5: {
      const of = (number: number): number => lastNumber(bytes, field, number);
      tables.functions.set(of(1), { name: of(2), filename: of(4) });
      limit(tables.functions.size, MAX_ENTRIES, 'functions');
      return 0;
    }
    case 6:
      limit(tables.strings.push({ from: field.from, to: field.to }), MAX_ENTRIES, 'strings');
      return 0;
    default:
      return 0;
  }
}

function limit(count: number, most: number, what: string): void {
  if (count > most) throw new Error(`too many ${what}`);
}

/** Repeated numbers are encoded one by one or packed; Go packs three or more. */
function readSample(bytes: Uint8Array, span: Span): Sample {
  const sample: Sample = { locations: [], values: [] };
  eachField(bytes, span, (field) => {
    const list = [null, sample.locations, sample.values][field.number];
    if (!list) return;
    if (!field.isBytes) list.push(field.value);
    for (let at = field.from; field.isBytes && at < field.to && list.length <= MAX_NUMBERS_PER_SAMPLE;) {
      const { value, end } = readNumber(bytes, at, field.to);
      list.push(value);
      at = end;
    }
    limit(list.length, MAX_NUMBERS_PER_SAMPLE, 'numbers in a sample');
  });
  return sample;
}

type ReadString = (index: number, maxLength: number) => string;

/** Decodes strings on demand and shortens long ones. */
function createStringReader(bytes: Uint8Array, strings: readonly Span[]): ReadString {
  const decoder = new TextDecoder();
  return (index, maxLength) => {
    const span = strings[index];
    if (!span) return '';
    return decoder.decode(bytes.subarray(span.from, Math.min(span.to, span.from + maxLength)));
  };
}

function createFrameReader(
  bytes: Uint8Array,
  { locations, functions, strings }: Tables,
  text: ReadString,
): HeapProfile['framesOf'] {
  const known = new Map<number, readonly ProfileFrame[]>();
  const named = new Map<number, { function: string; path: string }>();
  const nameOf = (id: number): { function: string; path: string } => {
    const found = functions.get(id) ?? { name: 0, filename: 0 };
    const file = strings[found.filename];
    // A shortened path would be another path.
    const isReadable = file !== undefined && file.to - file.from <= MAX_PATH;
    return { function: text(found.name, MAX_NAME), path: isReadable ? text(found.filename, MAX_PATH) : '' };
  };
  let lines = 0;
  const frameOf = (line: Span, index: number): ProfileFrame => {
    const id = lastNumber(bytes, line, 1);
    const name = named.get(id) ?? nameOf(id);
    named.set(id, name);
    return { ...name, line: lastNumber(bytes, line, 2), inlines: index > 0 };
  };
  return (id) => {
    const span = locations.get(id);
    const frames = known.get(id) ?? (span ? listLines(bytes, span, MAX_LINES - lines).map(frameOf) : []);
    if (!known.has(id)) lines += frames.length;
    known.set(id, frames);
    return frames;
  };
}

function listLines(bytes: Uint8Array, location: Span, most: number): Span[] {
  const lines: Span[] = [];
  eachField(bytes, location, ({ number, isBytes, from, to }) => {
    if (number === 4 && isBytes) limit(lines.push({ from, to }), most, 'lines');
  });
  return lines;
}

/** The last number of a field, as the format requires; 0 if there is none. */
function lastNumber(bytes: Uint8Array, span: Span, number: number): number {
  let found = 0;
  eachField(bytes, span, (field) => {
    if (field.number === number && !field.isBytes) found = field.value;
  });
  return found;
}

/** Visits the fields of a message. Profiles contain only numbers and bytes, although the format has other types. */
function eachField(bytes: Uint8Array, { from, to }: Span, visit: (field: Field) => void): void {
  let at = from;
  while (at < to) {
    const tag = readNumber(bytes, at, to);
    const { value, end } = readNumber(bytes, tag.end, to);
    const wire = tag.value % 8;
    const isBytes = wire === 2;
    const next = isBytes ? end + value : end;
    const fits = isBytes ? value >= 0 && next <= to : wire === 0;
    if (!fits) throw new Error('not a profile');
    visit({ number: Math.floor(tag.value / 8), value, isBytes, from: end, to: next });
    at = next;
  }
}

/** A number has at most ten bytes. Values from 2^63 on are negative. */
function readNumber(bytes: Uint8Array, at: number, to: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 10 && at + i < to; i++) {
    const byte = bytes[at + i] ?? 0;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value: value < 2 ** 63 ? value : value - 2 ** 64, end: at + i + 1 };
  }
  throw new Error('not a profile');
}
