import { Marked, type Tokens } from 'marked';
import { escapeHtml } from '../model/escape.ts';
import { html, type Html } from '../model/html-page.ts';
import type { PageAssets } from './assets.ts';
import { renderDocument } from './document.ts';
import { toCode, toWebAddress, trusted } from './markup.ts';

const lineClasses: Readonly<Record<string, string>> = { '+': 'added', '-': 'gone' };

/** A code block with one element per line, so that the lines of a diff can be coloured. */
function writeCodeBlock({ text, lang }: Tokens.Code): string {
  const isDiff = lang === 'diff';
  const lines = text.split('\n').map((line) => {
    const kind = isDiff ? lineClasses[line.charAt(0)] : undefined;
    const code = escapeHtml(toCode(line));
    return kind === undefined ? code : `<span class="${kind}">${code}</span>`;
  });
  return `<pre tabindex="0"><code>${lines.join('\n')}</code></pre>\n`;
}

/** Escapes text line by line, because `escapeHtml` would replace the line breaks. */
const writeText = (text: string): string => text.split('\n').map(escapeHtml).join('\n');

/**
 * Converts the Markdown of a rule's author to HTML. Text is escaped by `escapeHtml`, HTML is shown as text, links must
 * be web addresses, and images are replaced by their descriptions. `level`: the level of the page's first heading.
 */
function createWriter(level: number): Marked {
  return new Marked({
    gfm: true,
    renderer: {
      html: ({ text }) => writeText(text),
      image: ({ text }) => writeText(text),
      code: writeCodeBlock,
      codespan: ({ text }) => `<code>${writeText(text)}</code>`,
      text(token) {
        if ('tokens' in token && token.tokens) return this.parser.parseInline(token.tokens);
        return writeText(token.text);
      },
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        const address = toWebAddress(href);
        return address === null ? words : `<a href="${escapeHtml(address)}" rel="noreferrer">${words}</a>`;
      },
      // An empty header cell names no column, so it is an ordinary cell.
      tablecell({ tokens, header }) {
        const words = this.parser.parseInline(tokens);
        return header && words !== '' ? `<th scope="col">${words}</th>` : `<td>${words}</td>`;
      },
      heading({ tokens, depth }) {
        const tag = `h${Math.min(6, depth + level - 1)}`;
        return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>\n`;
      },
    },
  });
}

const inFinding = createWriter(5);
const onPage = createWriter(1);

/** An exercise page, below the heading of a finding. */
export const writeExercise = (markdown: string): Html => trusted(inFinding.parse(markdown, { async: false }));

/** The advice of a rule: a sentence or two of Markdown. */
export const writeAdvice = (markdown: string): Html =>
  trusted(inFinding.parseInline(markdown, { async: false }));

/** An exercise as a separate page. */
export const renderExercisePage = (id: string, markdown: string, assets: Pick<PageAssets, 'style'>): string =>
  renderDocument({
    title: `allocgate: exercise ${id}`,
    style: assets.style,
    script: '',
    body: html`<main id="main" class="page">${trusted(onPage.parse(markdown, { async: false }))}</main>`,
  });
