import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const manifestSchema = z.looseObject({
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

/** app.yml, which lists the permissions and events that the App is created with and must have. */
export const appManifest = manifestSchema.parse(
  parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')),
);
