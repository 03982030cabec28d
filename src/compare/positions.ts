/** A file of the tree that a path of the toolchain means. `lines`: how many it has. */
export type TreeFile = { file: string; lines: number };

/**
 * The import path of a `-trimpath` file: its folder, without the version that stands behind the path of a module which is
 * not the main one (`example.com/sub@v0.0.0/s/code.go`), whether a replace directive takes it from the tree or not.
 */
export function importPathOfFile(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf('/'))).replace(/@[^/]*/u, '');
}

/** Finds the file in the tree that a `-trimpath` position names (`import/path/file.go`); null for all others. */
export type Resolve = (path: string) => TreeFile | null;

/** Whether a position can be true: `//line` directives and crafted profiles name any line that they like. */
export const holdsLine = ({ lines }: TreeFile, line: number): boolean => line >= 1 && line <= lines;
