import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concluded, createScenario, isDone } from '../../support/app-scenario.ts';

/**
 * An account that installed the App before it requested more permissions has not accepted them yet. GitHub keeps the
 * old ones.
 */
test('an installation without newer permissions is reported in the log, and reviewed anyway', async (t) => {
  const s = await createScenario({ backend: 'pglite' });
  t.after(() => s.close());
  const { issues, merge_queues: queues, ...permissions } = s.fake.app.permissions;
  assert.ok(issues !== undefined && queues !== undefined);
  await s.fake.uninstall(s.installation);
  await s.fake.install('acme', { permissions });
  await s.server().stop();
  await s.restartServer();
  const told = await s
    .server()
    .untilLog(({ msg }) => /acme has not accepted.*merge_queues/u.test(String(msg)));
  assert.equal(
    told['msg'],
    'acme has not accepted the permission merge_queues: read: merge queues are not reviewed; allocgate continues without it',
  );
  const number = await s.open('old-installation', 1);
  await s.see(number, concluded('failure'));
  const body = '/allocgate accept 0000000000000006 because it is cold';
  await s.fake.comment(s.repository, number, { by: 'gopher', body });
  await s.see(number, (seen) => isDone(seen) && concluded('success')(seen));
});
