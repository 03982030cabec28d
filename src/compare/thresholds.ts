/** When a difference in a heap profile counts. Values are objects or bytes per op, or parts of a benchmark's difference. */

/** Fractions of an allocation per op come from set-up work and pools; half of one is a pattern. */
export const WHOLE_OBJECTS = 0.5;

/**
 * A profile counts a 16-byte block of the tiny allocator once, whatever shares it (runtime/malloc.go): one object per op
 * can look like a sixteenth of one. A site that adds less is noise.
 */
export const TINY_OBJECTS = 1 / 16;

/** Bytes of a block of the tiny allocator. */
export const TINY_BLOCK = 16;

/** The part of a benchmark's added objects that a site must make up: smaller parts of a large addition are chance. */
export const RELEVANT_OBJECTS = 1 / 64;

/** The part of a benchmark's added bytes that a site must make up. */
export const RELEVANT_BYTES = 1 / 20;

/** When larger sites explain this part, smaller ones are not needed: with more garbage, pools are refilled more often. */
export const EXPLAINED = 0.95;
