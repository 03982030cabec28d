/** The file of the tree that a path of the toolchain refers to. `lines`: the number of its lines. */
export type TreeFile = { file: string; lines: number };

/**
 * The import path of a `-trimpath` file: its folder, without the version after the path of a module other than the main
 * one (`example.com/sub@v0.0.0/s/code.go`), even if a replace directive takes that module from the tree.
 */
export function importPathOfFile(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf('/'))).replace(/@[^/]*/u, '');
}

/** Finds the file in the tree that a `-trimpath` position names (`import/path/file.go`); null for all others. */
export type Resolve = (path: string) => TreeFile | null;

/** Whether a file has a line: `//line` directives and crafted profiles can name any line. */
export const holdsLine = ({ lines }: TreeFile, line: number): boolean => line >= 1 && line <= lines;
