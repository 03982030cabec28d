import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseSettings, type Settings } from '../config/settings.ts';
import { Failure, systemCode, systemReason } from '../errors.ts';
import type { StageLimits } from '../go/stage-limits.ts';
import { describeConfigProblem } from '../report/words/config.ts';
import type { ProcessLimits } from '../sandbox/types.ts';
import type { TreeLimits } from '../source/tree.ts';

const MIB = 2 ** 20;
const SECOND_MS = 1000;

/** The default path: `$XDG_CONFIG_HOME/allocgate/settings.yml`, where the variable defaults to `~/.config`. */
function settingsPath(): string {
  const base = process.env['XDG_CONFIG_HOME'];
  return path.join(
    base?.startsWith('/') ? base : path.join(homedir(), '.config'),
    'allocgate',
    'settings.yml',
  );
}

/** Reads the settings file; null if it does not exist and need not. Throws `bad-settings`. */
async function readSettings(file: string, mustExist: boolean): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && !mustExist) return null;
    throw new Failure('bad-settings', { path: file, unreadable: systemReason(error) }, { cause: error });
  }
}

/**
 * Reads the operator's settings: from the file that `ALLOCGATE_SETTINGS` names, which must exist, otherwise from the
 * default file, which need not. Throws `bad-settings` with a sentence for each problem, or with the reason why the file
 * cannot be read.
 */
export async function loadSettings(): Promise<{ settings: Settings; path: string; found: boolean }> {
  const named = process.env['ALLOCGATE_SETTINGS'] ?? '';
  const file = named === '' ? settingsPath() : named;
  const text = await readSettings(file, named !== '');
  const parsed = parseSettings(text ?? '', file);
  if ('problems' in parsed) {
    throw new Failure('bad-settings', { path: file, problems: parsed.problems.map(describeConfigProblem) });
  }
  return { settings: parsed, path: file, found: text !== null };
}

/** The limits of each program of a run, in bytes and counts. */
export function processLimits({ limits }: Settings): ProcessLimits {
  return {
    memoryBytes: limits.memoryMiB * MIB,
    processes: limits.processes,
    cpus: limits.cpus,
    openFiles: limits.openFiles,
    fileBytes: limits.fileMiB * MIB,
    tmpfsBytes: limits.temporaryMiB * MIB,
  };
}

/** The limits of each stage of a review, and of the size of a tree, in milliseconds, bytes and counts. */
export function reviewLimits({ limits }: Settings): StageLimits & { tree: TreeLimits } {
  return {
    fetchMs: limits.fetchSeconds * SECOND_MS,
    buildMs: limits.buildSeconds * SECOND_MS,
    benchmarkMs: limits.benchmarkSeconds * SECOND_MS,
    measureMs: limits.measureSeconds * SECOND_MS,
    outputBytes: limits.outputMiB * MIB,
    writtenBytes: limits.diskMiB * MIB,
    benchmarks: limits.benchmarks,
    tree: { maxFiles: limits.treeFiles, maxBytes: limits.treeMiB * MIB },
  };
}
