import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Lab } from '../review/lab.ts';

const GOFMT_MS = 30_000;
let formatted = 0;

/** Formats a text with gofmt; null: gofmt rejects it. */
async function format(lab: Lab, text: string): Promise<string | null> {
  const { sandbox, toolchain, limits } = lab.tools;
  formatted += 1;
  const dir = path.join(lab.dir, `format-${formatted}`);
  const file = path.join(dir, 'file.go');
  await mkdir(dir, { recursive: true });
  try {
    await writeFile(file, text);
    const lines: string[] = [];
    const { ended, exitCode } = await sandbox.run({
      file: path.join(toolchain.goroot, 'bin', 'gofmt'),
      args: [file],
      cwd: dir,
      env: {},
      view: { readOnly: [toolchain.goroot, dir], writable: [], scratch: null, network: false },
      timeoutMs: GOFMT_MS,
      maxOutputBytes: limits.outputBytes,
      onStdout: (line) => lines.push(line),
    });
    return ended === 'exited' && exitCode === 0 ? `${lines.join('\n')}\n` : null;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Formats edited texts of a file, if the file was formatted before: one that was not is not formatted now. Leaves out
 * those that gofmt rejects.
 */
export async function formatLike(
  lab: Lab,
  text: string,
  edited: readonly string[],
): Promise<(string | null)[]> {
  if (edited.length === 0) return [];
  const isFormatted = (await format(lab, text)) === text;
  const results: (string | null)[] = [];
  for (const one of edited) results.push(isFormatted ? await format(lab, one) : one);
  return results;
}
