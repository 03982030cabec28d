import type { IncomingMessage } from 'node:http';
import type { BodyBudget } from './body-budget.ts';

/** The size of a body's first block. Each further block is twice as large as the previous one, up to the maximum. */
const FIRST_BLOCK_BYTES = 4 * 1024;
const MAX_BLOCK_BYTES = 64 * 1024;

/** Why a body was not read: it is too large, or it was dropped to free memory for others. */
export type Unread = 'too-large' | 'dropped';

/**
 * Creates a buffer that copies chunks into blocks. The chunks themselves are not kept: a sender can split a body into
 * chunks of one byte, and each chunk is an object that keeps its network packet in memory. `onAllocate` is called with
 * the size of each new block.
 */
function createBlocks(promisedBytes: number | null, onAllocate: (bytes: number) => void) {
  const full: Buffer[] = [];
  let block = Buffer.alloc(0);
  let filled = 0;
  let total = 0;

  function append(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (filled === block.length) {
        if (filled > 0) full.push(block);
        const size = Math.min(MAX_BLOCK_BYTES, FIRST_BLOCK_BYTES * 2 ** full.length);
        const missing = promisedBytes === null ? size : Math.max(1, promisedBytes - total);
        block = Buffer.allocUnsafeSlow(Math.min(size, missing));
        filled = 0;
        onAllocate(block.length);
      }
      const part = rest.subarray(0, block.length - filled);
      block.set(part, filled);
      filled += part.length;
      total += part.length;
      rest = rest.subarray(part.length);
    }
  }

  return { append, join: (): Buffer => Buffer.concat([...full, block.subarray(0, filled)], total) };
}

/**
 * Reads the body of a request, of at most `maxBytes` and within the budget. Throws if the sender closes the connection.
 */
export async function readRawBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
): Promise<Buffer | Unread> {
  const length = request.headers['content-length'];
  const promisedBytes = length === undefined ? null : Number(length);
  if (promisedBytes !== null && promisedBytes > maxBytes) return 'too-large';
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | Unread>();
  const refuse = (why: Unread): void => {
    request.removeAllListeners('data').pause();
    resolve(why);
  };
  const account = budget.open(promisedBytes, () => refuse('dropped'));
  const blocks = createBlocks(promisedBytes, account.add);
  let bytes = 0;
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > maxBytes) refuse('too-large');
    else blocks.append(chunk);
  });
  request.on('end', () => resolve(blocks.join()));
  request.on('error', reject);
  try {
    return await promise;
  } finally {
    account.close();
  }
}
