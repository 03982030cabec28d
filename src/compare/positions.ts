/** A file of the tree that a path of the toolchain means. `lines`: how many it has. */
export type SourceFile = { file: string; lines: number };

/** Finds the file in the tree that a `-trimpath` position names (`import/path/file.go`); null for all others. */
export type Resolve = (path: string) => SourceFile | null;

/** Whether a position can be true: `//line` directives and crafted profiles name any line that they like. */
export const holdsLine = ({ lines }: SourceFile, line: number): boolean => line >= 1 && line <= lines;
