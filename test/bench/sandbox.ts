/**
 * What the sandbox costs: the time to start a program, and the demo's wall time, with and without it in turn; and
 * whether both count the same allocations. Usage: npm run bench:sandbox [-- RUNS]
 */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Command, Sandbox } from '../../src/sandbox/types.ts';
import { reportSchema } from '../../src/report/model/schema.ts';
import { createTestSandbox } from '../support/sandboxes.ts';
import { createGoRepository, readTree } from '../support/go-repository.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const DEMO = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));
const STARTS = 60;

const nothing: Command = {
  file: '/bin/true',
  args: [],
  cwd: '/',
  env: { PATH: '/usr/bin:/bin' },
  view: { readOnly: [], writable: [], scratch: null, network: false },
  timeoutMs: 20_000,
  maxOutputBytes: 1 << 16,
};

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function timeStart(sandbox: Sandbox): Promise<number> {
  const started = performance.now();
  await sandbox.run(nothing);
  return performance.now() - started;
}

/** Milliseconds to run a program that does nothing, in turn without and in a sandbox. */
async function compareStarts(): Promise<void> {
  const [plain, jailed] = [await createTestSandbox('none'), await createTestSandbox('bubblewrap')];
  const times: { plain: number[]; jailed: number[] } = { plain: [], jailed: [] };
  for (let run = 0; run < STARTS; run += 1) {
    times.plain.push(await timeStart(plain.sandbox));
    times.jailed.push(await timeStart(jailed.sandbox));
  }
  await Promise.all([plain.remove(), jailed.remove()]);
  const [without, within] = [median(times.plain), median(times.jailed)];
  console.log(`A program that does nothing, median of ${STARTS}:`);
  console.log(`  without ${without.toFixed(1)} ms, in the sandbox ${within.toFixed(1)} ms`);
  console.log(`  the sandbox adds ${(within - without).toFixed(1)} ms`);
}

type Run = { wallMs: number; counts: string };

async function reviewDemo(dir: string, base: string, flags: readonly string[]): Promise<Run> {
  const started = performance.now();
  const args = [MAIN, 'review', dir, '--base', base, '--format', 'json', ...flags];
  // Exit status 1: its regressions gate.
  const { stdout } = await execa(process.execPath, args, { reject: false });
  const wallMs = performance.now() - started;
  const { benchmarks } = reportSchema.parse(JSON.parse(stdout));
  const counts = benchmarks.map(({ name, allocsPerOp, verdict }) => [name, allocsPerOp, verdict]);
  return { wallMs, counts: JSON.stringify(counts) };
}

type Repository = Awaited<ReturnType<typeof createGoRepository>>;

/** Commits the demo's head with a unique comment in each Go file, so that none of it is compiled yet. */
async function commitNewHead(repository: Repository, stamp: string): Promise<void> {
  const head = Object.entries(await readTree(`${DEMO}/head`));
  const stamped = head.map(([file, text]) => [file, file.endsWith('.go') ? `${text}\n// ${stamp}\n` : text]);
  await repository.commit(Object.fromEntries(stamped));
}

/** One pull request, reviewed in turn without and in a sandbox. `prepare` runs before each pair. */
async function compareReviews(
  title: string,
  { dir, base }: { dir: string; base: string },
  runs: number,
  prepare: (run: number) => Promise<void>,
) {
  const found: { plain: Run[]; jailed: Run[] } = { plain: [], jailed: [] };
  for (let run = 0; run <= runs; run += 1) {
    await prepare(run);
    const pair = [await reviewDemo(dir, base, ['--no-sandbox']), await reviewDemo(dir, base, [])];
    // The first run of each compiles what the others find.
    if (run === 0) continue;
    found.plain.push(...pair.slice(0, 1));
    found.jailed.push(...pair.slice(1));
  }
  const [without = NaN, within = NaN] = [found.plain, found.jailed].map((side) =>
    median(side.map(({ wallMs }) => wallMs)),
  );
  const all = new Set([...found.plain, ...found.jailed].map(({ counts }) => counts));
  console.log(`${title}, median of ${runs}:`);
  console.log(
    `  without ${without.toFixed(0)} ms, in the sandbox ${within.toFixed(0)} ms, ratio ${(within / without).toFixed(3)}`,
  );
  console.log(`  allocation counts and verdicts: ${all.size === 1 ? 'identical in all runs' : 'DIFFER'}`);
}

/**
 * The demo's pull request, first with a head that was never seen before, as every new push is, then the same head again
 * and again: without a sandbox its compiled packages are kept, in the sandbox nothing of unmerged code is.
 */
async function compareDemo(runs: number): Promise<void> {
  const repository = await createGoRepository();
  try {
    const base = await repository.commit(await readTree(`${DEMO}/base`));
    await compareReviews('The demo, its head pushed anew', { dir: repository.dir, base }, runs, (run) =>
      commitNewHead(repository, `${process.pid}-${run}`),
    );
    await compareReviews(
      'The demo, the same head again',
      { dir: repository.dir, base },
      runs,
      async () => {},
    );
  } finally {
    await repository.remove();
  }
}

await compareStarts();
await compareDemo(Number(process.argv[2] ?? 7));
