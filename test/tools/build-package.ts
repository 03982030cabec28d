/**
 * Writes `dist/`, which the npm package runs: Node strips no types below `node_modules`.
 *
 *     npm ci           a stub that runs the checkout's own sources
 *     npm pack         the compiled program; the stub is put back when the package is made
 *     npm run build    the compiled program, as the image has it
 *
 * Beside it lie the script and style of the HTML report, bundled from `src/page`; `npm run build:page` makes them anew.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePage } from './page-bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = path.join(ROOT, 'dist');
const MAIN = path.join(DIST, 'main.js');

/** The page's script and style, which nothing at run time could bundle. */
function writePage(): void {
  mkdirSync(DIST, { recursive: true });
  const { script, style } = bundlePage();
  writeFileSync(path.join(DIST, 'page.js'), script);
  writeFileSync(path.join(DIST, 'page.css'), style);
}

/** `npx allocgate` in a checkout starts the file that `bin` names, so that file must exist and follow every edit. */
function writeStub(): void {
  mkdirSync(DIST, { recursive: true });
  writeFileSync(MAIN, `#!/usr/bin/env node\nimport '../src/main.ts';\n`);
}

function build(): void {
  execFileSync('tsc', ['-p', path.join(ROOT, 'tsconfig.build.json')], { stdio: 'inherit' });
  // The grammar's own package builds native code when it is installed; the package needs its WebAssembly alone.
  const grammar = fileURLToPath(import.meta.resolve('tree-sitter-go/tree-sitter-go.wasm'));
  copyFileSync(grammar, path.join(DIST, 'tree-sitter-go.wasm'));
}

if (process.argv.includes('--page')) {
  writePage();
  process.exit();
}
rmSync(DIST, { recursive: true, force: true });
// npm names the script to what it runs: `dependencies` after `npm ci`, `prepack` and `postpack` around `npm pack`. A script
// called `prepare` would do for both, but npm warns of it where the package is installed from its tarball.
const script = process.env['npm_lifecycle_event'] ?? '';
if (['build', 'prepack'].includes(script)) build();
else writeStub();
writePage();
chmodSync(MAIN, 0o755);
