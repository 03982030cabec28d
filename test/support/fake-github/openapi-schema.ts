export type JsonSchema = Record<string, unknown>;

export type Conversion = {
  /** Whether properties that the schema does not name are errors, as in requests to GitHub. */
  closed: boolean;
  /** Called with the name of each schema that this one refers to. */
  onReference: (name: string) => void;
};

/** Keywords that do not concern a value's form. */
const silent = new Set([
  'deprecated',
  'description',
  'discriminator',
  'example',
  'examples',
  'externalDocs',
  'nullable',
  'readOnly',
  'title',
  'writeOnly',
  'xml',
]);

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function convertAll(value: unknown, conversion: Conversion): unknown {
  if (Array.isArray(value)) return value.map((one) => convertAll(one, conversion));
  return isSchema(value) ? convertSchema(value, conversion) : value;
}

function convertProperties(value: unknown, conversion: Conversion): unknown {
  if (!isSchema(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, convertAll(one, conversion)]));
}

function convertKeyword(name: string, value: unknown, conversion: Conversion): unknown {
  // Of several alternatives each would forbid the others' properties.
  if (/^(?:anyOf|oneOf|allOf|not)$/.test(name)) return convertAll(value, { ...conversion, closed: false });
  if (name === 'properties') return convertProperties(value, conversion);
  return name === 'items' || name === 'additionalProperties' ? convertAll(value, conversion) : value;
}

/**
 * Makes a JSON Schema of a schema of OpenAPI 3.0 (https://spec.openapis.org/oas/v3.0.3#schema-object), whose
 * `nullable` JSON Schema has no word for. References become `schema:NAME`.
 */
export function convertSchema(schema: JsonSchema, conversion: Conversion): JsonSchema {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const name = reference.split('/').at(-1) ?? '';
    conversion.onReference(name);
    return { $ref: `schema:${name}` };
  }
  const entries = Object.entries(schema).filter(([name]) => !silent.has(name) && !name.startsWith('x-'));
  const converted: JsonSchema = Object.fromEntries(
    entries.map(([name, value]) => [name, convertKeyword(name, value, conversion)]),
  );
  if (conversion.closed && isSchema(schema['properties'])) converted['additionalProperties'] ??= false;
  return schema['nullable'] === true ? { anyOf: [{ type: 'null' }, converted] } : converted;
}
