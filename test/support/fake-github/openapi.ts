import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { convertSchema, type JsonSchema } from './openapi-schema.ts';

const Parameter = z.looseObject({
  name: z.string(),
  in: z.string(),
  required: z.boolean().optional(),
  schema: z.record(z.string(), z.unknown()),
});
const Reference = z.object({ $ref: z.string() });
const Content = z.record(z.string(), z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }));
const Response = z.looseObject({ content: Content.optional() });
const Operation = z.looseObject({
  parameters: z.array(z.union([Reference, Parameter])).default([]),
  requestBody: z.looseObject({ required: z.boolean().optional(), content: Content }).optional(),
  responses: z.record(z.string(), z.union([Reference, Response])),
});
const Schemas = z.record(z.string(), z.record(z.string(), z.unknown()));
const Description = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({
    schemas: Schemas,
    parameters: z.record(z.string(), z.unknown()),
    responses: z.record(z.string(), z.unknown()),
  }),
});
type Description = z.infer<typeof Description>;

/** `template`: the path as GitHub's documentation writes it. */
export type Match = { template: string; params: Record<string, string> };

export type Checked = {
  problems: string[];
  /** Whether lengths alone are wrong, which GitHub's answer to is 422. */
  onlyTooLong: boolean;
};

export type OpenApi = {
  /** The most literal path that fits; null: GitHub has none with that method. */
  match: (method: string, pathname: string) => Match | null;
  checkRequest: (method: string, match: Match, query: URLSearchParams, body: unknown) => Checked;
  /** The faults of an answer. Undescribed statuses are faults, too. */
  checkResponse: (method: string, template: string, status: number, body: unknown) => string[];
};

function readDescription(): Description {
  const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
  return Description.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Templates whose last parameter takes slashes, too. */
const greedy = /\/\{(?:path|ref)\}$/;

function makePattern(template: string): RegExp {
  const parts = template.split('/').map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) return '([^/]+)';
    return part.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '([^/]+)');
  });
  const pattern = parts.join('/');
  return new RegExp(`^${greedy.test(template) ? pattern.replace(/\(\[\^\/\]\+\)$/, '(.+)') : pattern}$`);
}

type Path = { template: string; methods: Set<string>; pattern: RegExp; names: string[] };

function listPaths(description: Description): Path[] {
  const paths = Object.entries(description.paths).map(([template, operations]) => ({
    template,
    methods: new Set(Object.keys(operations).map((method) => method.toUpperCase())),
    pattern: makePattern(template),
    names: [...template.matchAll(/\{(\w+)\}/g)].map((name) => name[1] ?? ''),
  }));
  // Paths with fewer parameters come first: `comments` in /repos/{owner}/{repo}/pulls/comments is not a number of a
  // pull request.
  return paths.sort((a, b) => a.names.length - b.names.length || b.template.length - a.template.length);
}

function matchPath(paths: readonly Path[], method: string, pathname: string): Match | null {
  for (const path of paths) {
    if (!path.methods.has(method)) continue;
    const values = path.pattern.exec(pathname)?.slice(1);
    if (!values) continue;
    const params = path.names.map((name, at) => [name, decodeURIComponent(values[at] ?? '')]);
    return { template: path.template, params: Object.fromEntries(params) };
  }
  return null;
}

function describe(errors: readonly ErrorObject[] | null | undefined, where: string): string[] {
  return (errors ?? []).map((error) => {
    const extra = error.params['additionalProperty'] ?? error.params['allowedValues'];
    return `${where}${error.instancePath}: ${error.message ?? error.keyword}${extra === undefined ? '' : ` (${String(extra)})`}`;
  });
}

/** Reads GitHub's own description of its REST API, and compiles the parts that are used. */
function createOpenApi(): OpenApi {
  const description = readDescription();
  const paths = listPaths(description);
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true });
  const coercing = new Ajv({ strict: false, validateSchema: false, allErrors: true, coerceTypes: true });
  addFormats.default(ajv);
  addFormats.default(coercing);
  ajv.addFormat('repo.nwo', true);
  const compiled = new Map<string, ValidateFunction>();

  const registered = new Map([ajv, coercing].map((on) => [on, new Set<string>()]));
  /** Adds a schema of the description, and those that it needs, under its own name. */
  const register = (on: Ajv, name: string): void => {
    const names = registered.get(on);
    if (!names || names.has(name)) return;
    names.add(name);
    on.addSchema(convert(on, description.components.schemas[name] ?? {}, false), `schema:${name}`);
  };
  const convert = (on: Ajv, schema: JsonSchema, closed: boolean): JsonSchema =>
    convertSchema(schema, { closed, onReference: (name) => register(on, name) });
  const compile = (key: string, on: Ajv, schema: () => JsonSchema, closed: boolean): ValidateFunction => {
    const found = compiled.get(key);
    if (found) return found;
    const made = on.compile(convert(on, schema(), closed));
    compiled.set(key, made);
    return made;
  };
  const follow = (item: unknown, kind: 'parameters' | 'responses'): unknown => {
    const reference = Reference.safeParse(item);
    return reference.success
      ? description.components[kind][reference.data.$ref.split('/').at(-1) ?? '']
      : item;
  };
  const operationOf = (method: string, template: string) =>
    Operation.parse(description.paths[template]?.[method.toLowerCase()]);

  const checkParameters = (method: string, match: Match, query: URLSearchParams): string[] => {
    const { parameters } = operationOf(method, match.template);
    const known = parameters.map((parameter) => Parameter.parse(follow(parameter, 'parameters')));
    const names = new Set(known.filter((one) => one.in === 'query').map((one) => one.name));
    const problems = [...query.keys()]
      .filter((name) => !names.has(name))
      .map((name) => `query: ${name} is not known`);
    for (const parameter of known) {
      const value = parameter.in === 'path' ? match.params[parameter.name] : query.get(parameter.name);
      if (value === null || value === undefined) {
        if (parameter.required === true) problems.push(`${parameter.in}: ${parameter.name} is missing`);
        continue;
      }
      const key = `${method} ${match.template} ${parameter.in} ${parameter.name}`;
      const validate = compile(key, coercing, () => wrap(parameter.schema), false);
      if (!validate({ value }))
        problems.push(...describe(validate.errors, `${parameter.in} ${parameter.name}`));
    }
    return problems;
  };

  const checkBody = (method: string, template: string, body: unknown): Checked => {
    const { requestBody } = operationOf(method, template);
    const schema = requestBody?.content['application/json']?.schema;
    if (!schema) {
      const isEmpty = body === undefined || JSON.stringify(body) === '{}';
      return { problems: isEmpty ? [] : ['body: none is expected'], onlyTooLong: false };
    }
    if (body === undefined) {
      return { problems: requestBody?.required === true ? ['body: missing'] : [], onlyTooLong: false };
    }
    const validate = compile(`${method} ${template} body`, ajv, () => schema, true);
    if (validate(body)) return { problems: [], onlyTooLong: false };
    const isLength = (error: ErrorObject): boolean => /^(?:maxLength|maxItems)$/.test(error.keyword);
    return {
      problems: describe(validate.errors, 'body'),
      onlyTooLong: validate.errors?.every((error) => isLength(error)) ?? false,
    };
  };

  return {
    match: (method, pathname) => matchPath(paths, method, pathname),
    checkRequest: (method, match, query, body) => {
      const inQuery = checkParameters(method, match, query);
      const inBody = checkBody(method, match.template, body);
      return {
        problems: [...inQuery, ...inBody.problems],
        onlyTooLong: inQuery.length === 0 && inBody.onlyTooLong,
      };
    },
    checkResponse: (method, template, status, body) => {
      const answer = Response.safeParse(follow(operationOf(method, template).responses[status], 'responses'));
      if (!answer.success) return [`status ${status} is not described for ${method} ${template}`];
      const schema = answer.data.content?.['application/json']?.schema;
      if (!schema) return [];
      const validate = compile(`${method} ${template} ${status}`, ajv, () => schema, false);
      return validate(body) ? [] : describe(validate.errors, 'answer');
    },
  };
}

/** A value that stands alone cannot be changed to the schema's type; one in an object can. */
function wrap(schema: JsonSchema): JsonSchema {
  return { type: 'object', properties: { value: schema } };
}

let shared: OpenApi | null = null;

/** GitHub's description; read once in a process. */
export function openApi(): OpenApi {
  shared ??= createOpenApi();
  return shared;
}
