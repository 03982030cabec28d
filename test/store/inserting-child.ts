import { openStore, type StorePlace } from '../../src/store/open.ts';

/** Stores deliveries as fast as it can, and prints the IDs of each batch when the store has said that it is kept. */
const [databaseUrl = '', dataDir = '', prefix = ''] = process.argv.slice(2);
const place: StorePlace = databaseUrl === '' ? { dataDir } : { databaseUrl };
const store = await openStore(place, { onError: (error) => console.error(error) });
for (let batch = 0; ; batch++) {
  const ids = Array.from({ length: 5 }, (_, index) => `${prefix}-${batch}-${index}`);
  await store.addDeliveries(ids.map((id) => ({ id, event: 'push', intent: { text: 'x'.repeat(2000) } })));
  process.stdout.write(`${ids.join('\n')}\n`);
}
