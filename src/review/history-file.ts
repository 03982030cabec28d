import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure, isNoSpace, systemCode, systemReason } from '../errors.ts';
import { type HistoryRecord, historyRecordSchema, type HistoryStore } from '../report/model/history.ts';
import { stateDir } from '../state-dir.ts';

/** The path of a repository's history file. `name`: a unique name of the repository, such as its git directory. */
export function placeHistory(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return path.join(stateDir(), 'history', `${hash}.jsonl`);
}

function readLine(line: string): HistoryRecord[] {
  try {
    const parsed = historyRecordSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    // A process was killed while it wrote the line.
    return [];
  }
}

/**
 * A history in a file with one JSON record per line. Each record is appended by a single write, so that several
 * processes can add records at the same time. The write begins with a line break, so that an unfinished line of a
 * killed process does not damage the next record. `add` throws `disk-full` or `output-not-writable`.
 */
export function openHistoryFile(file: string): HistoryStore {
  return {
    read: async () => {
      try {
        return (await readFile(file, 'utf8')).split('\n').flatMap((line) => readLine(line));
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return [];
        throw error;
      }
    },
    add: async (record) => {
      try {
        await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
        await appendFile(file, `\n${JSON.stringify(record)}`, { mode: 0o600 });
      } catch (error) {
        if (isNoSpace(error)) throw new Failure('disk-full', { path: file }, { cause: error });
        throw new Failure(
          'output-not-writable',
          { path: file, reason: systemReason(error) },
          { cause: error },
        );
      }
    },
  };
}
