import { configJsonSchema } from '../config/load.ts';
import { reportJsonSchema } from '../report/schema.ts';
import { exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** `allocgate config schema [--report]`: prints a JSON Schema. */
export function runConfigSchema(ofReport: boolean, terminal: Terminal): number {
  const schema = ofReport ? reportJsonSchema() : configJsonSchema();
  terminal.print(`${JSON.stringify(schema, null, 2)}\n`);
  return exitCodes.ok;
}
