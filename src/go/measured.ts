import type { BenchmarkFailure, Measurement, Side } from '../compare/types.ts';
import type { Estimate } from './run-plan.ts';
import type { TestBinary } from './test-binary.ts';

/** The test binaries of one package that can be compared: both sides and, if tests changed, the two crosses. */
export type Variant = 'base' | 'head' | 'headCode' | 'baseCode';

export type Binaries = Partial<Record<Variant, TestBinary>>;

/**
 * One benchmark with the results of its variants. A variant is missing if it does not have the benchmark or gave no
 * result.
 */
export type Measured = {
  measurements: Partial<Record<Variant, Measurement>>;
  failures: VariantFailure[];
  /** Variants whose output contained surplus or contradicting result lines for this benchmark. */
  inconsistent: Variant[];
  estimate: Estimate;
  /** The least N at which a run took far longer than estimated; Infinity: no run did. */
  tooManyIterations: number;
  /** The last run of each variant: milliseconds of one operation by its own clock, and of the run by ours. */
  observed: Partial<Record<Variant, { opMs: number; wallMs: number }>>;
};

/** A benchmark before its first round. `measurements`: of the variants that have it, without rounds. */
export const createMeasured = (measurements: Measured['measurements'], estimate: Estimate): Measured => ({
  measurements,
  failures: [],
  inconsistent: [],
  estimate,
  tooManyIterations: Infinity,
  observed: {},
});

export type VariantFailure = { variant: Variant; failure: BenchmarkFailure };

/** In the order in which they run. */
export const allVariants: readonly Variant[] = ['base', 'headCode', 'head', 'baseCode'];

/** The side whose code a variant runs. */
export const sideOf: Readonly<Record<Variant, Side>> = {
  base: 'base',
  baseCode: 'base',
  head: 'head',
  headCode: 'head',
};
