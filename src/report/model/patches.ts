/** The heading of a unified diff, which names the file a second time. */
const HEADING = /^(?:===|--- |\+\+\+ )/u;

/** The lines of a patch of one file, without its heading. */
export const listPatchLines = (patch: string): string[] =>
  patch.split('\n').filter((line) => line !== '' && !HEADING.test(line));
