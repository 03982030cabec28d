/** Preloaded into a test process (`--import`): writes down the processor time that it has used by its end, for run-file.ts. */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { countSeconds } from './processor-time.ts';

const file = process.env['TEST_SECONDS_FILE'];
// The test's own processes must not write there.
delete process.env['TEST_SECONDS_FILE'];

if (file !== undefined && isMainThread)
  process.on('exit', () => {
    const { own, children } = countSeconds();
    writeFileSync(file, String(own + children));
  });
