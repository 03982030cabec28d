/** Checks format, lint and types at the same time, because each uses little more than one processor: `node test/runner/checks.ts`. */
import { spawn } from 'node:child_process';

/** Runs an npm script; resolves to its exit status when it has ended. What it prints stays together. */
function runScript(name: string): Promise<number> {
  const started = performance.now();
  const child = spawn('npm', ['run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`${printed}${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
      resolve(code ?? 1);
    });
  });
}

const statuses = await Promise.all(['lint', 'format:check', 'typecheck'].map(runScript));
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
