import { lastElement } from './import-path.ts';
import type { DecisionKind } from './types.ts';

/** The content of one diagnostic without its position. */
export type Wording = {
  kind: DecisionKind;
  expression: string;
  cost: number | null;
  reason: string | null;
  /** The function being compiled, if the text names it. */
  function: string | null;
};

/** The first line of a `-m=2` explanation. The flow lines after it belong to a plain line that is printed later. */
export type Explanation = {
  of: 'escape' | 'leak';
  expression: string;
  function: string;
  /** The destination of a leaking parameter: `{heap}`, `~r0`; null for an escape. */
  target: string | null;
};

type Row = { pattern: RegExp; kind: DecisionKind };

/**
 * The only place that knows the compiler's wording (cmd/compile/internal/escape, inline, devirtualize; Go 1.19–1.26).
 * Groups: `x` the expression, `cost`, `reason`, `fn` the function. Ordered by frequency; the first match counts.
 */
const plainWording: readonly Row[] = [
  { pattern: /^(?<x>.+) escapes to heap$/su, kind: 'escapes-to-heap' },
  { pattern: /^inlining call to (?<x>.+)$/su, kind: 'inlining-call' },
  { pattern: /^(?<x>.+) does not escape(?:, mutate, or call)?$/su, kind: 'does-not-escape' },
  {
    pattern: /^leaking param(?: (?<reason>content))?: (?<x>.+?)(?: (?<to>to result .+ level=-?\d+))?$/su,
    kind: 'leaking-param',
  },
  { pattern: /^can inline (?<x>.+?) with cost (?<cost>\d+) as: /su, kind: 'can-inline' },
  { pattern: /^can inline (?<x>.+)$/su, kind: 'can-inline' },
  {
    // Type arguments can hold struct tags, and these colons: `F[struct { A int "json:\"a\"" }]`.
    pattern:
      /^cannot inline (?<x>(?:[^:"]|"(?:[^"\\]|\\.)*")+): (?<reason>function too complex): cost (?<cost>\d+) exceeds budget \d+/su,
    kind: 'cannot-inline',
  },
  {
    pattern: /^cannot inline (?<x>(?:[^:"]|"(?:[^"\\]|\\.)*")+): (?<reason>.+)$/su,
    kind: 'cannot-inline',
  },
  { pattern: /^moved to heap: (?<x>.+)$/su, kind: 'moved-to-heap' },
  {
    pattern: /^(?:partially )?devirtualizing (?<x>.+) to (?<reason>.+?)$/su,
    kind: 'devirtualized',
  },
  { pattern: /^(?<fn>.+) capturing (?<reason>by (?:ref|value)): (?<x>.+?) \(addr=/su, kind: 'captured' },
];

const ESCAPE_EXPLANATION = /^(?<x>.+) escapes to heap in (?<fn>.+):$/su;
const LEAK_EXPLANATION = /^parameter (?<x>.+?) leaks to (?<target>.+) for (?<fn>.+) with derefs=\d+:$/su;

/** Known diagnostics that allocgate does not need. */
const IGNORED =
  /^(?:.* ignoring self-assignment in |zero-copy |index bounds check elided|imprecise interface call|cannot inline .+ into .+: |cannot devirtualize |should not PGO devirtualize |PGO devirtualizing |function .+ considered 'big'|.* will be kept alive$|.* bloop pass$|unrecognized shape |(?:mutates|calls) param: |leaking closure reference |assuming .+ is unsafe uintptr|marking .+ as escaping |rewriting OCONVIFACE |closure converted to global|tail call emitted |convert: |alias analysis: |reshaping |stack object |(?:non-)?looping label)/su;

/** Reads the text after a position as a plain decision; null if the wording is unknown. */
export function readWording(text: string): Wording | null {
  if (text.startsWith('cannot inline ') && IGNORED.test(text)) return null;
  for (const { pattern, kind } of plainWording) {
    const groups = pattern.exec(text)?.groups;
    if (!groups) continue;
    return {
      kind,
      expression: groups['x'] ?? '',
      cost: groups['cost'] === undefined ? null : Number(groups['cost']),
      reason: groups['to'] ?? groups['reason'] ?? null,
      function: groups['fn'] ?? null,
    };
  }
  return null;
}

/** Reads the first line of an explanation; null if the text is not one. */
export function readExplanation(text: string): Explanation | null {
  if (!text.endsWith(':')) return null;
  const escape = ESCAPE_EXPLANATION.exec(text)?.groups;
  if (escape) {
    return { of: 'escape', expression: escape['x'] ?? '', function: escape['fn'] ?? '', target: null };
  }
  const leak = LEAK_EXPLANATION.exec(text)?.groups;
  if (!leak) return null;
  const { x = '', fn = '', target = '' } = leak;
  return { of: 'leak', expression: x, function: fn, target };
}

/**
 * Lines without a position: those of the go command, and captures of variables that the compiler creates for a range
 * over a function.
 */
const PLACELESS =
  /^(?:go: (?:downloading|warning:) |<unknown line number>: |\S.* capturing by (?:ref|value): )/su;

/** Whether a line is known to have no position. Variables such as `#next` are created by the compiler. */
export function isPlaceless(text: string): boolean {
  return PLACELESS.test(text) || (/#\w/u.test(text) && readWording(text) !== null);
}

/** Whether this is a known diagnostic without useful content. */
export function isIgnored(text: string): boolean {
  return IGNORED.test(text);
}

const FLOW_LINE = /^flow: (?<text>.+?):?$/su;
const FROM_LINE = /^from (?<text>.+) \((?<reason>[^()]*(?:\([^()]*\))?[^()]*)\) at (?<at>\S+)$/su;

/** One indented line of an explanation; `at` is `path:L:C` or null. An unknown wording keeps its whole text. */
export function readFlowLine(line: string): { text: string; reason: string | null; at: string | null } {
  const text = line.trim();
  const flow = FLOW_LINE.exec(text)?.groups;
  if (flow) return { text: flow['text'] ?? text, reason: null, at: null };
  const from = FROM_LINE.exec(text)?.groups;
  if (!from) return { text, reason: null, at: null };
  return { text: from['text'] ?? text, reason: from['reason'] ?? null, at: from['at'] ?? null };
}

/**
 * Shape variants of a generic function have the same diagnostics: `F[go.shape.int]` and `F[go.shape.string]` become
 * `F[...]`.
 */
function hideShapes(text: string): string {
  if (!text.includes('[')) return text;
  let result = '';
  let from = 0;
  for (let open = text.indexOf('['); open >= 0; open = text.indexOf('[', from)) {
    const close = closingBracket(text, open);
    if (close < 0) break;
    const inner = text.slice(open + 1, close);
    result += text.slice(from, open) + (inner.includes('go.shape.') ? '[...]' : text.slice(open, close + 1));
    from = close + 1;
  }
  return result + text.slice(from);
}

/**
 * Whether an instance only passes its dictionary to the shaped function: then its inline cost is not that of the
 * function.
 */
export function isInstanceWrapper(name: string): boolean {
  return name.includes('[') && !name.includes('go.shape.');
}

function closingBracket(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 91) depth++;
    else if (code === 93 && --depth === 0) return i;
  }
  return -1;
}

/**
 * A name as its own package prints it, without its shapes. A package that instantiates a generic function of another
 * package prints `pool.New[…]` for `New[…]`, at a position in the other package's file. `compiled` is the package that
 * was compiled.
 */
export function ownName(name: string, place: { file: string; package: string }, compiled: string): string {
  const isOwn =
    place.package === compiled || (compiled === `${place.package}_test` && place.file.endsWith('_test.go'));
  return hideShapes(isOwn || !name.includes('.') ? name : unqualify(name, place.package));
}

function unqualify(name: string, importPath: string): string {
  const last = lastElement(importPath);
  const qualifier = `${last.replace(/\.v\d+$/u, '')}.`;
  if (qualifier === '.' || !name.includes(qualifier)) return name;
  const [first = '', ...rest] = name.split(qualifier);
  return rest.reduce(
    (left, right) => left + (/[\p{L}\p{N}_./]$/u.test(left) ? qualifier : '') + right,
    first,
  );
}
