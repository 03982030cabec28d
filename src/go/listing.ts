import { z } from 'zod';

const listError = z.object({ Err: z.string(), Pos: z.string().optional() });
const moduleSchema = z.object({
  Path: z.string(),
  Version: z.string().optional(),
  GoVersion: z.string().optional(),
  Replace: z.object({ Path: z.string(), Version: z.string().optional() }).optional(),
});
const files = z.array(z.string()).optional();
/** The requested fields of `go list -json` (`go help list`). */
export const listedSchema = z.object({
  ImportPath: z.string(),
  Dir: z.string().optional(),
  Standard: z.boolean().optional(),
  ForTest: z.string().optional(),
  BuildID: z.string().optional(),
  Export: z.string().optional(),
  Name: z.string().optional(),
  Deps: z.array(z.string()).optional(),
  Imports: z.array(z.string()).optional(),
  TestGoFiles: files,
  XTestGoFiles: files,
  GoFiles: files,
  CgoFiles: files,
  CFiles: files,
  CXXFiles: files,
  MFiles: files,
  HFiles: files,
  FFiles: files,
  SFiles: files,
  SwigFiles: files,
  SwigCXXFiles: files,
  SysoFiles: files,
  EmbedFiles: files,
  Error: listError.optional(),
  DepsErrors: z.array(listError).optional(),
  /** For the main package of a test: the `GODEBUG` settings that the linker adds to it. */
  DefaultGODEBUG: z.string().optional(),
  Module: moduleSchema.optional(),
});
export type Listed = z.infer<typeof listedSchema>;

/** Parses the pretty-printed objects of `go list -json`: each begins with a line `{` and ends with a line `}`. */
export function createObjectReader(onObject: (value: Listed) => void): (line: string) => void {
  let lines: string[] = [];
  return (line) => {
    if (line === '{') lines = [];
    lines.push(line);
    if (line === '}') onObject(listedSchema.parse(JSON.parse(lines.join('\n'))));
  };
}

export function errorLines(listed: Listed | undefined): string[] {
  const own = listed?.Error ? [listed.Error] : (listed?.DepsErrors ?? []);
  return own.flatMap((error) =>
    `${error.Pos ? `${error.Pos}: ` : ''}${error.Err}`.split('\n').filter((line) => line.trim() !== ''),
  );
}

export function isInTree(listed: Listed, treeDir: string): boolean {
  return !listed.Standard && listed.Dir !== undefined && `${listed.Dir}/`.startsWith(`${treeDir}/`);
}

/** `p [q.test]` is p compiled for q's tests. */
export function withoutVariant(importPath: string): string {
  const space = importPath.indexOf(' ');
  return space === -1 ? importPath : importPath.slice(0, space);
}

export function isTestMain(listed: Listed): boolean {
  return listed.Name === 'main' && listed.ImportPath.endsWith('.test');
}
