/** A Probot app that does nothing with a delivery: what the App's intake is measured against. Prints its URL. */
import { getPrivateKey } from '@probot/get-private-key';
import { Probot, Server } from 'probot';

const { APP_ID = '', WEBHOOK_SECRET = '' } = process.env;
const server = new Server({
  host: '127.0.0.1',
  port: Number(process.env['PORT']),
  Probot: Probot.defaults({
    appId: APP_ID,
    privateKey: getPrivateKey({ env: process.env }) ?? '',
    secret: WEBHOOK_SECRET,
  }),
});
await server.load((app) => app.onAny(() => {}));
await server.start();
