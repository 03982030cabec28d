import { runStep } from './step.ts';

// The program that action.yml runs: `node main.js measure`, `locate` or `gate`. GitHub cancels a job by SIGINT, and
// later by SIGTERM.
const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
process.exitCode = await runStep(
  process.argv[2] ?? '',
  { ...process.env },
  { print: (text) => void process.stdout.write(text), signal: controller.signal },
);
