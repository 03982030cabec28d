/** When a difference in a heap profile counts. Values are objects or bytes per op, or parts of a benchmark's difference. */

/** At least half an allocation per op is a pattern; smaller fractions come from set-up work and pools. */
export const WHOLE_OBJECTS = 0.5;

/**
 * A profile counts a 16-byte block of the tiny allocator once, even if several objects share it (runtime/malloc.go):
 * one object per op can look like a sixteenth of one. A site that adds less is noise.
 */
export const TINY_OBJECTS = 1 / 16;

/** The size of a block of the tiny allocator in bytes. */
export const TINY_BLOCK = 16;

/** The share of a benchmark's added objects that a site must have: smaller shares of a large addition are chance. */
export const RELEVANT_OBJECTS = 1 / 64;

/** The share of a benchmark's added bytes that a site must have. */
export const RELEVANT_BYTES = 1 / 20;

/** If larger sites explain this share, smaller ones are ignored: with more garbage, pools are refilled more often. */
export const EXPLAINED = 0.95;
