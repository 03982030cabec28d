import { StringDecoder } from 'node:string_decoder';

/**
 * Splits a byte stream into lines, without their ends. Bytes that are not UTF-8 become U+FFFD. Of a line with more than
 * `maxLineLength` characters the rest is dropped, so that an endless line cannot fill the memory. `end` passes on a last
 * line without an end.
 */
export function createLineSplitter(
  onLine: (line: string) => void,
  maxLineLength = 64 * 1024,
): { write: (chunk: Uint8Array) => void; end: () => void } {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  const keep = (text: string): void => {
    if (pending.length < maxLineLength) pending += text.slice(0, maxLineLength - pending.length);
  };
  const flush = (): void => {
    onLine(pending.endsWith('\r') ? pending.slice(0, -1) : pending);
    pending = '';
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
