import type { SchemaWords } from '../words/schema-keys.ts';

/** A JSON Schema, or a part of one. */
type JsonSchema = { [key: string]: unknown };

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The dotted keys of a schema's objects, through lists and alternatives, in the schema's order. */
export function listSchemaKeys(schema: unknown, prefix = ''): string[] {
  if (!isSchema(schema)) return [];
  const { properties, items, anyOf } = schema;
  const own = Object.entries(isSchema(properties) ? properties : {}).flatMap(([name, inner]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    return [key, ...listSchemaKeys(inner, key)];
  });
  const inner = [items, ...(Array.isArray(anyOf) ? anyOf : [])];
  return [...own, ...inner.flatMap((part: unknown) => listSchemaKeys(part, prefix))];
}

function describe(schema: unknown, words: SchemaWords['keys'], prefix: string): unknown {
  if (!isSchema(schema)) return schema;
  const { properties, items, anyOf } = schema;
  const description = words[prefix];
  return {
    ...schema,
    ...(description !== undefined && { description }),
    ...(isSchema(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [
          name,
          describe(inner, words, prefix === '' ? name : `${prefix}.${name}`),
        ]),
      ),
    }),
    ...(isSchema(items) && { items: withoutOwn(describe(items, words, prefix), prefix in words) }),
    ...(Array.isArray(anyOf) && {
      anyOf: anyOf.map((part: unknown) => withoutOwn(describe(part, words, prefix), prefix in words)),
    }),
  };
}

/** Removes the description of a list's items or of an alternative, which have the same key as what is around them. */
function withoutOwn(schema: unknown, isDescribed: boolean): unknown {
  if (!isSchema(schema) || !isDescribed) return schema;
  const { description: _own, ...rest } = schema;
  return rest;
}

/** A JSON Schema with its `$id`, title and descriptions, which editors show beside the keys. */
export function documentSchema(schema: unknown, { id, title, description, keys }: SchemaWords): JsonSchema {
  const described = describe(schema, keys, '');
  const { $schema, ...rest } = isSchema(described) ? described : {};
  return { $schema, $id: id, title, description, ...rest };
}
