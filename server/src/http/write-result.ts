import type * as z from 'zod/mini';

/** Whether a value is as a schema declares it, and holds nothing beyond. False also where that cannot be told quickly. */
type Check = (value: unknown) => boolean;

/**
 * Writes results as JSON, without what their schema does not promise. A result that is just as declared is written as it
 * is: copying an answer of megabytes field by field costs more than reading it from the database. Any other is parsed.
 * @returns what writes; undefined stands for no body at all.
 * @throws ZodError when a field is missing or of another kind.
 */
export function makeResultWriter<Result>(schema: z.ZodMiniType<Result>): (result: Result) => string | undefined {
  const isAsDeclared = checkOf(schema);
  return (result) => JSON.stringify(isAsDeclared(result) ? result : schema.parse(result));
}

const never: Check = () => false;

function checkOf(schema: z.core.$ZodType): Check {
  // What zod's documentation says to tell kinds of schemas apart by.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  // A check, a format or a conversion: what it makes of a value is for zod to say.
  if (def.checks?.length || 'format' in def || ('coerce' in def && def.coerce)) return never;
  switch (def.type) {
    case 'number':
      return (value) => typeof value === 'number' && Number.isFinite(value);
    case 'string':
      return (value) => typeof value === 'string';
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'unknown':
      return () => true;
    case 'enum': {
      const values = new Set<unknown>(Object.values(def.entries));
      return (value) => values.has(value);
    }
    case 'nullable': {
      const isInner = checkOf(def.innerType);
      return (value) => value === null || isInner(value);
    }
    case 'optional': {
      const isInner = checkOf(def.innerType);
      return (value) => value === undefined || isInner(value);
    }
    case 'array': {
      const isElement = checkOf(def.element);
      return (value) => Array.isArray(value) && value.every(isElement);
    }
    case 'union': {
      const options = def.options.map(checkOf);
      return (value) => options.some((isOption) => isOption(value));
    }
    case 'record':
      return isPlainString(def.keyType) ? checkOfRecord(checkOf(def.valueType)) : never;
    case 'object':
      return checkOfObject(def.shape, def.catchall);
    default:
      return never;
  }
}

function isPlainString(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'string' && !def.checks?.length && !('format' in def);
}

function checkOfRecord(isElement: Check): Check {
  return (value) => {
    if (!isPlainObject(value)) return false;
    for (const name of Object.keys(value)) if (name === '__proto__' || !isElement(value[name])) return false;
    return true;
  };
}

function checkOfObject(shape: Readonly<Record<string, z.core.$ZodType>>, others: z.core.$ZodType | undefined): Check {
  const fields = Object.entries(shape).map(([name, schema]) => ({
    name,
    isField: checkOf(schema),
    mayBeAbsent: schema._zod.optin === 'optional' && schema._zod.optout === 'optional',
  }));
  const isOther = others ? checkOf(others) : never;
  return (value) => {
    if (!isPlainObject(value)) return false;
    let known = 0;
    for (const { name, isField, mayBeAbsent } of fields) {
      const field = value[name];
      if (field === undefined ? !mayBeAbsent || name in value : !isField(field)) return false;
      if (field !== undefined) known += 1;
    }
    const names = Object.keys(value);
    if (names.length === known) return true;
    return (
      others !== undefined &&
      names.every((name) => Object.hasOwn(shape, name) || (name !== '__proto__' && isOther(value[name])))
    );
  };
}

/** What JSON writes field by field, and not by a method of its own. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === null || prototype === Object.prototype) && !('toJSON' in value);
}
