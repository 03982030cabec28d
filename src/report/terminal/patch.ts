import { cleanCode } from '../model/escape.ts';
import { listPatchLines } from '../model/patches.ts';

const indent = (line: string): string => `           ${cleanCode(line).replaceAll('\t', '    ')}`;

/** A patch below the text that it belongs to. */
export const indentPatch = (patch: string): string[] => listPatchLines(patch).map(indent);

/** Code below the text that it belongs to. */
export const indentCode = (code: string): string[] =>
  code
    .split('\n')
    .filter((line) => line !== '')
    .map(indent);
