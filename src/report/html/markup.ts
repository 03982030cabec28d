import { html, Html } from '../model/html-page.ts';
import type { Prose } from '../model/prose.ts';

/** Text of the program's own build that is no text to be escaped: the page's script and style, converted Markdown. */
export const trusted = (text: string): Html => new Html(text);

/** Code as it stands in a file: tabs keep their width, trailing space is dropped. */
export const toCode = (line: string): string => line.replaceAll('\t', '    ').trimEnd();

/** A sentence; its foreign parts as code. */
export const toHtml = (prose: Prose): Html[] =>
  prose.map((part) => (typeof part === 'string' ? html`${part}` : html`<code>${part.foreign}</code>`));

/** The id of an element that a link leads to: names may hold what an id must not. */
export const toId = (kind: string, name: string): string => `${kind}:${name.replaceAll(/\s+/gu, '_')}`;

/** The target of a link to an element. */
export const toHash = (id: string): string => `#${encodeURIComponent(id)}`;

/** An address that a link may lead to; null: anything but a web address. */
export const toWebAddress = (url: string): string | null =>
  /^https?:\/\//u.test(url) && URL.canParse(url) ? new URL(url).href : null;
