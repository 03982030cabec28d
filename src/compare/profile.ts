import { type HeapProfile, type ProfileFrame, readHeapProfile } from './pprof.ts';
import { holdsLine, type Resolve } from './positions.ts';
import type { Frame, Position } from './types.ts';

/** The counts of a heap profile over the life of the process, by site (see `keyOf`). */
export type ProfileTotals = {
  gathered: ReadonlyMap<string, GatheredSite>;
  /** All objects and bytes, including those without a frame in the repository. */
  objects: number;
  bytes: number;
};

/** One site with every stack that allocated there. Values are totals, not per op. */
export type GatheredSite = Weighted & {
  position: Position;
  function: string;
  stacks: Map<string, Stack>;
};

export type Weighted = { objects: number; bytes: number };

/** The runtime counts by stack and size: all objects of one entry are of `size` bytes. */
export type Stack = Weighted & { size: number; callees: string[]; inlines: boolean; callers: Frame[] };

/** The maximum number of frames: of all stacks together, and of one. */
const MAX_FRAMES = 4_000_000;
const MAX_STACK_FRAMES = 2000;
/**
 * The maximum number of characters in all keys of stacks and sites. A profile of thousands of samples has some
 * megabytes.
 */
const MAX_KEY_LENGTH = 64_000_000;
const MAX_SITES = 10_000;
const MAX_CALLERS = 64;

/**
 * Reads an unzipped heap profile of `-test.memprofile` (proto/profile.proto of github.com/google/pprof). `resolve`
 * finds the file that a profile's path (`module/path/pkg/file.go` with `-trimpath`) means. A site is a stack's
 * innermost frame in the repository. An invalid or too large profile gives a problem.
 */
export function parseProfile(bytes: Uint8Array, resolve: Resolve): ProfileTotals | { problem: string } {
  try {
    return readTotals(readHeapProfile(bytes), resolve);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

type Gathering = { gathered: Map<string, GatheredSite>; locate: (frame: ProfileFrame) => Position | null };

function readTotals({ columns, samples, framesOf }: HeapProfile, resolve: Resolve): ProfileTotals {
  const objectColumn = columns.indexOf('alloc_objects');
  const byteColumn = columns.indexOf('alloc_space');
  if (objectColumn < 0 || byteColumn < 0) throw new Error('no alloc_objects and alloc_space in the profile');
  const state: Gathering = { gathered: new Map(), locate: createLocator(resolve) };
  const total = { objects: 0, bytes: 0 };
  let frames = 0;
  let keys = 0;
  for (const { locations, values } of samples) {
    const objects = count(values[objectColumn]);
    const bytes = count(values[byteColumn]);
    addTo(total, objects, bytes);
    const stack = joinFrames(locations.map(framesOf));
    frames += stack.length;
    keys += gather(state, stack, { objects, bytes });
    if (frames > MAX_FRAMES || keys > MAX_KEY_LENGTH || state.gathered.size > MAX_SITES)
      throw new Error('too many frames in the profile');
  }
  return { ...total, gathered: state.gathered };
}

function joinFrames(lists: readonly (readonly ProfileFrame[])[]): ProfileFrame[] {
  if (lists.reduce((sum, list) => sum + list.length, 0) > MAX_STACK_FRAMES)
    throw new Error('too deep a stack');
  return lists.flat();
}

/** Finds the position of a frame. Results are cached, because frames and paths repeat. */
function createLocator(resolve: Resolve): (frame: ProfileFrame) => Position | null {
  const files = new Map<string, ReturnType<Resolve>>();
  return ({ path, line }) => {
    let file = files.get(path);
    if (file === undefined) files.set(path, (file = resolve(path)));
    return file !== null && holdsLine(file, line) ? { file: file.file, line, column: 0 } : null;
  };
}

/** Adds a sample to its site. Returns the length of the key of its stack. */
function gather(
  { gathered, locate }: Gathering,
  stack: readonly ProfileFrame[],
  { objects, bytes }: Weighted,
): number {
  const index = stack.findIndex((frame) => locate(frame) !== null);
  const frame = stack[index];
  const position = frame && locate(frame);
  if (!frame || !position) return 0;
  const callees = stack.slice(0, index).map((f) => f.function);
  callees.reverse();
  // Allocations of the testing package itself do not belong to a line of the repository.
  if (callees[0]?.startsWith('testing.')) return 0;
  const key = keyOf(position, frame.function);
  let site = gathered.get(key);
  if (!site) {
    site = { position, function: frame.function, objects: 0, bytes: 0, stacks: new Map() };
    gathered.set(key, site);
  }
  addTo(site, objects, bytes);
  const inlines = index > 0 && stack.slice(1, index + 1).every((f) => f.inlines);
  const above = stack.slice(index + 1, index + 1 + MAX_CALLERS);
  const end = above.findIndex((f) => f.function.startsWith('testing.'));
  const callers = (end < 0 ? above : above.slice(0, end)).map((f) => ({
    function: f.function,
    position: locate(f),
    inlines: f.inlines,
  }));
  const size = objects > 0 ? bytes / objects : 0;
  const stackKey = JSON.stringify([callees, callers, size]);
  const known = site.stacks.get(stackKey);
  if (known) addTo(known, objects, bytes);
  else site.stacks.set(stackKey, { objects, bytes, size, callees, inlines, callers });
  return stackKey.length;
}

function keyOf({ file, line }: Position, name: string): string {
  return `${file}:${line} ${name}`;
}

export function addTo(sum: Weighted, objects: number, bytes: number): void {
  sum.objects += objects;
  sum.bytes += bytes;
}

/** Negative counts are invalid and become 0. */
function count(value = 0): number {
  return value > 0 ? value : 0;
}
