/** What a page is made of besides a report. All of it comes with the program. */
export type PageAssets = {
  /** The bundled script of `src/page`. */
  script: string;
  style: string;
  /** The exercise page of a rule, in Markdown; null: there is none. */
  exercise: (id: string) => string | null;
};

/** A node of a flame graph as the page's script reads it; see `allocations` in the JSON report. */
export type PageNode = {
  parent: number | null;
  name: string;
  /** `file:line` of an allocating line. */
  place: string | null;
  isGone: boolean;
  objects: [base: number, head: number];
  bytes: [base: number, head: number];
};
