import { createHash } from 'node:crypto';
import { html, type Html } from '../model/html-page.ts';
import { trusted } from './markup.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The policy of a page: it runs only its own script and style, and loads, sends and embeds nothing. */
const contentSecurityPolicy = ({ script, style }: { script: string; style: string }): string =>
  [
    "default-src 'none'",
    ...(script === '' ? [] : [`script-src ${hashOf(script)}`]),
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** A complete HTML document that loads nothing. `script` is empty if the page needs none. */
export function renderDocument({
  title,
  style,
  script,
  body,
}: {
  title: string;
  style: string;
  script: string;
  body: Html;
}): string {
  const scriptElement = script === '' ? null : trusted(`<script>${script}</script>`);
  return `${
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy({ script, style })}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="referrer" content="no-referrer" />
          <title>${title}</title>
          ${trusted(`<style>${style}</style>`)}
        </head>
        <body>
          ${body} ${scriptElement}
        </body>
      </html>`.text
  }\n`;
}
