import path from 'node:path';
import type { Explain } from './types.ts';

/** Sources of other languages that the go command compiles with the Go files of their folder. */
const FOREIGN = /\.(?:s|S|sx|c|cc|cpp|cxx|m|mm|h|hh|hpp|hxx|f|F|for|f90)$/u;

/** The end of names of files that are not built for the processors and systems that reviews run on. */
const ELSEWHERE =
  /_(?:386|arm|arm64|loong64|mips\w*|ppc64\w*|riscv64|s390x|wasm|aix|android|darwin|dragonfly|freebsd|illumos|ios|js|netbsd|openbsd|plan9|solaris|windows)\.\w+$/u;

/** A file in assembler or C changed in the package of the allocation, or in that of a caller. */
export const explainForeignCode: Explain<'function'> = ({ changes }, { stack }) => {
  const folders = new Set(stack.map(({ file }) => path.posix.dirname(file)));
  for (const [file, line] of changes.firstLines) {
    if (!FOREIGN.test(file) || ELSEWHERE.test(file) || !folders.has(path.posix.dirname(file))) continue;
    return { kind: 'function', file, line, text: '', via: [] };
  }
  return null;
};
