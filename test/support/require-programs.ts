import { execFileSync } from 'node:child_process';
import { findPostgres } from './postgres.ts';

/** What the tests need beside npm's packages, with the way to get it. */
const programs: readonly [string, string, string][] = [
  ['go', 'version', 'Go (1.24 or newer): https://go.dev/dl has it'],
  ['bwrap', '--version', 'bubblewrap (0.8 or newer): apt-get install bubblewrap'],
  ['runsc', '--version', 'gVisor: apt-get install runsc'],
];

try {
  await findPostgres();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Fails with a sentence for each where the tests could only fail one by one. */
for (const [program, argument, remedy] of programs) {
  try {
    execFileSync(program, [argument], { stdio: 'ignore' });
  } catch {
    console.error(`The tests need ${remedy}.`);
    process.exitCode = 1;
  }
}
