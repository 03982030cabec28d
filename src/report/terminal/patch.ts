import { cleanCode } from '../model/escape.ts';

/** The heading of a unified diff, which names the file a second time. */
const heading = /^(?:===|--- |\+\+\+ )/u;

/** A patch below the text that it belongs to. */
export const indentPatch = (patch: string): string[] =>
  patch
    .split('\n')
    .filter((line) => line !== '' && !heading.test(line))
    .map((line) => `           ${cleanCode(line).replaceAll('\t', '    ')}`);
