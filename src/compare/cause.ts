/**
 * The only list of the kinds of causes. A kind without an explanation (causes/attribution.ts) or a sentence
 * (report/words/finding.ts) is a compile error; one without a fixture (fixtures/causes) fails attribution.test.ts.
 */
export const causeKinds = [
  /** A function is no longer inlined. */
  'inlining-lost',
  /** A callee now keeps its parameter. */
  'leaking-param',
  /** The compiler no longer turns the call of an interface method into a direct call. */
  'devirtualization-lost',
  /** A parameter, result or field changed from a concrete type (or a type parameter) to an interface. */
  'interface-introduced',
  /** A closure now captures or assigns to a variable. */
  'capture-added',
  /** A value exceeds the compiler's size limits for the stack. */
  'size-grown',
  /** A size is no longer a constant. */
  'size-variable',
  /** The slice that a line appends to is no longer reused, or starts with less capacity. */
  'reuse-lost',
  /** go.mod selects another version of the module that allocates. */
  'dependency',
  /** go.mod's go line selects another version of the language. */
  'language-version',
  /** A caller reaches the same allocation more often. */
  'call-count',
  /** A file that is not code changed, which the code embeds or reads. */
  'data-file',
  /** The tag of a field changed, which a library reads at run time. */
  'struct-tag',
  /** A step of the data flow that the compiler prints is on a changed line. */
  'flow',
  /** A calling line changed. */
  'caller',
  /** The same function, or one that it calls, changed. */
  'function',
] as const;
export type CauseKind = (typeof causeKinds)[number];

/** Why an allocation is new: the changed line that led to it. */
export type Cause = {
  kind: CauseKind;
  file: string;
  line: number;
  /** The fact behind the cause: text of the compiler, of go.mod or of the changed line. */
  text: string;
  /** The steps between the changed line and the allocation, in that order. */
  via: readonly CauseStep[];
};

/** One step between a changed line and the allocation that it caused. */
export type CauseStep = { file: string; line: number; text: string };
