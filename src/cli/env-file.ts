import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** `.env` of the current folder: where the credentials of the App are kept. */
export const ENV_FILE = '.env';

/** Reads `.env`; variables that are set win, and an empty one is none. */
export function loadEnvFile(): void {
  if (!existsSync(ENV_FILE)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(ENV_FILE, 'utf8')))) {
    process.env[name] ||= value ?? '';
  }
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
