import path from 'node:path';
import { type Attribution, createAttribution } from '../../src/causes/attribution.ts';
import { ignoreSpacing } from '../../src/causes/spacing.ts';
import type { GoModChange } from '../../src/causes/go-mod.ts';
import { diffInlining } from '../../src/compare/escape-diff.ts';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { Cause } from '../../src/compare/cause.ts';
import type {
  Decision,
  DecisionKind,
  FileChange,
  FlowStep,
  Frame,
  Position,
  SiteChange,
} from '../../src/compare/types.ts';
import { openSources } from '../../src/rules/source-files.ts';
import { grammar } from '../rules/match-input.ts';

type Texts = Record<string, string[]>;
type Sides = { base: Texts; head: Texts; site: Position | null };

/** Says where a piece of text stands that only one line has. */
type Find = (snippet: string) => Position;

/** The compiler's decisions and the profile. Positions are found by the text of their lines. */
export type Said = {
  base?: Decision[];
  head?: Decision[];
  /** The decisions about the place itself. */
  decision?: Decision;
  callers?: Frame[];
  goMod?: GoModChange;
  /** The new paths of files that moved, by the old ones. */
  moved?: Record<string, string>;
  site?: Partial<SiteChange>;
};

/**
 * A change of several files in one text. `== FILE ==` starts a file; `- ` and `+ ` are lines of base or head alone, `@` marks
 * the allocating line, two spaces stand before all others.
 */
export function readSides(text: string): Sides {
  const sides: Sides = { base: {}, head: {}, site: null };
  let file = '';
  for (const line of text.split('\n')) {
    const name = /^== (\S+) ==$/u.exec(line)?.[1];
    if (name !== undefined) {
      file = name;
      sides.base[file] = [];
      sides.head[file] = [];
    } else if (file !== '') {
      const [side, mark, code] = [line[0], line.slice(0, 2), line.slice(2)];
      if (side !== '+') sides.base[file]?.push(code);
      if (side !== '-') sides.head[file]?.push(code);
      if (mark.includes('@')) sides.site = { file, line: sides.head[file]?.length ?? 0, column: 1 };
    }
  }
  return sides;
}

/** The hunks of one file, from the marks. */
function readDiff(text: string): FileChange[] {
  const diff: FileChange[] = [];
  let [base, head] = [1, 1];
  let open: FileChange['hunks'][number] | null = null;
  for (const line of text.split('\n')) {
    const name = /^== (\S+) ==$/u.exec(line)?.[1];
    if (name !== undefined) {
      diff.push({ basePath: name, headPath: name, binary: false, hunks: [] });
      [base, head, open] = [1, 1, null];
      continue;
    }
    const side = line[0];
    if (side !== '+' && side !== '-') {
      [base, head, open] = [base + 1, head + 1, null];
      continue;
    }
    if (!open) {
      open = { base: { start: base, lines: 0 }, head: { start: head, lines: 0 } };
      diff.at(-1)?.hunks.push(open);
    }
    if (side === '-') [base, open.base.lines] = [base + 1, open.base.lines + 1];
    else [head, open.head.lines] = [head + 1, open.head.lines + 1];
  }
  // git gives a span of 0 lines the line before it as its start.
  for (const { hunks } of diff) {
    for (const span of hunks.flatMap((hunk) => [hunk.base, hunk.head])) {
      if (span.lines === 0) span.start -= 1;
    }
  }
  return diff.filter(({ hunks }) => hunks.length > 0);
}

/** Files of which head has no line are gone, or have moved without another change. */
function withoutGone(diff: FileChange[], head: Texts, moved: Record<string, string> = {}): FileChange[] {
  return diff.map((one) => {
    const { basePath } = one;
    if (basePath === null || head[basePath]?.join('') !== '') return one;
    const headPath = moved[basePath] ?? null;
    return { ...one, headPath, hunks: headPath === null ? one.hunks : [] };
  });
}

function finder(texts: Texts): Find {
  return (snippet) => {
    const found = Object.entries(texts).flatMap(([file, lines]) =>
      lines.flatMap((line, index) => (line.includes(snippet) ? [{ file, line: index + 1, column: 1 }] : [])),
    );
    const [one, ...others] = found;
    if (!one || others.length > 0) throw new Error(`${found.length} lines have ${snippet}`);
    return one;
  };
}

export const packageOf = (file: string): string =>
  path.posix.dirname(file) === '.' ? 'example.com/m' : `example.com/m/${path.posix.dirname(file)}`;

export function say(
  kind: DecisionKind,
  position: Position,
  expression: string,
  more: Partial<Decision> = {},
): Decision {
  return {
    kind,
    package: packageOf(position.file),
    position,
    function: null,
    expression,
    cost: null,
    reason: null,
    flow: [],
    ...more,
  };
}

export const step = (text: string, reason: string | null, position: Position | null = null): FlowStep => ({
  text,
  reason,
  position,
});

export const frame = (position: Position | null, name: string, inlines = false): Frame => ({
  function: name,
  position,
  inlines,
});

/** Every function can be inlined unless a decision says otherwise. */
function functionsOf(texts: Texts, said: readonly Decision[]): Decision[] {
  const isSaid = (line: number, file: string): boolean =>
    said.some(
      ({ kind, position }) =>
        (kind === 'can-inline' || kind === 'cannot-inline') &&
        position.line === line &&
        position.file === file,
    );
  return Object.entries(texts).flatMap(([file, lines]) =>
    lines.flatMap((text, index) => {
      const found = /^func (?:\(\w+ (?<type>\*?\w+)(?:\[\w+\])?\) )?(?<name>\w+)/u.exec(text)?.groups;
      if (!found || isSaid(index + 1, file)) return [];
      const type = found['type'] ?? '';
      const owner = type === '' ? '' : `${type.startsWith('*') ? `(${type})` : type}.`;
      const name = `${owner}${found['name'] ?? ''}`;
      return [say('can-inline', { file, line: index + 1, column: 1 }, name, { cost: 20 })];
    }),
  );
}

/** Asks about a change. `said` gets functions that find lines of head and of base. */
export function ask<T>(
  text: string,
  said: (at: Find, was: Find) => Said,
  question: (attribution: Attribution, given: Said) => T,
): T {
  const { base, head } = readSides(text);
  const given = said(finder(head), finder(base));
  const diff = withoutGone(readDiff(text), head, given.moved);
  const join = (texts: Texts) => (file: string) => texts[file]?.join('\n') ?? null;
  const sources = openSources(grammar, diff, join(head), join(base));
  const own = given.decision ? [given.decision] : [];
  const before = [...functionsOf(base, given.base ?? []), ...(given.base ?? [])];
  const after = [...functionsOf(head, given.head ?? []), ...(given.head ?? []), ...own];
  const map = buildLineMap(diff);
  const inlining = diffInlining(before, after, map);
  const attribution = createAttribution({
    base: before,
    head: after,
    inlining,
    diff,
    map: ignoreSpacing(map, diff, sources),
    sources,
    filesIn: (dir) => Object.keys(head).filter((file) => path.posix.dirname(file) === dir),
    goMod: given.goMod ?? { modules: [], language: null },
  });
  try {
    return question(attribution, given);
  } finally {
    sources.free();
  }
}

/** A line that newly allocates an object. */
export const newSite = (position: Position, more: Partial<SiteChange> = {}): SiteChange => ({
  position,
  function: 'example.com/m.F',
  objectsPerOp: { base: 0, head: 1 },
  bytesPerOp: { base: 0, head: 16 },
  callees: [],
  inlines: false,
  callers: [],
  ...more,
});

/** The cause of the marked line. */
export function causeOf(text: string, said: (at: Find, was: Find) => Said = () => ({})): Cause | null {
  const { site: position } = readSides(text);
  if (!position) throw new Error('no line is marked with @');
  return ask(text, said, ({ causeOf: explain }, { decision = null, callers = [], site = {} }) =>
    explain({ position, decision, site: newSite(position, { callers, ...site }) }),
  );
}

/** A cause in brief: its kind and the code of its line in head. */
export function brief(text: string, cause: Cause | null): string | null {
  const line = cause && readSides(text).head[cause.file]?.[cause.line - 1];
  return cause && `${cause.kind}: ${line?.trim() ?? 'no line'}`;
}
