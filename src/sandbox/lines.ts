import { StringDecoder } from 'node:string_decoder';

/**
 * Splits a byte stream into lines, without their ends. Bytes that are not UTF-8 become U+FFFD. The middle of a line with
 * more than `maxLineLength` characters becomes an ellipsis, so that an endless line cannot fill the memory: a program that
 * prints without a newline leaves its own text in front of the next line, of which the end is what counts. `end` passes on
 * a last line without an end.
 */
export function createLineSplitter(
  onLine: (line: string) => void,
  maxLineLength = 64 * 1024,
): { write: (chunk: Uint8Array) => void; end: () => void } {
  const decoder = new StringDecoder('utf8');
  const half = Math.floor(maxLineLength / 2);
  let pending = '';
  /** Of a line that is too long, what follows `pending`. */
  let last: string | null = null;
  const keep = (text: string): void => {
    if (last !== null) last = (last + text).slice(-half);
    else if (pending.length + text.length <= maxLineLength) pending += text;
    else {
      last = (pending + text).slice(-half);
      pending = (pending + text.slice(0, half)).slice(0, half);
    }
  };
  const flush = (): void => {
    const line = last === null ? pending : `${pending}…${last}`;
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    pending = '';
    last = null;
  };
  const feed = (text: string): void => {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      keep(text.slice(from, end));
      flush();
      from = end + 1;
    }
    keep(text.slice(from));
  };
  return {
    write: (chunk) => feed(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end: () => {
      feed(decoder.end());
      if (pending !== '') flush();
    },
  };
}
