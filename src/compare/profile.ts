import { Profile } from 'pprof-format';
import type { Line } from 'pprof-format';
import type { AllocationSite, CallerStack, Frame, Position } from './types.ts';
import { compareText } from './order.ts';

/** What a heap profile counted over the life of the process, by site (see `keyOf`). */
export type ProfileTotals = {
  gathered: ReadonlyMap<string, GatheredSite>;
  /** All objects and bytes, those without a frame in the repository included. */
  objects: number;
  bytes: number;
};

/** What one operation of a benchmark allocates. */
export type PerOp = {
  /** Sorted by file, line, function. */
  sites: AllocationSite[];
  /** All objects and bytes per op, those without a frame in the repository included. */
  objects: number;
  bytes: number;
};

/** One site with every stack that allocated there; totals, not per op. */
export type GatheredSite = Weighted & {
  position: Position;
  function: string;
  stacks: Map<string, Stack>;
};

type StackFrame = { function: string; path: string; line: number; inlines: boolean };
type Weighted = { objects: number; bytes: number };
/** The runtime counts by stack and size: all objects of one entry are of `size` bytes. */
type Stack = Weighted & { size: number; callees: string[]; inlines: boolean; callers: Frame[] };

const maxBytes = 64 * 1024 * 1024;
const maxFrames = 4_000_000;
const maxCallees = 8;
const maxCallers = 64;
const maxStacks = 16;
/** Objects of the tiny allocator share blocks, up to 16 in one (runtime/malloc.go): averages are multiples of this. */
const objectGrain = 1 / 16;
/** Bytes of less than half a grain of objects: large memory that is made rarely counts, a pool's refill does not. */
const rareByteGrain = 64;

/**
 * Reads an unzipped heap profile of `-test.memprofile` (proto/profile.proto of github.com/google/pprof).
 * `resolve` turns a profile's path (`module/path/pkg/file.go` with `-trimpath`) into one in the repository, or null.
 * A site is a stack's innermost frame in the repository. Anything that is no such profile gives a problem.
 */
export function parseProfile(
  bytes: Uint8Array,
  resolve: (path: string) => string | null,
): ProfileTotals | { problem: string } {
  if (bytes.length > maxBytes) return { problem: `profile of ${bytes.length} bytes` };
  if (!isBounded(bytes)) return { problem: 'not a profile' };
  try {
    return readTotals(Profile.decode(bytes), resolve);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * What one operation allocates: the difference of two profiles of one benchmark at different `iterations`, which takes
 * out set-up work and the trial run, stack by stack. `high` must have more iterations than `low`; otherwise nothing is
 * per op. Go's profile counts a block of the tiny allocator once, whatever fits into its 16 bytes: objects without
 * pointers and below 16 bytes come out too few, so `objects` can be less than allocs/op. A site's objects are rounded
 * to sixteenths, so that two runs of the same code agree.
 */
export function perOp(
  low: ProfileTotals & { iterations: number },
  high: ProfileTotals & { iterations: number },
): PerOp {
  const ops = high.iterations - low.iterations;
  if (ops <= 0) return { sites: [], objects: 0, bytes: 0 };
  const rate = (before: Weighted | undefined, after: Weighted): Weighted => ({
    objects: Math.max(0, (after.objects - (before?.objects ?? 0)) / ops),
    bytes: Math.max(0, (after.bytes - (before?.bytes ?? 0)) / ops),
  });
  const sites = [...high.gathered].flatMap(([key, site]) => {
    const before = low.gathered.get(key);
    const stacks = [...site.stacks].map(([stackKey, stack]): [string, Stack] => [
      stackKey,
      { ...stack, ...rate(before?.stacks.get(stackKey), stack) },
    ]);
    const settled = settle(stacks);
    return isCounted(settled) ? [summarize({ ...site, ...settled })] : [];
  });
  return { sites: sites.sort(compareSites), ...rate(low, high) };
}

/**
 * Takes out what differs from run to run: an entry comes to whole grains of its objects, and what comes to none (a pool
 * that was refilled, a background goroutine) counts only if a site's entries together do.
 */
function settle(stacks: readonly [string, Stack][]): Weighted & { stacks: Map<string, Stack> } {
  const isRare = ([, stack]: [string, Stack]): boolean => countGrains(stack) === 0;
  const regular = stacks
    .filter((entry) => !isRare(entry))
    .map(([key, stack]): [string, Stack] => {
      const objects = countGrains(stack) * objectGrain;
      return [key, { ...stack, objects, bytes: objects * stack.size }];
    });
  const rare = stacks.filter(isRare);
  const left = steady(sum(rare.map(([, stack]) => stack)));
  const kept = isCounted(left) ? [...regular, ...rare] : regular;
  return { ...sum([...regular.map(([, stack]) => stack), left]), stacks: new Map(kept) };
}

function countGrains({ objects }: Weighted): number {
  return Math.round(objects / objectGrain);
}

/** Rounds a sum of entries of many sizes. */
function steady(total: Weighted): Weighted {
  const grains = countGrains(total);
  const byteGrain = grains === 0 ? rareByteGrain : 1;
  return { objects: grains * objectGrain, bytes: Math.round(total.bytes / byteGrain) * byteGrain };
}

function sum(parts: readonly Weighted[]): Weighted {
  const total = { objects: 0, bytes: 0 };
  for (const { objects, bytes } of parts) addTo(total, objects, bytes);
  return total;
}

function isCounted({ objects, bytes }: Weighted): boolean {
  return objects > 0 || bytes > 0;
}

function readTotals(
  profile: Profile,
  resolve: (path: string) => string | null,
): ProfileTotals | { problem: string } {
  const { strings } = profile.stringTable;
  const columns = profile.sampleType.map((type) => strings[Number(type.type)]);
  const objectColumn = columns.indexOf('alloc_objects');
  const byteColumn = columns.indexOf('alloc_space');
  if (objectColumn < 0 || byteColumn < 0)
    return { problem: 'no alloc_objects and alloc_space in the profile' };
  const frames = indexFrames(profile);
  const files = new Map<string, string | null>();
  const resolveOnce = (path: string): string | null => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const file = resolve(path);
    files.set(path, file);
    return file;
  };
  const gathered = new Map<string, GatheredSite>();
  const total = { objects: 0, bytes: 0 };
  let work = 0;
  for (const sample of profile.sample) {
    const objects = count(sample.value[objectColumn]);
    const bytes = count(sample.value[byteColumn]);
    addTo(total, objects, bytes);
    const stack = sample.locationId.flatMap((id) => frames.get(Number(id)) ?? []);
    work += stack.length + 1;
    if (work > maxFrames) return { problem: 'too many frames in the profile' };
    gather(gathered, stack, { objects, bytes }, resolveOnce);
  }
  return { ...total, gathered };
}

/** The frames of each location, innermost first: inlined calls share one location. */
function indexFrames(profile: Profile): Map<number, StackFrame[]> {
  const { strings } = profile.stringTable;
  const functions = new Map(profile.function.map((f) => [Number(f.id), f]));
  const frameOf = (line: Line, index: number): StackFrame => {
    const found = functions.get(Number(line.functionId));
    return {
      function: strings[Number(found?.name ?? 0)] ?? '',
      path: strings[Number(found?.filename ?? 0)] ?? '',
      line: Number(line.line),
      inlines: index > 0,
    };
  };
  return new Map(profile.location.map((location) => [Number(location.id), location.line.map(frameOf)]));
}

function gather(
  gathered: Map<string, GatheredSite>,
  stack: StackFrame[],
  { objects, bytes }: Weighted,
  resolve: (path: string) => string | null,
): void {
  const positionOf = ({ path, line }: StackFrame): Position | null => {
    const file = resolve(path);
    return file === null ? null : { file, line, column: 0 };
  };
  const index = stack.findIndex((frame) => resolve(frame.path) !== null);
  const frame = stack[index];
  const position = frame && positionOf(frame);
  if (!frame || !position) return;
  const key = keyOf(position, frame.function);
  let site = gathered.get(key);
  if (!site) {
    site = { position, function: frame.function, objects: 0, bytes: 0, stacks: new Map() };
    gathered.set(key, site);
  }
  addTo(site, objects, bytes);
  const callees = stack.slice(0, index).map((f) => f.function);
  callees.reverse();
  const inlines = index > 0 && stack.slice(1, index + 1).every((f) => f.inlines);
  const above = stack.slice(index + 1, index + 1 + maxCallers);
  const end = above.findIndex((f) => f.function.startsWith('testing.'));
  const callers = (end < 0 ? above : above.slice(0, end)).map((f) => ({
    function: f.function,
    position: positionOf(f),
    inlines: f.inlines,
  }));
  const size = objects > 0 ? bytes / objects : 0;
  const stackKey = JSON.stringify([callees, callers, size]);
  const known = site.stacks.get(stackKey);
  if (known) addTo(known, objects, bytes);
  else site.stacks.set(stackKey, { objects, bytes, size, callees, inlines, callers });
}

function summarize({ position, function: name, objects, bytes, stacks }: GatheredSite): AllocationSite {
  const byWeight = [...stacks].sort(
    ([ka, a], [kb, b]) => b.objects - a.objects || b.bytes - a.bytes || compareText(ka, kb),
  );
  const lists = new Map<string, string[]>();
  for (const [, stack] of byWeight) {
    const key = JSON.stringify(stack.callees);
    if (lists.size < maxCallees && !lists.has(key)) lists.set(key, stack.callees);
  }
  const callees = [...lists.values()].filter((list) => lists.size > 1 || list.length > 0);
  const ways = mergeCallers(byWeight.map(([, stack]) => stack));
  const inlines = [...stacks.values()].some((stack) => stack.inlines);
  return { position, function: name, objects, bytes, callees, inlines, stacks: ways };
}

/** One entry per way to the site, whatever it allocates there. */
function mergeCallers(stacks: readonly Stack[]): CallerStack[] {
  const ways = new Map<string, CallerStack>();
  for (const { callers, objects, bytes } of stacks) {
    const key = JSON.stringify(callers);
    const way = ways.get(key) ?? { callers, objects: 0, bytes: 0 };
    addTo(way, objects, bytes);
    ways.set(key, way);
  }
  return [...ways.values()].sort((a, b) => b.objects - a.objects || b.bytes - a.bytes).slice(0, maxStacks);
}

function keyOf({ file, line }: Position, name: string): string {
  return `${file}:${line} ${name}`;
}

function addTo(sum: Weighted, objects: number, bytes: number): void {
  sum.objects += objects;
  sum.bytes += bytes;
}

function count(value: number | bigint | undefined): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) && number > 0 ? number : 0;
}

function compareSites(a: AllocationSite, b: AllocationSite): number {
  return (
    compareText(a.position.file, b.position.file) ||
    a.position.line - b.position.line ||
    compareText(a.function, b.function)
  );
}

/**
 * Whether decoding takes time in proportion to the bytes. A varint has at most ten bytes, but the decoder takes one as
 * long as the file and builds a number of that size: every message but the strings must be free of such runs.
 */
function isBounded(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === null) return false;
    const value = readVarint(bytes, tag.end);
    if (value === null) return false;
    const wire = tag.value & 7;
    if (wire !== 0 && wire !== 2) return false;
    const end = wire === 2 ? value.end + value.value : value.end;
    if (end > bytes.length || (tag.value >> 3 !== 6 && hasLongRun(bytes, value.end, end))) return false;
    at = end;
  }
  return bytes.length > 0;
}

function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: at + i + 1 };
  }
  return null;
}

function hasLongRun(bytes: Uint8Array, from: number, to: number): boolean {
  let run = 0;
  for (let i = from; i < to; i++) {
    run = (bytes[i] ?? 0) < 128 ? 0 : run + 1;
    if (run > 10) return true;
  }
  return false;
}
