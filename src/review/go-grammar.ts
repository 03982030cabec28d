import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';
import { createGrammar } from '../rules/syntax.ts';
import type { Grammar } from '../rules/syntax.ts';

/** Loads tree-sitter's Go grammar from its own package; about 25 ms, so do it once per process. */
export async function loadGoGrammar(): Promise<Grammar> {
  await Parser.init();
  const wasm = fileURLToPath(import.meta.resolve('tree-sitter-go/tree-sitter-go.wasm'));
  return createGrammar(await Language.load(wasm));
}
