import type { Node } from 'web-tree-sitter';
import { byWriting, isWrittenOn } from '../compare/allocating.ts';
import type { Cause } from '../compare/cause.ts';
import type { Decision, Frame, PlacedSite, SiteChange } from '../compare/types.ts';
import { readDeclarations, readShared, typesOf, type Declarations } from './declarations.ts';
import { lineKey, type Place } from './places.ts';
import type { Condition } from './schema.ts';
import { surroundingsOf, type Sources, type Surroundings } from './source-files.ts';
import {
  countMatches,
  findSites,
  isLineInLoop,
  isNodeInLoop,
  spansLine,
  type Grammar,
  type SourceFile,
} from './syntax.ts';

/** The data that conditions are tested against. */
export type Context = {
  grammar: Grammar;
  sources: Sources;
  /** Head's new decisions, by `lineKey`. */
  added: ReadonlyMap<string, Decision[]>;
  /** All of head's allocating decisions, new or not, by `lineKey`. */
  standing: ReadonlyMap<string, Decision[]>;
  /** The results of `code` queries so far, by file, declaration and condition. */
  captured: Map<string, Node[]>;
  /** The declarations that were needed so far: of head's files by path, and of their packages by folder. */
  declarations: { files: Map<string, Declarations>; packages: Map<string, Declarations> };
  /** The Go files of a folder of head, without tests. */
  filesIn: (folder: string) => string[];
  /** The `lineKey` of every site that allocates by itself: decisions there are about that line's own allocation. */
  directSites: ReadonlySet<string>;
  /** Finds the changed line that caused a place. */
  causeOf: (place: Place, decision: Decision | null) => Cause | null;
  /** The version of Go that the module of a file selects. */
  languageOf: (file: string) => string | null;
};

/** The result of a condition that matches: the decision of the compiler that it matched; null: it is not about one. */
export type Match = { decision: Decision | null };

const allocating: ReadonlySet<string> = new Set(['escapes-to-heap', 'moved-to-heap']);

function matches(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || new RegExp(pattern, 'u').test(text);
}

/** Whether the line of a site allocates by itself, not only in functions that it calls. */
export function isDirect(site: SiteChange): boolean {
  return site.callees.length === 0 || site.callees.some((stack) => stack.length === 0);
}

/** What is known of a benchmark's own allocation that a place stands for. */
export function knownOf(place: Place): NonNullable<PlacedSite['known']> | null {
  return place.kind === 'site' && place.uses.every(({ site }) => site.known)
    ? (place.uses[0]?.site.known ?? null)
    : null;
}

/**
 * The compiler's decisions about a place: its new ones. If there are none and the profile shows that the line itself
 * allocates more, those that base had, too: the line runs more often, or is no longer inlined.
 */
export function decisionsOf(context: Context, place: Place): Decision[] {
  const known = knownOf(place);
  if (known) return [known.decision];
  const added = newDecisionsOf(context, place);
  if (place.kind !== 'site') return added;
  const text = context.sources.head(place.file)?.lines[place.line - 1] ?? '';
  const isOwn = place.uses.some((use) => isDirect(use.site) || use.site.inlines);
  // If only a call allocates, decisions about functions that were inlined into the line are not about this allocation.
  if (!isOwn) return added.filter((decision) => isWrittenOn(decision, text));
  const standing = context.standing.get(lineKey(place.file, place.line)) ?? [];
  return byWriting(added.length > 0 ? added : standing, text);
}

/**
 * The new decisions that can be about a place. The compiler reports an inlined function's escapes at the call, but the
 * profile shows the inlined line. So a line without decisions gets those of the nearest caller that has some, unless
 * the caller's line also allocates by itself.
 */
function newDecisionsOf(context: Context, place: Place): Decision[] {
  if (place.kind === 'decision') return [place.change.decision];
  const at = (file: string, line: number): Decision[] => context.added.get(lineKey(file, line)) ?? [];
  const own = at(place.file, place.line);
  if (own.length > 0 || place.kind === 'change') return own;
  const direct = place.uses.filter((use) => isDirect(use.site) || use.site.inlines);
  const frames: Frame[] = direct.flatMap(({ site: { callers } }) => {
    const end = callers.findIndex((frame) => !frame.inlines);
    return end < 0 ? callers : callers.slice(0, end);
  });
  for (const { position } of frames) {
    if (!position || context.directSites.has(lineKey(position.file, position.line))) continue;
    const found = at(position.file, position.line);
    if (found.length > 0) return found;
  }
  return [];
}

function fitsDecision(wanted: NonNullable<Condition['decision']>, decision: Decision): boolean {
  if (wanted.kind !== decision.kind || !matches(wanted.expression, decision.expression)) return false;
  const { reason, flow, notFlow } = wanted;
  const steps = notFlow === undefined ? [] : decision.flow;
  if (steps.some((step) => matches(notFlow, step.text) || matches(notFlow, step.reason ?? ''))) return false;
  const reasonFits = reason === undefined || decision.flow.some((step) => matches(reason, step.reason ?? ''));
  return reasonFits && (flow === undefined || decision.flow.some((step) => matches(flow, step.text)));
}

/**
 * The mean size in bytes of the objects that a line itself allocates at head, without its calls; 0 if there are none.
 */
function objectBytesOf({ objectsPerOp, bytesPerOp, ownObjectBytes }: SiteChange): number {
  if (ownObjectBytes !== undefined) return ownObjectBytes;
  return objectsPerOp.head > 0 ? bytesPerOp.head / objectsPerOp.head : 0;
}

/**
 * Whether a site makes larger allocations, but not more: less than half an object more per op, and more than a
 * sixteenth more bytes.
 */
function isGrown({ objectsPerOp, bytesPerOp }: SiteChange): boolean {
  const isSameCount = objectsPerOp.base > 0 && objectsPerOp.head - objectsPerOp.base < 0.5;
  return isSameCount && bytesPerOp.head > bytesPerOp.base * (1 + 1 / 16);
}

/**
 * Compares the functions between a line and the allocator: `callee` can be any of them, `called` is the one that the
 * line calls.
 */
function fitsCallees({ callee, called }: Condition, sites: readonly SiteChange[]): boolean {
  const stacks = sites.flatMap((site) => site.callees);
  const own = stacks.flatMap((stack) => stack.slice(0, 1));
  const isAny = callee === undefined || stacks.flat().some((name) => matches(callee, name));
  return isAny && (called === undefined || own.some((name) => matches(called, name)));
}

/** Tests the keys of a condition that are about sites of the profile. */
function fitsProfile(context: Context, condition: Condition, place: Place): boolean {
  const { callee, called, direct, undecided, objectBytes, grown, inBenchmark } = condition;
  if (place.kind !== 'site') {
    const asked = [callee, called, direct, undecided, objectBytes, grown, inBenchmark];
    return asked.every((one) => one === undefined);
  }
  if (inBenchmark !== undefined && (knownOf(place) !== null) !== inBenchmark) return false;
  const sites = place.uses.map((use) => use.site);
  if (objectBytes !== undefined && !sites.some((site) => objectBytesOf(site) >= objectBytes)) return false;
  if (grown !== undefined && sites.every(isGrown) !== grown) return false;
  if (!fitsCallees(condition, sites)) return false;
  if (direct !== undefined && sites.some(isDirect) !== direct) return false;
  const isDecided = (): boolean =>
    (knownOf(place) ? decisionsOf(context, place) : newDecisionsOf(context, place)).some((decision) =>
      allocating.has(decision.kind),
    );
  return undecided === undefined || undecided !== isDecided();
}

/**
 * Whether head's file contains a pattern more often than base's. Otherwise the change only moved or edited code with
 * the pattern.
 */
function isNewInFile(context: Context, query: string, place: Place, file: SourceFile): boolean {
  const base = context.sources.baseOf(place.file);
  const before = base ? findSites(context.grammar, query, base.root).length : 0;
  return findSites(context.grammar, query, file.root).length > before;
}

/** The node that queries search: the function of a place at head, or the file if the place is outside functions. */
function scopeOf({ source, function: own }: Surroundings): Node | null {
  return own?.node ?? source?.root ?? null;
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

/** What head's file, or else another file of its package, declares a name as; empty: unknown. */
function declaredTypes(context: Context, file: string, name: string): string[] {
  const { grammar, sources, declarations, filesIn } = context;
  const source = sources.head(file);
  if (!source) return [];
  const own = remember(declarations.files, file, () => readDeclarations(grammar, source.root));
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.';
  const shared = (): Declarations =>
    remember(declarations.packages, folder, () =>
      readShared(
        grammar,
        filesIn(folder).flatMap((one) => sources.head(one)?.root ?? []),
      ),
    );
  return [...typesOf(name, own, shared)];
}

/** Whether the declarations of the captured names in head's package match `declared`, `notDeclared` and `argument`. */
function fitsDeclared(
  { declared, notDeclared, argument }: Condition,
  typesIn: (name: string) => string[],
  textOf: (capture: string) => string,
): boolean {
  const has = (name: string, wanted: string): boolean => typesIn(name).some((type) => matches(wanted, type));
  const [name, passed] = [textOf('name'), textOf('argument')];
  if (declared !== undefined && !has(name, declared)) return false;
  if (argument !== undefined && passed !== '' && !has(passed, argument)) return false;
  return notDeclared === undefined || !has(name, notDeclared);
}

/** The result of `findSites` for one scope of head. It is remembered, because many lines share a scope. */
function sitesIn(
  context: Context,
  condition: Condition,
  code: string,
  file: string,
  around: Surroundings,
): Node[] {
  const scope = scopeOf(around);
  const { source } = around;
  if (!source || !scope) return [];
  const { declared, notDeclared, argument } = condition;
  const key = [file, scope.startIndex, declared, notDeclared, argument, code].join(':');
  const known = context.captured.get(key);
  if (known) return known;
  const asks = [declared, notDeclared, argument].some((asked) => asked !== undefined);
  const accepts = (textOf: (capture: string) => string): boolean =>
    !asks || fitsDeclared(condition, (name) => declaredTypes(context, file, name), textOf);
  const found = findSites(context.grammar, code, scope, accepts);
  context.captured.set(key, found);
  return found;
}

/** The nodes that the key `code` finds at the place; null if the condition fails by it, empty if it has no such key. */
function codeNodes(
  context: Context,
  condition: Condition,
  place: Place,
  around: Surroundings,
): Node[] | null {
  const { code } = condition;
  if (code === undefined) return place.kind === 'change' ? null : [];
  const { source } = around;
  if (!source) return null;
  const nodes = sitesIn(context, condition, code, place.file, around).filter((node) =>
    spansLine(node, source, place.line),
  );
  if (place.kind !== 'change') return nodes.length > 0 ? nodes : null;
  const begins = nodes.some((node) => node.startPosition.row + 1 === place.line);
  return begins && isNewInFile(context, code, place, source) ? nodes : null;
}

function fitsLoop(condition: Condition, nodes: readonly Node[], place: Place, around: Surroundings): boolean {
  if (condition.inLoop === undefined) return true;
  const inLoop =
    nodes.length > 0
      ? nodes.some(isNodeInLoop)
      : around.source !== null && isLineInLoop(around.source, place.line);
  return inLoop === condition.inLoop;
}

/** Whether a query matches more often in one version of a function than in the other. */
function hasMore(grammar: Grammar, query: string, one: Node, other: Node): boolean {
  return countMatches(grammar, query, one) > countMatches(grammar, query, other);
}

/**
 * Tests the keys `notCode`, `baseCode`, `notBaseCode`, `lost` and `gained`, which are about the function on each side.
 */
function fitsFunctions(context: Context, condition: Condition, place: Place, around: Surroundings): boolean {
  const { grammar, sources } = context;
  const { notCode, baseCode, notBaseCode, lost, gained } = condition;
  const has = (query: string, node: Node): boolean => countMatches(grammar, query, node) > 0;
  const scope = scopeOf(around);
  if (notCode !== undefined && scope && has(notCode, scope)) return false;
  if ([baseCode, notBaseCode, lost, gained].every((query) => query === undefined)) return true;
  const file = sources.baseOf(place.file)?.root ?? null;
  const own = around.function ? sources.baseFunctionOf(place.file, around.function.name)?.node : file;
  if (baseCode !== undefined && !(own && has(baseCode, own))) return false;
  if (lost !== undefined && !(own && scope && hasMore(grammar, lost, own, scope))) return false;
  if (gained !== undefined && !(own && scope && hasMore(grammar, gained, scope, own))) return false;
  const before = own ?? file;
  return notBaseCode === undefined || !before || !has(notBaseCode, before);
}

/** Whether head's package declares the name of a decision's value, and only with types that match `wanted`. */
function isDeclaredAs(context: Context, wanted: string, file: string, { expression }: Decision): boolean {
  const name = /(?<name>[\p{L}\p{N}_]+)(?:\(.*\))?$/su.exec(expression)?.groups?.['name'] ?? '';
  const types = declaredTypes(context, file, name);
  return types.length > 0 && types.every((type) => matches(wanted, type));
}

/** Whether head's package declares the type of a new object as something that matches `unwanted`. */
function isOfType(context: Context, unwanted: string, file: string, { expression }: Decision): boolean {
  const name = /^(?:&|new\()(?<name>[\p{L}\p{N}_]+)/su.exec(expression)?.groups?.['name'] ?? '';
  const types = declaredTypes(context, file, name);
  return types.some((type) => matches(unwanted, type));
}

/** Whether head's compiler says of the place's line that a value whose expression matches is on the heap. */
function saidAt({ standing }: Context, { file, line }: Place, expression: string): boolean {
  return (standing.get(lineKey(file, line)) ?? []).some((decision) =>
    matches(expression, decision.expression),
  );
}

/** Tests one condition of a rule at a place; null if it does not hold. */
export function testCondition(context: Context, condition: Condition, place: Place): Match | null {
  if (!condition.on.includes(place.kind)) return null;
  if (!fitsProfile(context, condition, place)) return null;
  const decisions = decisionsOf(context, place);
  const wanted = condition.decision;
  const decision = wanted ? decisions.find((d) => fitsDecision(wanted, d)) : undefined;
  if (wanted && !decision) return null;
  const unless = wanted?.unlessDeclared;
  if (decision && unless !== undefined && isDeclaredAs(context, unless, place.file, decision)) return null;
  const unwanted = wanted?.notOfType;
  if (decision && unwanted !== undefined && isOfType(context, unwanted, place.file, decision)) return null;
  if (condition.notOnHeap !== undefined && saidAt(context, place, condition.notOnHeap)) return null;
  if (!wanted && place.kind === 'decision' && !allocating.has(place.change.decision.kind)) return null;
  const around = surroundingsOf(context.sources, place.file, place.line);
  const nodes = codeNodes(context, condition, place, around);
  if (!nodes || !fitsLoop(condition, nodes, place, around)) return null;
  if (condition.quoted && !nodes.some((node) => node.text === decision?.expression)) return null;
  if (!fitsFunctions(context, condition, place, around)) return null;
  const cause = condition.cause && context.causeOf(place, decision ?? decisions[0] ?? null);
  if (condition.cause && !condition.cause.includes(cause?.kind ?? 'none')) return null;
  return { decision: decision ?? null };
}
