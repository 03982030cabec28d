import { existsSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../errors.ts';
import type { Outcome, Sandbox } from '../sandbox/types.ts';
import type { GoModule } from './modules.ts';
import type { StageLimits } from './stage-limits.ts';
import { type GoFolders, goCommandEnvironment, placeOfCache, type Toolchain } from './toolchain.ts';

/** The settings for building one exported tree. They are the same on both sides except for `treeDir` and `env`. */
export type BuildContext = {
  sandbox: Sandbox;
  toolchain: Toolchain;
  folders: GoFolders;
  limits: StageLimits;
  /** The absolute path of the exported tree. */
  treeDir: string;
  module: GoModule;
  /** The paths of all modules of the tree. The compiler reports decisions for their packages. */
  modulePaths: readonly string[];
  env: Record<string, string>;
  tags: readonly string[];
};

const DIAGNOSTICS_LIMIT_BYTES = 2 * 1024 ** 3;

/** The flags that the passes of one review share. */
export function tagFlags({ tags }: Pick<BuildContext, 'tags'>): string[] {
  return tags.length > 0 ? [`-tags=${tags.join(',')}`] : [];
}

/** The flags of both the list pass and linking. They must be identical, so that both share compilations. */
export function buildFlags(context: BuildContext): string[] {
  return [
    '-trimpath',
    '-buildvcs=false',
    ...context.modulePaths.map((modulePath) => `-gcflags=${modulePath}/...=-m=2`),
    ...tagFlags(context),
  ];
}

/**
 * The system's error at the end of a line of the go command, the compiler or the linker, after a call and its file:
 * `write $WORK/b001/_pkg_.a: no space left on device`. Lines with a source position, or that show source, do not count:
 * they can contain text of the reviewed code, such as an `#error`.
 */
const NO_SPACE =
  /^(?!\s|.*:\d+[:,])[^|#]*\b(?:write|mkdir\w*|open\w*|close|creat\w*|f?sync|rename|link|copy\w*|truncate) [^\s:]+: (?:no space left on device|disk quota exceeded)$/u;

/** Whether a line of the go command says that the disk is full. Most lines are the compiler's, and end otherwise. */
export const saysDiskFull = (line: string): boolean =>
  (line.endsWith('no space left on device') || line.endsWith('disk quota exceeded')) && NO_SPACE.test(line);

/** Throws `disk-full` if one of the lines says so. */
export function throwIfDiskFull(lines: readonly string[]): void {
  const full = lines.find(saysDiskFull);
  if (full !== undefined) throw new Failure('disk-full', { detail: [full] });
}

/** Gives a program, and all that it starts, only the processor time that nothing else needs. */
const NICE = '/usr/bin/nice';

type GoOptions = {
  /** Whether the command runs beside benchmarks, and must not slow them down. */
  isBackground?: boolean;
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** A folder for the command's output files. */
  output?: string;
};

/** Runs one go command in the module's directory. Throws `disk-full` if its standard error says so. */
export async function runGo(
  context: BuildContext,
  args: readonly string[],
  options: GoOptions = {},
): Promise<Outcome> {
  const { sandbox, toolchain, folders, limits } = context;
  const full: string[] = [];
  const givesWay = options.isBackground === true && existsSync(NICE);
  const outcome = await sandbox.run({
    ...(givesWay ? { file: NICE, args: ['-n', '19', toolchain.go, ...args] } : { file: toolchain.go, args }),
    cwd: path.join(context.treeDir, context.module.dir),
    env: goCommandEnvironment(context.env, sandbox, folders),
    view: {
      readOnly: [
        toolchain.goroot,
        folders.moduleCache,
        context.treeDir,
        ...folders.baseCaches,
        ...(folders.compilers === null ? [] : [folders.compilers]),
      ],
      writable: [folders.temp, ...(options.output === undefined ? [] : [options.output])],
      moved: { [placeOfCache(sandbox, folders)]: folders.buildCache },
      scratch: null,
      network: false,
    },
    timeoutMs: limits.buildMs,
    maxOutputBytes: DIAGNOSTICS_LIMIT_BYTES,
    maxWrittenBytes: limits.writtenBytes,
    ...(options.onStdout && { onStdout: options.onStdout }),
    onStderr: (line) => {
      if (saysDiskFull(line)) full.push(line);
      options.onStderr?.(line);
    },
  });
  throwIfDiskFull(full);
  return outcome;
}

/** Reads messages such as `go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)`. */
function toolchainFailure(tail: readonly string[]): Failure | null {
  for (const line of tail) {
    const match = /requires go >= (\S+) \(running go (\S+?)[;)]/u.exec(line);
    if (match) return new Failure('go-too-old', { needs: match[1] ?? '', has: match[2] ?? '' });
  }
  return null;
}

/**
 * Shortens the paths in a line of the go command or the compiler to those in the repository. The folder of an
 * exported tree is a path of the server and means nothing to readers.
 */
export function hideTree(line: string, treeDir: string): string {
  return line.replaceAll(`${treeDir}/`, '').replaceAll(treeDir, '.');
}

/** Throws `go-too-old` or `go-failed` if `go list` failed. */
export function throwIfFailed(
  { treeDir }: Pick<BuildContext, 'treeDir'>,
  outcome: Outcome,
  patterns: readonly string[],
): void {
  if (outcome.exitCode === 0) return;
  const command = `go list ${patterns.join(' ')}`;
  const { ended, exitCode } = outcome;
  const output = outcome.tail.map((line) => hideTree(line, treeDir));
  throw toolchainFailure(output) ?? new Failure('go-failed', { command, ended, exitCode, output });
}
