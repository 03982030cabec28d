import type { IncomingMessage } from 'node:http';

/** Reads the body of a request; null as soon as it is larger than `maxBytes`. Throws when the sender hangs up. */
export async function readRawBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) {
      chunks.push(chunk);
      return;
    }
    request.pause();
    resolve(null);
  });
  request.on('end', () => resolve(Buffer.concat(chunks)));
  request.on('error', reject);
  return await promise;
}
