import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import {
  backends,
  concluded,
  createScenario,
  findCheck,
  isDone,
  type Scenario,
} from '../support/app-scenario.ts';

/** The ID of a delivery is not signed: a channel, for example, could send the same delivery again with another ID. */

for (const backend of backends) {
  describe(`with ${backend}`, () => {
    let s: Scenario;
    before(async () => {
      s = await createScenario({ backend });
    });
    after(() => s.close());

    /** Sends the newest delivery of an event and action again, with a new ID. */
    async function replay(event: string, action: string): Promise<void> {
      const seen = s.fake.deliveries.findLast((one) => one.event === event && one.action === action);
      assert.ok(seen);
      const body = JSON.stringify(seen.payload);
      const signature = createHmac('sha256', s.fake.app.webhookSecret).update(body).digest('hex');
      const answer = await fetch(s.fake.webhookUrl ?? '', {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-delivery': crypto.randomUUID(),
          'x-github-event': event,
          'x-hub-signature-256': `sha256=${signature}`,
        },
      });
      assert.equal(answer.status, 202);
    }

    /** After everything that was requested before. */
    const settle = async (name: string): Promise<void> => void (await s.see(await s.open(name, 0), isDone));

    test('a press of "Accept" counts once, and a new press after it was withdrawn counts again', async () => {
      const number = await s.open('pressed', 1);
      const red = await s.see(number, concluded('failure'));
      const id = findCheck(red)?.id ?? 0;
      await s.fake.requestAction(s.repository, id, 'accept', { by: 'gopher' });
      await s.see(number, concluded('success'));
      const withdraw = '/allocgate withdraw 0000000000000006';
      await s.fake.comment(s.repository, number, { by: 'gopher', body: withdraw });
      await s.see(number, concluded('failure'));
      await replay('check_run', 'requested_action');
      await settle('behind-the-press');
      assert.equal(findCheck(await s.fake.snapshot(s.repository, number))?.conclusion, 'failure');
      await s.fake.requestAction(s.repository, id, 'accept', { by: 'gopher' });
      await s.see(number, concluded('success'));
    });

    test('"Re-run" that is sent again measures nothing again', async () => {
      const number = await s.open('rerun', 1);
      const red = await s.see(number, isDone);
      const check = findCheck(red);
      await s.fake.rerequestCheck(s.repository, check?.id ?? 0, { by: 'gopher' });
      await s.see(number, (seen) => isDone(seen) && findCheck(seen)?.id !== check?.id);
      for (let times = 0; times < 3; times += 1) await replay('check_run', 'rerequested');
      await settle('behind-the-rerun');
      assert.equal(s.fake.checkRuns(s.repository, red.headSha).length, 2);
    });
  });
}
