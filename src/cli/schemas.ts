import { configJsonSchema } from '../config/load.ts';
import { settingsJsonSchema } from '../config/settings.ts';
import { documentSchema } from '../report/data/json-schemas.ts';
import { reportJsonSchema } from '../report/model/schema.ts';
import { configWords, reportWords, settingsWords } from '../report/words/schema-keys.ts';

const schemas = {
  config: () => documentSchema(configJsonSchema(), configWords),
  report: () => documentSchema(reportJsonSchema(), reportWords),
  settings: () => documentSchema(settingsJsonSchema(), settingsWords),
} as const;

export type SchemaName = keyof typeof schemas;

/** A JSON Schema as `allocgate config schema` prints it. */
export const renderSchema = (name: SchemaName): string => `${JSON.stringify(schemas[name](), null, 2)}\n`;
