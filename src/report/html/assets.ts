/** The parts of a page besides the report. They are part of the program. */
export type PageAssets = {
  /** The bundled script of `src/page`. */
  script: string;
  style: string;
  /** Returns the exercise page of a rule in Markdown; null: there is none. */
  exercise: (id: string) => string | null;
};

/** A node of a flame graph, in the form that the page's script reads; see `allocations` in the JSON report. */
export type PageNode = {
  parent: number | null;
  name: string;
  /** `file:line` of an allocating line. */
  place: string | null;
  isGone: boolean;
  objects: [base: number, head: number];
  bytes: [base: number, head: number];
};
