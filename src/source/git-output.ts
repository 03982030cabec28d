/** Byte values that end a record in git's output. */
export const separators = { nul: 0, lineFeed: 10 } as const;

/**
 * Splits a byte stream into records. `onRecord` gets each one without its separator and returns the separator that ends
 * the next. A record longer than `keep` bytes is cut to that length, so memory stays bounded; a last record without a
 * separator is also passed on.
 */
export async function splitRecords(
  chunks: AsyncIterable<Buffer>,
  first: number,
  keep: number,
  onRecord: (record: Buffer) => number,
): Promise<void> {
  let separator = first;
  let pending: Buffer = Buffer.alloc(0);
  const join = (part: Buffer) =>
    (pending.length === 0 ? part : Buffer.concat([pending, part])).subarray(0, keep);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(separator); end !== -1; end = chunk.indexOf(separator, start)) {
      separator = onRecord(join(chunk.subarray(start, end)));
      pending = Buffer.alloc(0);
      start = end + 1;
    }
    if (pending.length < keep) pending = Buffer.from(join(chunk.subarray(start)));
  }
  if (pending.length > 0) onRecord(pending);
}

/** Splits the whole output of a `-z` command; the last record is followed by NUL too. */
export function splitNul(text: string): string[] {
  return text.split('\0').slice(0, -1);
}

/** Decodes a file name, which is stored as latin1 with one character per byte. */
export function decodeName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
