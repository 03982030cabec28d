import { execFileSync } from 'node:child_process';

/** Fails with one sentence where the tests could only fail one by one. */
try {
  execFileSync('go', ['version'], { stdio: 'ignore' });
} catch {
  console.error('The tests need Go (1.24 or newer) on the PATH; https://go.dev/dl has it.');
  process.exitCode = 1;
}
