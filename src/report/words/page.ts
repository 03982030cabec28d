import type { ReportBenchmark } from '../model/schema.ts';

/** Headings and explanations of the HTML report: its texts that do not depend on the review. */
export const pageWords = {
  benchmarks: 'Benchmarks',
  changed: 'Where the objects come from',
  findings: 'Findings',
  unmeasured: 'Not compared',
  possible: 'Changed lines that no benchmark ran',
  measured: 'How it was measured',
  warnings: 'Warnings',
  compiler: 'Compiler errors',
  exercise: 'Exercise',
  advice: 'What to do',
  functions: 'Changed functions',
  more: (number: number): string => `and ${number} more`,
  moreCharacters: (number: number): string => `(and ${number} characters)`,
  changes: { added: 'new', source: 'source', decisions: 'only what the compiler decides' },
  others: 'Related rules:',
  fix: 'A fix that was tried',
  ownBenchmark: 'A benchmark to paste',
  chain: 'From the changed line to the allocation',
  samples: 'Every run, as measured',
  otherSamples: 'Every run of the other benchmarks',
  dots: 'A dot is a run; runs with the same value share one. The upper row is base, the lower one head, and each pair of rows has its own scale from zero.',
  lines: 'Lines that allocate',
  source: 'Source, base and head',
  noBenchmarks: 'No benchmark was run.',
  noFindings: 'There are no findings.',
  allCompared: 'Every benchmark that the change can reach was compared on both sides.',
  allocatesHere: 'The allocation is made here.',
  scale: 'Each pair of bars has its own scale: the upper bar is base, the lower one head.',
  flame:
    'Each box is a function, as wide as what is allocated in it and below it. Boxes with a bold edge are the lines that allocate. Red allocates more at head, blue less.',
  noScript: 'Sorting, filtering and the flame graphs need JavaScript; all numbers are readable without it.',
} as const;

/** The order of benchmarks in tables: what a reader looks for first comes first. */
export const verdictOrder: readonly ReportBenchmark['verdict'][] = [
  'regression',
  'improvement',
  'benchmark-changed',
  'noisy',
  'removed',
  'below-threshold',
  'new',
  'unchanged',
];
