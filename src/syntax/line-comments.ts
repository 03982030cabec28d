/**
 * Comments that give the lines below another place: `//line calc.y:12` and `/*line calc.y:12:5*\/`
 * (https://pkg.go.dev/cmd/compile#hdr-Line_Directives).
 */

import { listTexts } from './texts.ts';

const SHOWN = /^\/[/*]line /u;
const SHOWN_LENGTH = '//line '.length;
/** A file's name has at most a few hundred characters. The bound keeps the search linear. */
const HIDDEN = /^\/\/Line (?=[^\n]{1,500}:[0-9])|\/\*Line (?=[^\n]{1,500}:[0-9])/gmu;

/**
 * The content of a Go file in which the compiler and profiles name each line by its true place: `//line` is written
 * `//Line`, which means nothing. Everything else stays where it is, byte for byte. A position that a generator chose
 * can be in a file that is not in the repository, in one that has no such line, or on a line that several generated ones
 * share, so it cannot be mapped to the diff, to syntax, or to the other side.
 */
export function hideLineComments(content: Buffer): Buffer {
  if (!content.includes('/line ') && !content.includes('*line ')) return content;
  // One character for each byte, because a file need not be valid UTF-8.
  const text = content.toString('latin1');
  const parts: string[] = [];
  let kept = 0;
  for (const { start } of listTexts(text)) {
    if (!SHOWN.test(text.slice(start, start + SHOWN_LENGTH))) continue;
    parts.push(text.slice(kept, start + 2), 'L');
    kept = start + 3;
  }
  const hidden = parts.join('') + text.slice(kept);
  return Buffer.from(hidden, 'latin1');
}

/** Lines of a Go file as they are in the repository. */
export function showLineComments(text: string): string {
  return text.replace(HIDDEN, (part) => part.replace('Line', 'line'));
}
