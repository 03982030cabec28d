import path from 'node:path';
import { topBenchmark } from '../compare/benchmark-id.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Side, TreeDiff } from '../compare/types.ts';
import { readGoFile, type Declaration } from '../syntax/go-file.ts';
import { functionKey, isFunction, type Directive } from './directives.ts';

/** Lines of a head file in which no value may be moved to the heap. */
type HeldLines = { file: string; first: number; last: number };

/** A `noescape` contract, and the lines of head that it applies to; no lines if they are gone. */
export type NoEscape = {
  declared: { file: string; line: number; side: Side };
  /** null: the contract is about single lines. */
  function: string | null;
  lines: HeldLines[];
};

type NoEscapeDirective = Extract<Directive, { kind: 'noescape' }>;

/** The Go files of one folder of head. */
export type GoText = { file: string; text: string };

const functionsIn = (texts: readonly GoText[]): { file: string; declaration: Declaration }[] =>
  texts.flatMap(({ file, text }) =>
    (readGoFile(file, text)?.declarations ?? [])
      .filter(isFunction)
      .map((declaration) => ({ file, declaration })),
  );

/** The function of head with most of the remaining lines of base's function, which was renamed. */
function followFunction(
  { file, first, last }: NoEscapeDirective,
  map: LineMap,
  functions: ReturnType<typeof functionsIn>,
): HeldLines[] {
  const standing = Array.from({ length: last - first + 1 }, (_, at) =>
    map.toHead({ file, line: first + at, column: 0 }),
  );
  const held = functions.map(({ file: own, declaration: { firstLine, lastLine } }) => ({
    lines: { file: own, first: firstLine, last: lastLine },
    count: standing.filter((at) => at?.file === own && firstLine <= at.line && at.line <= lastLine).length,
  }));
  const [best] = held.sort((a, b) => b.count - a.count);
  return best && best.count > 0 ? [best.lines] : [];
}

/** Maps lines of base to head: to their new places, and to the hunks that replaced them. */
function followLines({ file, first, last }: NoEscapeDirective, map: LineMap, diff: TreeDiff): HeldLines[] {
  const change = diff.find(({ basePath }) => basePath === file);
  const standing: HeldLines[] = [];
  for (let line = first; line <= last; line += 1) {
    const at = map.toHead({ file, line, column: 0 });
    if (at) standing.push({ file: at.file, first: at.line, last: at.line });
  }
  const replaced = (change?.hunks ?? []).flatMap(({ base, head }): HeldLines[] => {
    const touches = base.lines > 0 && base.start <= last && first < base.start + base.lines;
    if (!touches || head.lines === 0 || !change?.headPath) return [];
    return [{ file: change.headPath, first: head.start, last: head.start + head.lines - 1 }];
  });
  return [...standing, ...replaced];
}

/**
 * The `noescape` contracts of both sides, applied to head. A contract of base stays with its function, even if it was
 * renamed, and with its lines, even if they were replaced: a change cannot delete its own contract.
 * @param headTexts returns the Go files of a folder of head
 */
export function holdNoEscape(
  directives: Record<Side, readonly Directive[]>,
  headTexts: (folder: string) => readonly GoText[],
  map: LineMap,
  diff: TreeDiff,
): NoEscape[] {
  const ofBase = directives.base.flatMap((one): NoEscape[] => {
    if (one.kind !== 'noescape') return [];
    const declared = { file: one.file, line: one.line, side: 'base' } as const;
    if (one.function === null) return [{ declared, function: null, lines: followLines(one, map, diff) }];
    const functions = functionsIn(headTexts(path.posix.dirname(one.file)));
    const named = functions.filter(({ declaration }) => functionKey(declaration) === one.function);
    const lines = named.map(({ file, declaration }) => ({
      file,
      first: declaration.firstLine,
      last: declaration.lastLine,
    }));
    return [
      {
        declared,
        function: one.function,
        lines: lines.length > 0 ? lines : followFunction(one, map, functions),
      },
    ];
  });
  const ofHead = directives.head.flatMap((one): NoEscape[] =>
    one.kind === 'noescape'
      ? [
          {
            declared: { file: one.file, line: one.line, side: 'head' },
            function: one.function,
            lines: [{ file: one.file, first: one.first, last: one.last }],
          },
        ]
      : [],
  );
  // A contract that both sides have counts as head's, where a reader can find it.
  const keyOf = ({ lines }: NoEscape): string => JSON.stringify(lines);
  return [...new Map([...ofBase, ...ofHead].map((one) => [keyOf(one), one])).values()];
}

/** The number of objects that a benchmark may allocate per op, and the place of the contract. */
export type AllocsLimit = { allocs: number; declared: { file: string; line: number; side: Side } | null };

/**
 * The strictest limit for a benchmark: its own or one of its parents'; null if there is none.
 * @param folder the benchmark's package
 * @param configured limits of the config whose pattern matches the benchmark
 */
export function limitOf(
  benchmark: string,
  folder: string,
  directives: Record<Side, readonly Directive[]>,
  configured: readonly number[],
): AllocsLimit | null {
  const top = topBenchmark(benchmark);
  // Of equal limits head's counts, because a reader finds it there.
  const own = (['head', 'base'] as const).flatMap((side) =>
    directives[side].flatMap((one): AllocsLimit[] =>
      one.kind === 'allocs' && one.benchmark === top && path.posix.dirname(one.file) === folder
        ? [{ allocs: one.allocs, declared: { file: one.file, line: one.line, side } }]
        : [],
    ),
  );
  const all = [...own, ...configured.map((allocs): AllocsLimit => ({ allocs, declared: null }))];
  return all.sort((a, b) => a.allocs - b.allocs)[0] ?? null;
}
