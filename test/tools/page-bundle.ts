import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const PAGE = fileURLToPath(new URL('../../src/page', import.meta.url));

/** The script and style of the HTML report, bundled from `src/page`: one file each, with nothing left to load. */
export function bundlePage(): { script: string; style: string } {
  const { outputFiles } = buildSync({
    entryPoints: { page: `${PAGE}/main.ts`, style: `${PAGE}/page.css` },
    outdir: 'dist',
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['es2022', 'chrome110', 'firefox110', 'safari16'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'error',
    tsconfigRaw: '{}',
  });
  const read = (ending: string): string => {
    const text = outputFiles.find(({ path }) => path.endsWith(ending))?.text;
    if (text === undefined) throw new Error(`esbuild made no ${ending} of ${PAGE}`);
    // The text becomes that of an element, which these words would end.
    if (/<\/(?:script|style)|<!--/iu.test(text)) throw new Error(`${ending} holds markup`);
    return text.trim();
  };
  return { script: read('.js'), style: read('.css') };
}
