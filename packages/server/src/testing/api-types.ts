/** TypeScript for the schemas of the API's own description: what `packages/client` is checked against. */

/** The part of JSON Schema that our routes use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content>>;
}

export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const plain: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

function objectType({ properties, required = [], additionalProperties, patternProperties }: Schema): string {
  const [values] = Object.values(patternProperties ?? {});
  const rest = values ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
  if (properties === undefined || Object.keys(properties).length === 0)
    return `Readonly<Record<string, ${rest === undefined ? 'unknown' : typeOf(rest)}>>`;
  const members = Object.entries(properties).map(
    ([name, schema]) =>
      `readonly ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  );
  return `{ ${members.join('; ')} }`;
}

/** @throws Error for a schema that it does not know: better none than a wrong type. */
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => typeOf({ ...schema, type })).join(' | ');
  const { type } = schema;
  if (type === 'object') return objectType(schema);
  if (type === 'array') return `readonly (${schema.items === undefined ? 'unknown' : typeOf(schema.items)})[]`;
  if (type === undefined) return 'unknown';
  const known = typeof type === 'string' ? plain[type] : undefined;
  if (known === undefined) throw new Error(`no type for ${JSON.stringify(schema)}`);
  return known;
}

const jsonOf = (part: Content | undefined) => part?.content?.['application/json']?.schema;

/** @param operations such as `GET /v1/customers`. @throws Error when the description does not have one of them. */
export function apiTypes(paths: Paths, operations: readonly string[]): string {
  const members = operations.map((operation) => {
    const [method = '', path = ''] = operation.split(' ');
    const found = paths[path]?.[method.toLowerCase()];
    if (found === undefined) throw new Error(`the description has no ${operation}`);
    const answers = Object.entries(found.responses ?? {}).flatMap(([status, answer]) => {
      const schema = jsonOf(answer);
      return /^2\d\d$/.test(status) && schema !== undefined ? [typeOf(schema)] : [];
    });
    const body = jsonOf(found.requestBody);
    const parts = [
      ...(body === undefined ? [] : [`readonly body: ${typeOf(body)}`]),
      `readonly answer: ${answers.length === 0 ? 'unknown' : [...new Set(answers)].join(' | ')}`,
    ];
    return `  readonly ${JSON.stringify(operation)}: { ${parts.join('; ')} };\n`;
  });
  return `/** Made from the server's own description: \`npx vitest run packages/server/src/openapi.test.ts --update\` writes it anew. */\nexport interface Api {\n${members.join('')}}\n`;
}
