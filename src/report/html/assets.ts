/** What a page needs besides the report. It is part of the package, so a page loads nothing. */
export type PageAssets = {
  /** The bundled script of `src/page`. */
  script: string;
  style: string;
  /** Returns the exercise page of a rule in Markdown; null: there is none. */
  exercise: (id: string) => string | null;
};

/**
 * A node of a flame graph as the page's script reads it. `allocations` in src/report/model/schema.ts has the meaning.
 */
export type PageNode = {
  /** The index of its caller in the list; null: a root. */
  parent: number | null;
  name: string;
  /** `file:line` of an allocating line; null: the node is a function. */
  place: string | null;
  /** Whether only base has the line. */
  isGone: boolean;
  /** Per op, including those of the nodes below. */
  objects: [base: number, head: number];
  bytes: [base: number, head: number];
};
