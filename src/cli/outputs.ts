import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure, isNoSpace, systemReason } from '../errors.ts';
import type { ReviewFlags, Target } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** The target of each format; default: `usual`. At most one can go to standard output, and one to each file. */
export function chooseTargets({ format }: ReviewFlags, usual: Target[]): Target[] {
  const targets = format ?? usual;
  const loose = targets.filter(({ file }) => file === null);
  if (loose.length > 1) {
    const value = loose.map((target) => target.format).join(', ');
    throw new Failure('bad-option', { option: '--format', value, problem: { kind: 'several-to-stdout' } });
  }
  const files = targets.flatMap(({ file }) => (file === null ? [] : [file]));
  const twice = files.find((file, index) => files.findIndex((one) => isSameFile(one, file)) < index);
  if (twice !== undefined) {
    const value = targets.map((target) => target.format + (target.file === null ? '' : `=${target.file}`));
    const problem = { kind: 'same-file' } as const;
    throw new Failure('bad-option', { option: '--format', value: value.join(', '), problem });
  }
  return targets;
}

const isSameFile = (a: string, b: string): boolean => path.resolve(a) === path.resolve(b);

/**
 * Checks that files can be written, before a review takes a minute. Writes nothing, so an old result stays until there
 * is a new one.
 */
export async function requireWritable(targets: readonly Target[]): Promise<void> {
  for (const { file } of targets) if (file !== null) await requireWritableFile(file);
}

async function requireWritableFile(file: string): Promise<void> {
  try {
    const there = await stat(file).catch(() => null);
    if (there?.isDirectory()) {
      throw new Failure('output-not-writable', { path: file, reason: 'it is a folder' });
    }
    await access(there === null ? path.dirname(path.resolve(file)) : file, constants.W_OK);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('output-not-writable', { path: file, reason: systemReason(error) }, { cause: error });
  }
}

/** Writes each format to its target. `toFile`: whether the text goes to a file. */
export async function writeTargets(
  targets: readonly Target[],
  terminal: Terminal,
  render: (target: Target, toFile: boolean) => string,
): Promise<void> {
  for (const target of targets) {
    const text = render(target, target.file !== null);
    if (target.file === null) terminal.print(text);
    else await writeResult(target.file, text);
  }
}

async function writeResult(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    if (isNoSpace(error)) throw new Failure('disk-full', { path: file }, { cause: error });
    throw new Failure('output-not-writable', { path: file, reason: systemReason(error) }, { cause: error });
  }
}
