import { cleanCode } from '../model/escape.ts';
import { listPatchLines } from '../model/patches.ts';

const indent = (line: string): string => `           ${cleanCode(line).replaceAll('\t', '    ')}`;

/** The lines of a patch, indented below the text of a finding. */
export const indentPatch = (patch: string): string[] => listPatchLines(patch).map(indent);

/** The lines of Go code that are not empty, indented below the text of a finding. */
export const indentCode = (code: string): string[] =>
  code
    .split('\n')
    .filter((line) => line !== '')
    .map(indent);
