import { request as sendRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How many senders, the bytes of each body, and how fast each sends it. */
export type UnsignedLoad = { senders: number; bytes: number; chunkBytes: number; pauseMs: number };

/** One body that nobody signed, slowly; resolves when it was answered or cut off. */
async function sendOne(url: string, { bytes, chunkBytes, pauseMs }: UnsignedLoad): Promise<void> {
  const request = sendRequest(url, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      'content-length': bytes,
      'x-github-delivery': 'nobody',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    },
  });
  const closed = new Promise<void>((resolve) => {
    request.on('error', () => resolve());
    request.on('response', (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('close', () => resolve());
  });
  const chunk = Buffer.alloc(chunkBytes, ' ');
  for (let sent = 0; sent < bytes && !request.destroyed; sent += chunkBytes) {
    request.write(chunk.subarray(0, Math.min(chunkBytes, bytes - sent)));
    await sleep(pauseMs);
  }
  request.end();
  await closed;
}

/** Sends unsigned bodies to an address until it is stopped; `stop` resolves to how many ended. */
export function startUnsigned(url: string, load: UnsignedLoad): { stop: () => Promise<number> } {
  const stopping = new AbortController();
  let count = 0;
  const sendOn = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sendOne(url, load);
      count += 1;
    }
  };
  const sending = Promise.all(Array.from({ length: load.senders }, sendOn));
  return {
    stop: async () => {
      stopping.abort();
      await sending;
      return count;
    },
  };
}
