import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { z } from 'zod';

const schemaFile = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);

/** The published schema is draft 04. Of the changes up to draft 07, only the name of `$id` matters here. */
function compileSchema() {
  const { $schema, id, ...schema } = z
    .looseObject({ $schema: z.string(), id: z.string() })
    .parse(JSON.parse(readFileSync(schemaFile, 'utf8')));
  assert.match($schema, /draft-04/);
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv);
  return ajv.compile({ ...schema, $id: id });
}

/** Whether a value is a SARIF 2.1.0 log; `validate.errors` has the reasons if not. */
export const validate = compileSchema();
