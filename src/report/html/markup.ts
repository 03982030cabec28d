import { html, Html } from '../model/html-page.ts';
import type { Prose } from '../model/prose.ts';

/**
 * Text that must not be escaped, because it comes from allocgate itself: the page's script and style, and converted
 * Markdown.
 */
export const trusted = (text: string): Html => new Html(text);

/** Code of a file: tabs become four spaces, and trailing space is removed. */
export const toCode = (line: string): string => line.replaceAll('\t', '    ').trimEnd();

/** Lines of code, or of a program's output. */
export const writeLines = (lines: readonly string[]): Html =>
  html`<pre tabindex="0"><code>${lines.map((line) => html`${toCode(line)}${trusted('\n')}`)}</code></pre>`;

/** A sentence as HTML. Its foreign parts become code. */
export const toHtml = (prose: Prose): Html[] =>
  prose.map((part) => (typeof part === 'string' ? html`${part}` : html`<code>${part.foreign}</code>`));

/** The ID of a link's target: names can contain characters that an ID must not. */
export const toId = (kind: string, name: string): string => `${kind}:${name.replaceAll(/\s+/gu, '_')}`;

/** The target of a link to an element. */
export const toHash = (id: string): string => `#${encodeURIComponent(id)}`;

/** An address that may be linked; null: it is not a web address. */
export const toWebAddress = (url: string): string | null =>
  /^https?:\/\//u.test(url) && URL.canParse(url) ? new URL(url).href : null;
