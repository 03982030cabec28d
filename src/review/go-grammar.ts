import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';
import { createGrammar, type Grammar } from '../rules/syntax.ts';

/** The npm package contains a copy of the grammar, because installing the grammar's own package builds native code. */
const PACKAGED = fileURLToPath(new URL('../tree-sitter-go.wasm', import.meta.url));

/** Loads tree-sitter's Go grammar; about 25 ms, so do it once per process. */
export async function loadGoGrammar(): Promise<Grammar> {
  await Parser.init();
  const wasm = existsSync(PACKAGED)
    ? PACKAGED
    : fileURLToPath(import.meta.resolve('tree-sitter-go/tree-sitter-go.wasm'));
  return createGrammar(await Language.load(wasm));
}
