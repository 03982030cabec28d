import { html, Html } from '../model/html-page.ts';
import type { Prose } from '../model/prose.ts';

/**
 * Text that must not be escaped, because it comes from allocgate itself: the page's script and style, and converted
 * Markdown.
 */
export const trusted = (text: string): Html => new Html(text);

/** A line of code for the page: tabs become four spaces, and trailing space is removed. */
export const toCode = (line: string): string => line.replaceAll('\t', '    ').trimEnd();

/** A block of code, or of a program's output. */
export const writeLines = (lines: readonly string[]): Html =>
  html`<pre tabindex="0"><code>${lines.map((line) => html`${toCode(line)}${trusted('\n')}`)}</code></pre>`;

/** A sentence as HTML. Names and messages from outside become code. */
export const toHtml = (prose: Prose): Html[] =>
  prose.map((part) => {
    if (typeof part === 'string') return html`${part}`;
    return html`<code>${'command' in part ? part.command : part.foreign}</code>`;
  });

/** The ID of an element about something with a name. White space, which HTML forbids in IDs, becomes `_`. */
export const toId = (kind: string, name: string): string => `${kind}:${name.replaceAll(/\s+/gu, '_')}`;

/** The `href` of a link to an element of the same page. */
export const toHash = (id: string): string => `#${encodeURIComponent(id)}`;

/** An http(s) address in its normal form; null: the text is something else, which must not become a link. */
export const toWebAddress = (url: string): string | null =>
  /^https?:\/\//u.test(url) && URL.canParse(url) ? new URL(url).href : null;
