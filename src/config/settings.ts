import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { readYaml, toJsonSchema } from './read-yaml.ts';
import type { ConfigProblem } from './schema.ts';

const whole = (fallback: number, least = 1) => z.number().int().min(least).default(fallback);

/**
 * The memory that the programs of one run share: three quarters of the machine's, but no more than 8 GiB, which is
 * enough.
 */
const defaultMemoryMiB = Math.min(8192, Math.floor((totalmem() / 2 ** 20) * 0.75));
/** The limit grows with the number of cores, because each compiler that runs at the same time has its own threads. */
const DEFAULT_PROCESSES = 512 + 64 * availableParallelism();

/**
 * The operator's settings for all repositories: `settings.yml`. A repository's own config cannot change them. Every key
 * has a default.
 */
export const settingsSchema = z.strictObject({
  version: z.literal(1).default(1),
  /** How programs of reviewed repositories are isolated. `none`: not at all, only for trusted code. */
  sandbox: z.enum(['bubblewrap', 'gvisor', 'none']).default('bubblewrap'),
  limits: z
    .strictObject({
      /** Downloading the modules of one side. */
      fetchSeconds: whole(300),
      /** One run of the go command. */
      buildSeconds: whole(1200),
      /** How long a benchmark may print nothing, beyond its expected time. */
      benchmarkSeconds: whole(60),
      /** All benchmarks of a review. */
      measureSeconds: whole(1800),
      /** The experiments after a review of the App; an attempt that has begun is finished. 0: there are none. */
      experimentSeconds: whole(600, 0),
      /** The memory of a go command or a test binary with all processes that it starts, without swap. */
      memoryMiB: whole(defaultMemoryMiB, 128),
      processes: whole(DEFAULT_PROCESSES, 64),
      /** Cores; null: all. Needs control groups. */
      cpus: z.number().min(0.1).nullable().default(null),
      openFiles: whole(4096, 64),
      /** One file. */
      fileMiB: whole(4096),
      /** Each temporary file system of a benchmark. */
      temporaryMiB: whole(1024),
      /** How much the go command may write in one review. */
      diskMiB: whole(16_384),
      /** How much one run of benchmarks may print. */
      outputMiB: whole(64),
      /** The files of one commit. */
      treeMiB: whole(2048),
      treeFiles: whole(200_000),
      /** Benchmarks of one review. */
      benchmarks: whole(5000),
    })
    .prefault({}),
  /** Whether reviewed code may use the modules that GOPRIVATE names, from a proxy or the module cache. */
  modules: z.strictObject({ private: z.boolean().default(false) }).prefault({}),
  /** The build cache of trusted code, which is kept between reviews. */
  cache: z.strictObject({ maxMiB: whole(8192), maxDays: whole(30) }).prefault({}),
});

/** The operator's settings, with a value for each key. */
export type Settings = z.infer<typeof settingsSchema>;

/** The JSON Schema of `settings.yml`. */
export function settingsJsonSchema() {
  return toJsonSchema(settingsSchema);
}

/** Reads the text of the settings; an empty text is valid. Errors are returned as problems. Never throws. */
export function parseSettings(text: string, path: string): Settings | { problems: ConfigProblem[] } {
  const read = readYaml(text, path, settingsSchema);
  return 'data' in read ? read.data : read;
}
