import { z } from 'zod';

const allocsIncrease = z.number().int().min(1);
const bytesIncrease = z.number().int().min(1);
const bytesPercent = z.number().min(0);

const allocsThreshold = z.strictObject({
  /** A benchmark gates if it makes at least this many more allocations per op than at base. */
  increase: allocsIncrease.default(1),
});
const bytesThreshold = z.strictObject({
  /** The least increase in bytes per op, and in per cent of base. A regression must reach both. */
  increase: bytesIncrease.default(64),
  percent: bytesPercent.default(10),
});

/** A build tag, as a `//go:build` line may have it. */
export const BUILD_TAG = /^[\w.]+$/u;

/** The effect on the check: red, grey, green, or grey and without comments. */
const gateValue = z.enum(['fail', 'neutral', 'pass', 'off']);

/** One word applies to proven findings and contracts (see `resolveGate`); a mapping sets each kind of evidence. */
const gate = z.union([
  gateValue,
  z.strictObject({
    /** A benchmark allocates more, and the heap profile shows where. */
    proven: gateValue.default('fail'),
    /** Each side was measured under its own version of a benchmark that had to be adapted to the change. */
    adapted: gateValue.default('neutral'),
    /** Tests allocate more, and no benchmark runs the change. */
    tested: gateValue.default('neutral'),
    /** Changed code that no benchmark runs, or that could not be compared. */
    unmeasured: gateValue.default('neutral'),
    /** Head breaks a contract that base kept. */
    contract: gateValue.default('fail'),
  }),
]);

/** `.github/allocgate.yml`. Every key has a default, so a missing file is a valid config. */
export const configSchema = z.strictObject({
  version: z.literal(1).default(1),
  benchmarks: z
    .strictObject({
      packages: z.array(z.string().min(1)).min(1).default(['./...']),
      run: z.string().default('.'),
      skip: z.string().default(''),
      /** `auto`: the modules that a change can reach. Otherwise only the modules in the listed folders. */
      modules: z.union([z.literal('auto'), z.array(z.string().min(1)).min(1)]).default('auto'),
      tags: z.array(z.string().regex(BUILD_TAG)).default([]),
      /** Whether to find out which benchmarks run the change, which takes one more build of each test binary. */
      reach: z.boolean().default(true),
    })
    .prefault({}),
  thresholds: z
    .strictObject({
      allocs: allocsThreshold.prefault({}),
      bytes: bytesThreshold.prefault({}),
      overrides: z
        .array(
          z.strictObject({
            /** Glob over `package.BenchmarkX/sub`. */
            benchmark: z.string().min(1),
            /** Missing keys have the value of `thresholds`. */
            allocs: z.strictObject({ increase: allocsIncrease.optional() }).optional(),
            bytes: z
              .strictObject({ increase: bytesIncrease.optional(), percent: bytesPercent.optional() })
              .optional(),
          }),
        )
        .default([]),
    })
    .prefault({}),
  gate: gate.default('fail'),
  /** Limits for benchmarks that must hold regardless of what base allocates. */
  contracts: z
    .array(
      z.strictObject({
        /** Glob over `package.BenchmarkX/sub`. */
        benchmark: z.string().min(1),
        allocs: z.number().int().min(0),
      }),
    )
    .default([]),
  comments: z
    .strictObject({
      inline: z.boolean().default(true),
      summary: z.enum(['always', 'changes', 'never']).default('changes'),
      max: z.number().int().min(0).max(50).default(30),
    })
    .prefault({}),
  rules: z
    .strictObject({
      disable: z.array(z.string()).default([]),
      only: z.array(z.string()).default([]),
    })
    .prefault({}),
  /** The minutes for which a review may measure, not counting compilation. The report names what was left out. */
  budget: z.number().min(0.1).default(10),
  /** The minutes for which the App may try causes and fixes after a review. 0: it tries none. */
  experiments: z.number().min(0).default(5),
  forks: z.enum(['approve', 'never']).default('approve'),
  /** Whether each push to a draft is reviewed. A command can always request it. */
  drafts: z.enum(['review', 'skip']).default('skip'),
});

/** A repository's configuration, with a value for each key. */
export type Config = z.infer<typeof configSchema>;

/** The type of a YAML value, for problems. */
export type ConfigValueType = 'text' | 'number' | 'whole-number' | 'boolean' | 'nothing' | 'list' | 'mapping';

/** A fault of one key or value. The sentences are in report/words/config. */
export type ConfigFault =
  /** The file is not YAML; `detail` is the parser's message. */
  | { kind: 'syntax'; detail: string }
  | { kind: 'duplicate-key'; name: string; firstLine: number }
  /**
   * `suggestion`: the key that was probably meant, dotted if it belongs to another section. `known`: the section's
   * keys.
   */
  | { kind: 'unknown-key'; suggestion: string | null; known: string[] }
  /** A required key is not there. */
  | { kind: 'missing-key'; expected: ConfigValueType }
  /** `value`: a number as it is written. */
  | { kind: 'wrong-type'; expected: ConfigValueType; found: ConfigValueType; value?: string }
  | {
      kind: 'not-allowed';
      allowed: string[];
      found: string;
      type: ConfigValueType;
      suggestion: string | null;
    }
  | ({ kind: 'bad-regexp' } & GoRegexpFault)
  /** A build tag with invalid characters. */
  | { kind: 'bad-format'; found: string }
  /** No rule has this name. */
  | { kind: 'unknown-rule'; found: string; suggestion: string | null }
  | { kind: 'empty' }
  | { kind: 'out-of-range'; bound: 'least' | 'most'; limit: number }
  | { kind: 'too-large'; limit: number };

/** Why Go refuses a regular expression: RE2's description, and the invalid part of the expression. */
export type GoRegexpFault = { description: string; fragment: string };

/**
 * One problem in a config file: `line` and `column` from 1, `key` dotted (`thresholds.allocs.increase`), empty for the
 * file.
 */
export type ConfigProblem = { path: string; line: number; column: number; key: string } & ConfigFault;
