/**
 * Benchmark names, file names, function names and compiler messages come from the reviewed code: whoever opens a pull
 * request chooses them. All such text is escaped here before a reader sees it.
 */

/** Terminal control sequences: CSI, then OSC and its kin up to their terminator, then two-character escapes. */
const ESCAPE_SEQUENCES =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)|\u001B[ -/]*[0-~]?/gu;
/** Line breaks and tabs separate words, so they become a space. */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
/**
 * Control, format and private characters and lone surrogates: bidirectional overrides, zero-width characters,
 * byte-order marks, tag characters. They are invisible and can mislead readers.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;

/** One line without control sequences and invisible characters, as a terminal, a log and the escapers below need it. */
export function cleanLine(text: string): string {
  return text.replace(ESCAPE_SEQUENCES, '').replace(BREAKS, ' ').replace(INVISIBLE, '');
}

/** Replaces characters by character references, for HTML, and for Markdown inside an HTML element. */
function toEntities(text: string, characters: RegExp): string {
  return text.replace(characters, (character) => `&#${character.codePointAt(0)};`);
}

/** Safe as HTML text and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return toEntities(cleanLine(text), /[&<>"']/gu);
}

/**
 * A name as code that is safe anywhere in a line of GitHub's Markdown: text, table cell, list item, heading. Inside
 * code, nothing mentions a person, links or embeds. Backticks, pipes and backslashes could end the code or the cell (a
 * table is split into cells before code is recognised, and `\\|` is an escaped backslash and a border). So text with
 * them becomes an HTML code element with everything but letters, digits and spaces as character references.
 */
export const toMarkdownCode = (text: string): string => lineToCode(cutName(text));

/** A command as code. It is whole, because a part of a command does something else. */
export const toMarkdownCommand = (text: string): string => {
  const whole = wholeCommand(text);
  return whole === null ? TOO_LONG : lineToCode(whole);
};

function lineToCode(line: string): string {
  if (line === '') return '(empty)';
  if (!/[`|\\]/u.test(line)) return `\`${line}\``;
  return `<code>${toEntities(line, /[^\p{L}\p{N} ]/gu)}</code>`;
}

/** Shortens a line: a single name must not fill a body of 65,535 characters or a terminal. */
function shorten(line: string, limit: number): string {
  return line.length <= limit ? line : `${cleanLine(line.slice(0, limit - 1))}…`;
}
const MAX_NAME = 200;

/** A name as Markdown shows it, before it is made code: one clean line of up to 200 characters. */
export const cutName = (name: string): string => shorten(cleanLine(name).trim(), MAX_NAME);

/**
 * The longest command that is shown, in characters. The longest name of a benchmark, 300 bytes, and a path of 1,000 make
 * a shorter one. A forged report can have longer ones, which must not fill a body.
 */
const MAX_COMMAND = 3_000;
const TOO_LONG = '(a command that is too long to show)';

/** A command as one clean line, never cut; null: it is too long to show. */
function wholeCommand(text: string): string | null {
  const line = cleanLine(text).trim();
  return line.length <= MAX_COMMAND ? line : null;
}

/** A command as plain text, whole. */
export const plainCommand = (text: string): string => wholeCommand(text) ?? TOO_LONG;

const MAX_LINE = 500;

/** A clean line of up to so many characters. */
export const cutLine = (text: string, limit: number): string => shorten(cleanLine(text), limit);

/** A clean line of up to 500 characters. */
export const shortLine = (text: string): string => cutLine(text, MAX_LINE);

/**
 * A line that GitHub's runner does not interpret as a command in a log. Commands begin with `::` after any spaces, or
 * contain `##[` (ActionCommand.cs of github.com/actions/runner).
 */
export const toLogLine = (line: string): string =>
  line.replace(/^(\s*):(?=:)/u, '$1: ').replaceAll('##[', '## [');

/** A value as the text of a JSON file that is safe in a terminal or a log: invisible characters are escaped. */
export const toJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2)
    .replace(/(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, escapeUnits)
    .replaceAll('##[', String.raw`##\u005b`)}\n`;

/** A value as the text of a `<script type="application/json">`: nothing in it can end the element or be markup. */
export const toScriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, escapeUnits);

const escapeUnits = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** A line of code without invisible characters, but with its tabs. */
export const cleanCode = (line: string): string => line.split('\t').map(cleanLine).join('\t');

/**
 * A fenced block that no line of its content can close.
 * @param language `text`; `go`, `diff` and GitHub's `suggestion` keep tabs
 */
export function toMarkdownFence(
  lines: readonly string[],
  language: 'text' | 'go' | 'diff' | 'suggestion' = 'text',
): string {
  const clean = lines.map((line) =>
    language === 'text' ? cleanLine(line.replaceAll('\t', '    ')) : cleanCode(line),
  );
  const longest = Math.max(2, ...clean.map((line) => Math.max(0, ...(line.match(/`+/gu) ?? []).map(length))));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...clean, fence].join('\n');
}

const length = (text: string): number => text.length;

/** The link target of a Markdown link, or null for anything but a plain http(s) address. */
export function toMarkdownUrl(url: string): string | null {
  if (!/^https?:\/\//u.test(url) || !URL.canParse(url)) return null;
  return new URL(url).href.replace(
    /[()<>\\`|*_[\]]/gu,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Text of a SARIF message: braces would be placeholders (§3.11.5) and brackets embedded links (§3.11.6).
 * Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function escapeSarif(text: string): string {
  return cleanLine(text)
    .replace(/[{}]/gu, '$&$&')
    .replace(/[\\[\]]/gu, '\\$&');
}

/** A path as a relative URI reference: each segment percent-encoded, the slashes kept. */
export function toUri(path: string): string {
  return path.toWellFormed().split('/').map(encodeSegment).join('/');
}

/** Also encodes the characters that `encodeURIComponent` leaves and some tools cannot read. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/gu,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
