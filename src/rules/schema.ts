import { z } from 'zod';
import { causeKinds } from '../compare/types.ts';

/** A JavaScript regular expression as a string; checked when the rule is loaded. */
const pattern = z.string().refine((text) => {
  try {
    return Boolean(new RegExp(text, 'u'));
  } catch {
    return false;
  }
}, 'not a valid regular expression');

/**
 * One way in which a rule recognises its pattern. All given conditions must hold.
 * They are asked about one place: an allocation site, a flipped compiler decision, or a changed line.
 */
const condition = z.strictObject({
  /** What the place must be: a profiled site (`proven`), a flipped decision or a changed line (`possible`). */
  on: z.array(z.enum(['site', 'decision', 'change'])).default(['site', 'decision']),
  /** Some function between the site and the allocator, as a profile names it: `^fmt\.Sprint`. Sites only. */
  callee: pattern.optional(),
  /** Some function that the line itself calls and that allocates, at whatever depth: the first of `callee`'s. Sites only. */
  called: pattern.optional(),
  /** The line allocates by itself: some stack has no function between the site and the allocator. Sites only. */
  direct: z.boolean().optional(),
  /** No new `escapes to heap` or `moved to heap` stands on the line: a runtime helper allocates on its own account. Sites only. */
  undecided: z.boolean().optional(),
  /** What head's compiler says of the place's line: what base lacks, else, of a site, what it said before as well. */
  decision: z
    .strictObject({
      kind: z.enum(['escapes-to-heap', 'moved-to-heap', 'leaking-param']),
      expression: pattern.optional(),
      /** A flow step whose reason matches: `interface-converted`. */
      reason: pattern.optional(),
      /** A flow step whose text matches. */
      flow: pattern.optional(),
    })
    .optional(),
  /**
   * A tree-sitter query over head's function (over the whole file where no function holds the place); a node captured
   * as `@site` must begin on the place's line or span it. Of a changed line: begin on it, and the file must hold more
   * such nodes than base's.
   */
  code: z.string().optional(),
  /**
   * What head's file declares under the name that `code` captures as `@name` (src/rules/declarations.ts): `method`, or the
   * text of a type, such as `map[string]int`. Of `declared` some declaration must match; of `notDeclared` none.
   */
  declared: pattern.optional(),
  notDeclared: pattern.optional(),
  /** A tree-sitter query that must not match in head's version of the function. */
  notCode: z.string().optional(),
  /** The place lies inside a `for` statement of its function. */
  inLoop: z.boolean().optional(),
  /** A tree-sitter query that must match in base's version of the function (of the file, outside functions). */
  baseCode: z.string().optional(),
  /** A tree-sitter query that must not match in base's version of the function (or of the file, if the function is new). */
  notBaseCode: z.string().optional(),
  /** A tree-sitter query that must match in base's version of the function more often than in head's. */
  lost: z.string().optional(),
  /** What led to the allocation is of one of these kinds. */
  cause: z.array(z.enum(causeKinds)).min(1).optional(),
  /** The site allocates no more objects than before, and larger ones. Sites only. */
  grown: z.boolean().optional(),
  /** The site's objects have at least this many bytes on average. Sites only. */
  objectBytes: z.number().positive().optional(),
  /** What to do in this case, instead of the rule's own advice. */
  advice: z.string().min(1).optional(),
});

/** `rules/<id>/rule.yaml`. The exercise page beside it is `exercise.md`. */
export const ruleSchema = z.strictObject({
  id: z.string().regex(/^[A-Z]{2}-\d{2}$/),
  /** The name in reports and config: `sprintf-in-hot-path`. */
  slug: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  title: z.string().min(1),
  source: z.strictObject({
    /** The document's title: `Memory Allocator — Optimization`. */
    document: z.string(),
    /** The exercise or section cited: `Exercise 1`. */
    section: z.string(),
    url: z.url().nullable(),
  }),
  /** 0–100: of several rules that fit one place the highest wins; equal ones by id. */
  specificity: z.number().int().min(0).max(100),
  /** Rules whose advice also helps here. */
  related: z.array(z.string()).default([]),
  /** Any one suffices. */
  matches: z.array(condition).min(1),
  /** What to do, one or two sentences, plain Markdown. */
  advice: z.string().min(1),
});

export type Rule = z.infer<typeof ruleSchema>;
export type Condition = z.infer<typeof condition>;
