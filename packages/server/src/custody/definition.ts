/** What a collection is: a JSON Schema of its records, and how each field is to be treated. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { type Static, Type } from 'typebox';
import { asName, type Name, namePattern } from '../platform/ids/ids.ts';

export const fieldClasses = ['plain', 'personal', 'sensitive'] as const;
export const masks = ['full', 'initial', 'last4', 'domain', 'year'] as const;

const fieldSchema = Type.Object(
  {
    class: Type.Enum([...fieldClasses], {
      description: 'plain is shown unmasked to staff; it is sealed like the rest',
    }),
    lookup: Type.Optional(Type.Boolean({ description: 'can be found by equality (an identifying value)' })),
    mask: Type.Optional(Type.Enum([...masks], { description: 'what staff see before they unmask' })),
  },
  { additionalProperties: false },
);

export const definitionSchema = Type.Object(
  {
    schema: Type.Object(
      { type: Type.Literal('object'), properties: Type.Record(Type.String({ pattern: namePattern }), Type.Object({})) },
      { description: 'JSON Schema (draft 7) of one record' },
    ),
    fields: Type.Record(Type.String({ pattern: namePattern }), fieldSchema, {
      description: 'every property of the schema, by name',
    }),
    retentionDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 36_500,
        description: 'a record that was not changed for so long is erased by itself',
      }),
    ),
  },
  { additionalProperties: false },
);

export type Definition = Static<typeof definitionSchema>;

/** A definition that has been checked and compiled. */
export interface Compiled {
  readonly definition: Definition;
  /** Declared fields, in order of their names: what an entry's scope says. */
  readonly fields: readonly Name[];
  readonly lookups: readonly Name[];
  /** @returns where the data does not fit, as a JSON pointer and a reason without the value; `undefined` when it fits. */
  check(data: unknown): { readonly field: string; readonly reason: string } | undefined;
}

export class DefinitionInvalid extends Error {
  override readonly name = 'DefinitionInvalid';
  readonly code = 'schema_invalid';
  readonly field: string;
  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

const maxSchemaBytes = 65_536;
const maxFields = 200;
const maxDepth = 32;

/**
 * Patterns come from callers: RE2 runs them in linear time, so that none can stop the process.
 * Standalone messages never carry the value (`verbose` stays off).
 */
function createAjv(): Ajv {
  // Ajv only ever calls test() of what this returns.
  const linear = (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    return { test: (text: string) => compiled.matcher(text).find() } as unknown as RegExp; // test() is all it has
  };
  const ajv = new Ajv({
    strict: true,
    strictRequired: false,
    allErrors: false,
    allowUnionTypes: true,
    code: { regExp: Object.assign(linear, { code: 'RE2JS' }) },
  });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv); // CommonJS default export, typed as a module
  return ajv;
}

/** @throws DefinitionInvalid naming the field that is wrong. */
export function compileDefinition(definition: Definition): Compiled {
  const properties = Object.keys(definition.schema.properties).sort();
  const declared = Object.keys(definition.fields).sort();
  if (JSON.stringify(definition.schema).length > maxSchemaBytes)
    throw new DefinitionInvalid('/schema', `has more than ${maxSchemaBytes} characters`);
  if (declared.length > maxFields) throw new DefinitionInvalid('/fields', `has more than ${maxFields} fields`);
  const missing = properties.find((name) => definition.fields[name] === undefined);
  if (missing !== undefined)
    throw new DefinitionInvalid(`/fields/${missing}`, 'is in the schema but not declared here');
  const extra = declared.find((name) => definition.schema.properties[name] === undefined);
  if (extra !== undefined) throw new DefinitionInvalid(`/fields/${extra}`, 'is declared but not in the schema');
  const validate = compileSchema(definition);
  return {
    definition,
    fields: declared.map(asName),
    lookups: declared.filter((name) => definition.fields[name]?.lookup === true).map(asName),
    check(data) {
      if (isDeeperThan(data, maxDepth)) return { field: '/', reason: `is nested deeper than ${maxDepth}` };
      return validate(data) ? undefined : firstError(validate.errors);
    },
  };
}

/** Without recursion: what is to be found out must not be what breaks it. */
function isDeeperThan(data: unknown, most: number): boolean {
  let level: unknown[] = [data];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return false;
}

function compileSchema(definition: Definition): ValidateFunction {
  try {
    // A record holds what is declared and nothing else, unless the schema says otherwise in so many words.
    return createAjv().compile({ additionalProperties: false, ...definition.schema });
  } catch (error) {
    throw new DefinitionInvalid(
      '/schema',
      error instanceof Error ? error.message.slice(0, 300) : 'is not a JSON Schema',
    );
  }
}

function firstError(errors: readonly ErrorObject[] | null | undefined): { field: string; reason: string } {
  const [error] = errors ?? [];
  const extra = (error?.params as { additionalProperty?: string } | undefined)?.additionalProperty;
  // An undeclared property's name comes from the caller's data, so it is only repeated where it has a name's form.
  const named = extra !== undefined && new RegExp(namePattern).test(extra) ? extra : undefined;
  const field = `${error?.instancePath ?? ''}${named === undefined ? '' : `/${named}`}` || '/';
  return { field, reason: error?.message ?? 'does not fit' };
}

const strictness = new Map(fieldClasses.map((name, index) => [name, index]));

/**
 * Whether one definition may follow another while there is data: fields may be added and made stricter, and lookups come
 * and go; what records already hold must stay valid, so no field leaves and no class becomes laxer.
 * @returns the field that stands against it, or `undefined`.
 */
export function changeRefused(before: Definition, after: Definition): { field: string; reason: string } | undefined {
  for (const [name, field] of Object.entries(before.fields)) {
    const next = after.fields[name];
    if (next === undefined) return { field: `/fields/${name}`, reason: 'cannot leave while there are records' };
    if ((strictness.get(next.class) ?? 0) < (strictness.get(field.class) ?? 0))
      return { field: `/fields/${name}/class`, reason: `cannot become laxer than ${field.class}` };
    const [was, is] = [before.schema.properties[name], after.schema.properties[name]];
    if (JSON.stringify(was) !== JSON.stringify(is))
      return { field: `/schema/properties/${name}`, reason: 'cannot change while there are records' };
  }
  const required = (definition: Definition) =>
    new Set((definition.schema as { required?: readonly string[] }).required ?? []);
  const added = [...required(after)].find((name) => !required(before).has(name));
  if (added !== undefined) return { field: `/schema/required/${added}`, reason: 'older records may not have it' };
  return undefined;
}
