import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';
import { createGrammar, type Grammar } from '../rules/syntax.ts';
import { onceLoaded } from './once-loaded.ts';

/** The npm package contains a copy of the grammar, because installing the grammar's own package builds native code. */
const PACKAGED = fileURLToPath(new URL('../tree-sitter-go.wasm', import.meta.url));

/** Tree-sitter's Go grammar, loaded once per process: later reviews also use the rules' compiled queries again. */
export const loadGoGrammar = onceLoaded(load);

async function load(): Promise<Grammar> {
  await Parser.init();
  const wasm = existsSync(PACKAGED)
    ? PACKAGED
    : fileURLToPath(import.meta.resolve('tree-sitter-go/tree-sitter-go.wasm'));
  return createGrammar(await Language.load(wasm));
}
