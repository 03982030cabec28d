/** The formats of `allocgate review`, each with its line in `--help`. `src/report/formats.ts` has their renderers. */
export const formatPurposes = {
  text: 'a report for the terminal',
  markdown: 'the comments for a pull request',
  html: 'one page with flame graphs and source, to be opened in a browser',
  json: 'all data (allocgate config schema --report has the schema)',
  sarif: 'SARIF 2.1.0 for code scanning',
  benchfmt: 'both sides for benchstat: benchstat -col side FILE',
} as const;

export type Format = keyof typeof formatPurposes;

/** Whether a text is the name of a format. */
export const isFormat = (name: string): name is Format => Object.hasOwn(formatPurposes, name);

/** The names of all formats, in the order of `--help`. */
export const formatNames: readonly Format[] = Object.keys(formatPurposes).filter(isFormat);
