import { z } from 'zod';
import { causeKinds } from '../compare/cause.ts';

/** A JavaScript regular expression as a string; checked when the rule is loaded. */
const pattern = z.string().refine((text) => {
  try {
    return Boolean(new RegExp(text, 'u'));
  } catch {
    return false;
  }
}, 'not a valid regular expression');

/**
 * Advice for modules whose go.mod selects a Go before `before`, because the advice beside it needs a newer one. The
 * oldest version first.
 */
const older = z
  .array(z.strictObject({ before: z.string().regex(/^1\.\d+$/), advice: z.string().min(1) }))
  .default([]);

/**
 * One way in which a rule recognises its pattern. All given keys must match one place: an allocation site, a changed
 * decision of the compiler, or a changed line.
 */
const condition = z.strictObject({
  /** The kinds of places: a profiled site (`proven`), a changed decision, or a changed line (`possible`). */
  on: z.array(z.enum(['site', 'decision', 'change'])).default(['site', 'decision']),
  /** A function between the site and the allocator, with its name in the profile: `^fmt\.Sprint`. Sites only. */
  callee: pattern.optional(),
  /** A function that the line itself calls and that allocates, directly or in its callees. Sites only. */
  called: pattern.optional(),
  /** Whether the line itself allocates: some stack has no function between the site and the allocator. Sites only. */
  direct: z.boolean().optional(),
  /**
   * true: the line has no new `escapes to heap` or `moved to heap`, because a function of the runtime allocates, such
   * as that of `append`. false: it has one. Sites only.
   */
  undecided: z.boolean().optional(),
  /**
   * Whether the site is a line of a benchmark that head does not have. The finding is then at the changed line that led to
   * it. Sites only.
   */
  inBenchmark: z.boolean().optional(),
  /**
   * A decision of head's compiler about the place's line: one that base does not have; for a site without one, also one
   * that base has.
   */
  decision: z
    .strictObject({
      kind: z.enum(['escapes-to-heap', 'moved-to-heap', 'leaking-param']),
      expression: pattern.optional(),
      /** A flow step whose reason matches: `interface-converted`. */
      reason: pattern.optional(),
      /** A flow step whose text matches. */
      flow: pattern.optional(),
      /** No flow step has a text or a reason that matches. */
      notFlow: pattern.optional(),
      /**
       * Excludes values (variables, fields and results of calls) whose name head's package declares only with types that
       * match: `^(?:returns )?\[\]` excludes slices.
       */
      unlessDeclared: pattern.optional(),
      /**
       * Excludes a new object, `&T{...}` or `new(T)`, if what head's package declares `T` as matches: `^self link$` excludes
       * the elements of a linked list.
       */
      notOfType: pattern.optional(),
    })
    .optional(),
  /** No decision of head's compiler about the line, new or not, that a value is on the heap has a matching expression. */
  notOnHeap: pattern.optional(),
  /**
   * A tree-sitter query over head's function (over the whole file if the place is outside functions). A node captured
   * as `@site` must begin on the place's line or span it. For a changed line, the node must begin on it, and the file
   * must have more such nodes than at base.
   */
  code: z.string().optional(),
  /** true: the node that `code` finds is the value of the decision: its text is the decision's expression. */
  quoted: z.literal(true).optional(),
  /**
   * The declarations of the name that `code` captures as `@name`, in head's file, else in another file of its package
   * (src/rules/declarations.ts): `method`, or the text of a type, such as `map[string]int`. At least one must match
   * `declared`; none may match `notDeclared`.
   */
  declared: pattern.optional(),
  notDeclared: pattern.optional(),
  /** The same for the name that `code` captures as `@argument`, if it captures one: at least one must match. */
  argument: pattern.optional(),
  /** A tree-sitter query that must not match in head's version of the function. */
  notCode: z.string().optional(),
  /** Whether the place is inside a `for` statement of its function. */
  inLoop: z.boolean().optional(),
  /** A tree-sitter query that must match in base's version of the function (of the file, outside functions). */
  baseCode: z.string().optional(),
  /**
   * A tree-sitter query that must not match in base's version of the function (or of the file, if the function is new).
   */
  notBaseCode: z.string().optional(),
  /** A tree-sitter query that must match in base's version of the function more often than in head's. */
  lost: z.string().optional(),
  /** A tree-sitter query that must match in head's version of the function more often than in base's. */
  gained: z.string().optional(),
  /** The cause of the allocation is of one of these kinds; `none`: the line itself changed, or nothing explains it. */
  cause: z
    .array(z.enum([...causeKinds, 'none']))
    .min(1)
    .optional(),
  /** Whether the site allocates larger objects, but not more of them. Sites only. */
  grown: z.boolean().optional(),
  /** The site's objects have at least this many bytes on average. Sites only. */
  objectBytes: z.number().positive().optional(),
  /**
   * true: the condition counts only where no rule but the general one matches, and is never named beside another rule.
   */
  fallback: z.boolean().optional(),
  /** What to do in this case, instead of the rule's own advice. */
  advice: z.string().min(1).optional(),
  older,
});

/** `rules/<id>/rule.yaml`. The exercise page is `exercise.md` in the same folder. */
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
  /** 0–100: if several rules match one place, the highest wins; of equal ones, the first ID. */
  specificity: z.number().int().min(0).max(100),
  /** Rules whose advice also helps here. */
  related: z.array(z.string()).default([]),
  /** One of them must match. */
  matches: z.array(condition).min(1),
  /** What to do: one or two sentences of Markdown. */
  advice: z.string().min(1),
  older,
});

export type Rule = z.infer<typeof ruleSchema>;
export type Condition = z.infer<typeof condition>;
