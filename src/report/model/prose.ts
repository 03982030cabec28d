import { plainCommand, shortLine, toMarkdownCode, toMarkdownCommand } from './escape.ts';

/**
 * A sentence for all outputs: allocgate's own words as strings, and names and messages from outside marked as foreign.
 * Each output escapes the foreign parts in its own way, so no sentence is written twice. Foreign parts can be cut;
 * commands and names that a person pastes are escaped in the same way, but never cut.
 */
export type Prose = readonly (string | { foreign: string } | { command: string })[];

/** A command, or a name for a command, that a person can paste. */
export const command = (text: string): Prose => [{ command: text }];

/**
 * Writes a sentence. An inserted string is foreign: it is shown as code and escaped. Numbers and prose are inserted
 * unchanged.
 */
export function say(words: TemplateStringsArray, ...values: (string | number | Prose)[]): Prose {
  return words.flatMap((word, index) => {
    const value = values[index];
    if (value === undefined) return [word];
    if (typeof value === 'number') return [word, String(value)];
    return typeof value === 'string' ? [word, { foreign: value }] : [word, ...value];
  });
}

/** Joins pieces of prose with a separator between them. */
export function joinProse(pieces: readonly Prose[], separator: string): Prose {
  return pieces.flatMap((piece, index) => (index === 0 ? piece : [separator, ...piece]));
}

type Show = (text: string) => string;

function render(prose: Prose, show: Show, showCommand: Show): string {
  return prose
    .map((part) => {
      if (typeof part === 'string') return part;
      return 'command' in part ? showCommand(part.command) : show(part.foreign);
    })
    .join('');
}

/** For terminals and JSON: foreign parts as clean lines, see `shortLine`. */
export const toPlain = (prose: Prose): string => render(prose, shortLine, plainCommand);

/** For GitHub: foreign parts as code. */
export const toMarkdown = (prose: Prose): string => render(prose, toMarkdownCode, toMarkdownCommand);

/** `1 benchmark`, `3 benchmarks`. */
export const count = (number: number, noun: string, plural = `${noun}s`): string =>
  `${number} ${number === 1 ? noun : plural}`;
