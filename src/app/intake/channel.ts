import { SmeeClient } from 'smee-client';
import { appLogs } from '../../report/words/server.ts';
import type { Logger } from '../operate/logs.ts';

/** The pause before the next try if the channel refuses. If it does not answer, the client itself retries every 3 s. */
const RETRY_MS = 10_000;

/** `opened` resolves when the channel has answered for the first time. */
export type Channel = { opened: Promise<void>; stop: () => Promise<void> };

/**
 * Forwards webhooks from a channel (https://github.com/probot/smee-client) to a local address. An unreachable channel
 * is retried until this is stopped; the log reports it once.
 */
export function openChannel(source: string, target: string, log: Pick<Logger, 'info' | 'warn'>): Channel {
  const opened = Promise.withResolvers<void>();
  let isDown = false;
  let retry: NodeJS.Timeout | undefined;
  const logFailure = (error: unknown): void => {
    // Other messages of the client are texts about the connection, which is logged below.
    if (error instanceof Error) log.warn({ step: 'channel', err: error });
  };
  const client = new SmeeClient({ source, target, logger: { info: () => {}, error: logFailure } });
  // The promise rejects at the first error, but the client continues to retry.
  const connect = (): void => void client.start().catch(() => {});
  Object.assign(client, {
    onopen: () => {
      isDown = false;
      opened.resolve();
      log.info({ step: 'channel', channel: source }, appLogs.channelOpen);
    },
    /** `code`: the status of a refusal. */
    onerror: ({ code }: { code?: number }) => {
      if (!isDown) log.warn({ step: 'channel', channel: source }, appLogs.channelDown);
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
