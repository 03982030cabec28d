import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const manifestSchema = z.looseObject({
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

/** The content of app.yml: the permissions and events with which the App is created and which it must have. */
export const appManifest = manifestSchema.parse(
  parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')),
);
