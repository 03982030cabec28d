import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import { type Appearance, readUndisturbed, untilAppearance } from '../support/appearance.ts';
import { createScenario, findCheck, type Scenario } from '../support/app-scenario.ts';
import type { Delivery, Snapshot } from '../support/fake-github/index.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

/** A disk that is full, and has space again: nothing that was acknowledged is lost, and each pull request ends right. */

const isDone = (seen: Snapshot): boolean => findCheck(seen) !== null;

describe('the folder of the embedded database', () => {
  let disk: SmallDisk;
  let scenario: Scenario;
  let wanted: Appearance;
  before(async () => {
    disk = await mountSmallDisk(128);
    scenario = await createScenario({ backend: 'pglite', env: { ALLOCGATE_DATA: disk.dir } });
    wanted = await readUndisturbed(scenario);
  });
  after(async () => {
    await scenario.close();
    await disk.remove();
  });

  /** A command that was never delivered, and is larger than what the database has left in its files. */
  async function commentUnsent(number: number): Promise<Delivery> {
    const { fake, repository } = scenario;
    fake.autoDeliver = false;
    await fake.comment(repository, number, { by: 'gopher', body: '/allocgate help' });
    fake.autoDeliver = true;
    const delivery = fake.pendingDeliveries.find(({ event }) => event === 'issue_comment');
    assert.ok(delivery);
    fake.pendingDeliveries = [];
    return enlarge(delivery);
  }

  /** With another large text than before: the same body again would be known by its signature, and not be stored. */
  function enlarge(delivery: Delivery): Delivery {
    const { comment } = delivery.payload;
    assert.ok(typeof comment === 'object' && comment !== null && 'body' in comment);
    comment.body = `/allocgate help\n\n${randomBytes(40 * 2 ** 10).toString('base64')}`;
    return delivery;
  }

  test('full: 503; with space again the same delivery is taken, and what was under way ends right', async () => {
    const { fake } = scenario;
    const commented = await scenario.open('commented', 2);
    await scenario.see(commented, isDone);
    const delivery = await commentUnsent(commented);
    const full = Promise.withResolvers<void>();
    const run = (): Promise<void> => disk.fill(0).then(full.resolve, full.reject);
    fake.faults.add({ match: { path: /git-upload-pack/u }, kind: { run } });
    const number = await scenario.open('under-way', 2);
    await full.promise;
    assert.deepEqual(await fake.send(delivery, 3), [503, 503, 503]);
    await disk.empty();
    assert.deepEqual(await fake.send(delivery), [202]);
    await untilAppearance(scenario, number, wanted);
    await scenario.see(commented, ({ comments }) => comments.length === 3);
  });

  test('no room for the database’s log: the server says so and ends; started again it continues', async () => {
    const { fake } = scenario;
    const server = scenario.server();
    const delivery = await commentUnsent(await scenario.open('commented-again', 2));
    const number = await scenario.open('ended', 2);
    await disk.fill(15 * 2 ** 20);
    const isTaken = async (): Promise<boolean> => {
      const { attempts } = await fake.deliver(delivery.event, enlarge(delivery).payload);
      return attempts[0]?.status === 202;
    };
    while (await isTaken());
    assert.equal(await server.ended, 1);
    assert.match(server.output(), /this process ends with it: .*No space left on device/u);
    await disk.empty();
    await scenario.restartServer();
    await untilAppearance(scenario, number, wanted);
  });
});

describe('the folder of mirrors and compilations', () => {
  let disk: SmallDisk;
  let scenario: Scenario;
  before(async () => {
    disk = await mountSmallDisk(16);
    scenario = await createScenario({ backend: 'pglite', env: { XDG_CACHE_HOME: disk.dir } });
  });
  after(async () => {
    await scenario.close();
    await disk.remove();
  });

  test('full: the check is neutral, the log says why; with space again a re-run ends right', async () => {
    await disk.fill(0);
    const number = await scenario.open('full', 2);
    const check = findCheck(await scenario.see(number, isDone));
    assert.ok(check);
    assert.deepEqual([check.conclusion, check.title], ['neutral', 'Could not measure: the server failed']);
    await scenario.server().untilLog(({ step, code }) => step === 'failure' && code === 'disk-full');
    await disk.empty();
    await scenario.fake.rerequestCheck(scenario.repository, check.id, { by: 'gopher' });
    const again = await scenario.see(number, (seen) => findCheck(seen)?.conclusion === 'failure');
    assert.equal(again.reviewComments.length, 2);
  });
});
