import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { envFileVariables } from '../report/words/environment.ts';

/** `.env` in the current folder, which contains the credentials of the App. */
export const ENV_FILE = '.env';

/** Variables in `.env` that only compose.yml reads. */
const otherVariables: ReadonlySet<string> = new Set(['POSTGRES_PASSWORD']);

/**
 * Reads the documented variables from `.env`. Variables of the environment take precedence, and an empty one counts as
 * not set. Returns the names of other variables, which are ignored, because some of them would affect git, Go or the
 * dynamic linker.
 */
export function loadEnvFile(): string[] {
  if (!existsSync(ENV_FILE)) return [];
  const variables = Object.entries(parseEnv(readFileSync(ENV_FILE, 'utf8')));
  for (const [name, value] of variables) {
    if (envFileVariables.includes(name)) process.env[name] ||= value ?? '';
  }
  return variables
    .map(([name]) => name)
    .filter((name) => !envFileVariables.includes(name) && !otherVariables.has(name));
}

/** A line in the format of `parseEnv`: only double quotes support line ends; other quotes keep everything unchanged. */
function toLine([name, value]: readonly [string, string]): string {
  if (value.includes('\n')) return `${name}="${value.replaceAll('\n', String.raw`\n`)}"\n`;
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark)) ?? '';
  return `${name}=${quote}${value}${quote}\n`;
}

/** Appends variables to a file that only its owner can read. The permissions are set before anything is written. */
export function appendSecrets(file: string, variables: Readonly<Record<string, string>>): void {
  appendFileSync(file, '', { mode: 0o600 });
  chmodSync(file, 0o600);
  const before = readFileSync(file, 'utf8');
  const text = Object.entries(variables).map(toLine).join('');
  appendFileSync(file, before === '' || before.endsWith('\n') ? text : `\n${text}`);
}
