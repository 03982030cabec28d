import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { envFileVariables } from '../report/words/environment.ts';

/** `.env` of the current folder: where the credentials of the App are kept. */
export const ENV_FILE = '.env';

/** In `.env` for compose.yml, which reads it there. */
const OTHERS: ReadonlySet<string> = new Set(['POSTGRES_PASSWORD']);

/**
 * Reads the documented variables from `.env`; those that are set win, and an empty one counts as not set. Returns the names of
 * others, which are left out: git, Go or the dynamic linker would obey some of them.
 */
export function loadEnvFile(): string[] {
  if (!existsSync(ENV_FILE)) return [];
  const variables = Object.entries(parseEnv(readFileSync(ENV_FILE, 'utf8')));
  for (const [name, value] of variables) {
    if (envFileVariables.includes(name)) process.env[name] ||= value ?? '';
  }
  return variables
    .map(([name]) => name)
    .filter((name) => !envFileVariables.includes(name) && !OTHERS.has(name));
}

/** A line as `parseEnv` reads it: only double quotes know line ends, the others take all as it is. */
function toLine([name, value]: readonly [string, string]): string {
  if (value.includes('\n')) return `${name}="${value.replaceAll('\n', String.raw`\n`)}"\n`;
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark)) ?? '';
  return `${name}=${quote}${value}${quote}\n`;
}

/** Adds variables to a file that nobody but its owner may read: also before there is anything in it. */
export function appendSecrets(file: string, variables: Readonly<Record<string, string>>): void {
  appendFileSync(file, '', { mode: 0o600 });
  chmodSync(file, 0o600);
  const before = readFileSync(file, 'utf8');
  const text = Object.entries(variables).map(toLine).join('');
  appendFileSync(file, before === '' || before.endsWith('\n') ? text : `\n${text}`);
}
