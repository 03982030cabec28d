import { SmeeClient } from 'smee-client';
import type { Logger } from '../operate/logs.ts';

/** A channel that does not answer is asked again by its client, every 3 s; one that refuses is not. */
const RETRY_MS = 10_000;

/** `opened` resolves when the channel has answered for the first time. */
export type Channel = { opened: Promise<void>; stop: () => Promise<void> };

/**
 * Takes webhooks from a channel (https://github.com/probot/smee-client) to the address that they are for. One that cannot be
 * reached is tried again until this is stopped; the log says so once.
 */
export function openChannel(source: string, target: string, log: Pick<Logger, 'info' | 'warn'>): Channel {
  const opened = Promise.withResolvers<void>();
  let isDown = false;
  let retry: NodeJS.Timeout | undefined;
  const logFailure = (error: unknown): void => {
    // Words are about the connection, of which we speak ourselves.
    if (error instanceof Error) log.warn({ step: 'channel', err: error });
  };
  const client = new SmeeClient({ source, target, logger: { info: () => {}, error: logFailure } });
  // It rejects at the first error, after which it goes on trying.
  const connect = (): void => void client.start().catch(() => {});
  Object.assign(client, {
    onopen: () => {
      isDown = false;
      opened.resolve();
      log.info({ step: 'channel', channel: source }, 'connected');
    },
    /** `code`: the status of an answer that refuses. */
    onerror: ({ code }: { code?: number }) => {
      if (!isDown) log.warn({ step: 'channel', channel: source }, 'cannot be reached; it is tried again');
      isDown = true;
      if (code !== undefined) retry = setTimeout(connect, RETRY_MS);
    },
  });
  connect();
  return {
    opened: opened.promise,
    stop: async () => {
      clearTimeout(retry);
      await client.stop();
    },
  };
}
