import { escapeHtml } from './escape.ts';

/** Text that is HTML already, so that it is not escaped again. Make it with `html`, which escapes what is inserted. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Insertion = string | number | null | Html | readonly Html[];

function toText(value: Insertion): string {
  if (value === null) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value instanceof Html ? value.text : value.map(({ text }) => text).join('');
}

/** Removes the indentation of a template, which means nothing to a browser: a page can have thousands of rows. */
const narrow = (text: string): string => text.replaceAll(/\n\s*/gu, '\n');

/** A piece of HTML. Inserted text is escaped, inserted HTML is not; null inserts nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Insertion[]): Html {
  return new Html(strings.map((text, index) => narrow(text) + toText(values[index] ?? null)).join(''));
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #b42318; --accent: #0969da; }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff8a80; --accent: #58a6ff; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 44rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 1rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
code { font: .9em ui-monospace, monospace; background: #8882; padding: .1em .3em; border-radius: 4px; }
form { margin: 1rem 0; }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600; }
label.choice { font-weight: 400; }
input[type=url], input[type=password], input:not([type]), textarea { width: 100%; font: inherit; padding: .5rem; border: 1px solid var(--line); border-radius: 6px; }
button { font: inherit; margin: .75rem 0; padding: .6rem 1rem; border: 1px solid var(--line); border-radius: 6px; cursor: pointer; }
button.main { background: var(--good); border-color: var(--good); color: Canvas; font-weight: 600; width: 100%; }
button[disabled] { opacity: .5; cursor: not-allowed; }
a { color: var(--accent); }
details { margin: 1.5rem 0; border-top: 1px solid var(--line); padding-top: 1rem; }
summary { cursor: pointer; font-weight: 600; }
.good { color: var(--good); }
.bad { color: var(--bad); }
ul.steps { list-style: none; padding: 0; }
ul.steps li { margin: .5rem 0; }
`;

/** A complete page that loads nothing and works at any width. `refreshSeconds` null: it does not reload. */
export function page({
  title,
  body,
  refreshSeconds = null,
}: {
  title: string;
  body: Html;
  refreshSeconds?: number | null;
}): string {
  const refresh =
    refreshSeconds === null ? '' : html`<meta http-equiv="refresh" content="${String(refreshSeconds)}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refresh}
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}
