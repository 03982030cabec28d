import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createTestSandbox } from '../support/sandboxes.ts';
import { type Contrast, contrasts } from './probe-contrasts.ts';
import { hasRow, type Probes, readSuccess, runProbe } from './probe-runs.ts';

// Runs attacks in the sandbox that this user gets, and with their measure taken away: `probe-child.ts FILE NAME…`. The
// file holds the compiled probes; one line of JSON per run comes back.

const [file = '', ...names] = process.argv.slice(2);
const folders = z.object({
  buildCache: z.string(),
  baseCaches: z.array(z.string()),
  moduleCache: z.string(),
  temp: z.string(),
  compilers: z.string().nullable(),
});
const toolchain = z.object({
  go: z.string(),
  version: z.string(),
  goroot: z.string(),
  goos: z.string(),
  goarch: z.string(),
  settings: z.record(z.string(), z.string()),
});
const shape = z.object({ tree: z.string(), binaries: z.string(), toolchain, folders });
const probes: Probes = shape.parse(JSON.parse(readFileSync(file, 'utf8')));

async function tryOnce(name: string, contrast?: Contrast): Promise<void> {
  const { sandbox, remove } = await createTestSandbox('bubblewrap', contrast && { change: contrast.change });
  try {
    const run = await runProbe(sandbox, probes, name);
    const { uid, tier } = sandbox.facts;
    const said = {
      name,
      weakened: contrast !== undefined,
      uid,
      tier,
      row: hasRow(run),
      got: readSuccess(run),
    };
    console.log(JSON.stringify({ ...said, caller: process.getuid?.() }));
  } finally {
    await sandbox.close();
    await remove();
  }
}

for (const name of names) {
  await tryOnce(name);
  const contrast = contrasts[name];
  if (contrast && !('none' in contrast)) await tryOnce(name, contrast);
}
