import { configJsonSchema } from '../config/load.ts';
import { settingsJsonSchema } from '../config/settings.ts';
import { reportJsonSchema } from '../report/model/schema.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const schemas = { config: configJsonSchema, report: reportJsonSchema, settings: settingsJsonSchema } as const;

/** `allocgate config schema [--report | --settings]`: prints a JSON Schema. */
export function runConfigSchema(of: keyof typeof schemas, terminal: Terminal): number {
  const schema = schemas[of]();
  terminal.print(`${JSON.stringify(schema, null, 2)}\n`);
  return exitCodes.ok;
}
