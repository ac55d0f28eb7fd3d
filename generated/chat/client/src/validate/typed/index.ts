/**
 * Validates values by their types, as the server reads them, and reports all errors at once.
 *
 * The keyword `x-reading` says how a schema is read: as `fields`, with the coercions and messages of Django REST
 * Framework, or as a `payload`, with the types of JSON as they are written. What is inside of it is read the same way,
 * unless it says otherwise.
 * Beside the keywords of JSON Schema, a schema has DRF's words where JSON Schema has none: `allow_null`, `allow_blank`,
 * `allow_empty`, `trim_whitespace`, `error_messages`; `x-field` for a class of DRF that no keyword expresses
 * (`RegexField`, `PrimaryKeyRelatedField`, `ManyRelatedField`, `MultipleChoiceField`, `FileField`, `ImageField`, `FilePathField`); `coerce` for a payload that is read with DRF's
 * coercions (`drf`); and `x-schema`, a JSON Schema that says more than the type.
 */

import type { Schema, Target } from '../documents.js';
import { own, type Members } from '../json.js';
import { make, type Validator } from '../make.js';
import { Refused } from '../problem.js';
import { isTooDeep, MAX_DEPTH, nothing, subject, type Decimals, type Files, type Means, type Read, type Relations } from '../run.js';
import { REQUIRED } from '../sentences.js';
import * as faults from './fault.js';
import { Refusal, type Messages } from './fault.js';
import { formsOf, hardToRead, isAnyJson, ofAnotherType, says, takes } from './kinds.js';
import * as numbers from './numbers.js';
import { follow, inside, isListOfObjects, NONE, schemaOf, type Reading } from './reading.js';
import { beforeItems, beyond64Bits, check, isPlainText, notConstant } from './rules.js';
import * as scalars from './scalars.js';
import { shapeOf, str, typeOf, type Shape } from './shape.js';
import { text } from './texts.js';

/** The greatest number of times that a value is read, because the forms of unions are tried one after the other. */
const MAX_TRIES = 1024;

/** The parts that the validator needs beside the schema. Those that no schema needs are left out of a page's bundle. */
export type TypedNeeds = Means;

/** Makes a validator of a schema that says by `x-reading` how values are read. */
export function typed<Value>(schema: Schema, means: TypedNeeds = {}): Validator<Value> {
  const isOfFields = typeof schema === 'object' && own(schema, 'x-reading') === 'fields';
  return make(schema, { missing: isOfFields ? NO_DATA : REQUIRED, means, read });
}

const NO_DATA = 'No data provided';

/** Reads a value by its type. */
const read: Read = (run, schema, { site }, { value, kind }, found) => {
  if (kind === 'null' && own(schema as Members, 'x-reading') === 'fields') {
    found.problems.push({ at: undefined, message: NO_DATA, keyword: 'null', ofObject: true });
    return undefined;
  }
  const start = { exact: false, drf: false, coerces: false, depth: -1, tries: 1 };
  return accept({ run, found, at: undefined, site, ...start }, { schema, site }, value);
};

/** Reads a value by its field; `NONE` if it is refused. */
function accept(reading: Reading, target: Target, value: unknown): unknown {
  const { run, found, at } = reading;
  run.step();
  const { schema, site } = follow(reading, target);
  const drf = schema['x-reading'] === undefined ? reading.drf : schema['x-reading'] === 'fields';
  const coerces = reading.coerces || schema['coerce'] === 'drf';
  const inner = { ...reading, site, drf, coerces };
  const more = schema['x-schema'] as Schema | undefined;
  const refused = more === undefined ? undefined : judged(inner, more, value);
  if (refused === NONE) return NONE;
  const read = refused ?? field(inner, schema, value);
  if (!(read instanceof Refusal)) return read;
  const messages = schema['error_messages'] as Messages | undefined;
  for (const fault of read.faults) {
    const ofObject = read.whole || (at === undefined && shapeOf(value).is === 'map');
    found.problems.push({ at, message: faults.worded(fault, messages), keyword: fault.code, ofObject });
  }
  return NONE;
}

/** Validates a value by a JSON Schema, which says more than its type. */
function judged({ run, found, at, site }: Reading, schema: Schema, value: unknown): typeof NONE | Refusal | undefined {
  const { keywords } = run.means;
  if (keywords === undefined) return undefined;
  if (isTooDeep(value)) return faults.tooDeep();
  const inner = nothing();
  try {
    keywords(run, schema, { site, outer: undefined }, subject(value, at), inner);
  } catch (error) {
    if (error instanceof Refused) return faults.refuse('too_many_steps', error.message);
    throw error;
  }
  found.problems.push(...inner.problems);
  return inner.problems.length > 0 ? NONE : undefined;
}

function field(reading: Reading, schema: Members, value: unknown): unknown {
  const shape = shapeOf(value);
  const nullable = schema['allow_null'] === true;
  const { drf, run } = reading;
  const ofDrf = schema['x-field'] as string | undefined;
  if (ofDrf === 'PrimaryKeyRelatedField') return scalars.relatedKey(schema, value, shape, nullable, run.means.forms);
  if (ofDrf?.endsWith('RelatedField') === true) return (run.means.relations as Relations)(ofDrf, schema, value, shape, nullable, run);
  if (isOfFile(ofDrf)) return (run.means.files as Files)(ofDrf, schema, shape, nullable);
  if (shape.is === 'null' && (drf || !isAnyJson(schema))) return nullable ? null : faults.isNull();
  if (reading.exact && !takes(reading, schema, value)) return faults.invalid('Of another type.');
  const isPlain = !drf && !reading.coerces;
  // What is not of the type of a constant is answered as any other value that is not the constant.
  const only = isPlain && Object.hasOwn(schema, 'const') ? new Refusal([notConstant(schema['const'])]) : undefined;
  const message = isPlain ? ofAnotherType(reading, schema, value, shape) : undefined;
  if (message !== undefined) return only ?? faults.invalid(message);
  const inner = only === undefined ? reading : { ...reading, found: nothing() };
  const read = ofKind(inner, schema, value, shape);
  if (only !== undefined && (read === NONE || read instanceof Refusal)) return only;
  if ((read === null && !isAnyJson(schema)) || read === NONE || read instanceof Refusal) return read;
  if (drf && read === '' && isPlainText(schema)) {
    return schema['allow_blank'] === true ? read : faults.blank();
  }
  const ofConstant = { ...reading, found: nothing() };
  const constant = (only: unknown): unknown => ofKind(ofConstant, schema, only, shapeOf(only));
  const broken = check({
    schema,
    value: read,
    shape,
    step: run.step,
    written: drf ? undefined : { value },
    forms: run.means.forms,
    calendar: run.means.calendar,
    constant,
  });
  if (broken.length > 0) return new Refusal(broken, isListOfObjects(reading, schema));
  // A number that JavaScript cannot represent is returned as it was given.
  return typeof read === 'bigint' ? value : read;
}

function ofKind(reading: Reading, schema: Members, value: unknown, shape: Shape): unknown {
  if (schema['enum'] !== undefined) return scalars.choice(schema, value, shape, reading.drf);
  if (schema['oneOf'] !== undefined || schema['anyOf'] !== undefined) return union(reading, schema, value, shape);
  switch (schema['type']) {
    case 'boolean':
      return scalars.boolean(schema, shape);
    case 'integer': {
      const isBig = schema['format'] === 'biginteger';
      const ofField = isBig ? numbers.bigInteger : numbers.integer;
      const number = reading.drf ? ofField(shape) : numbers.plainInteger(shape);
      if (typeof number !== 'bigint') return number;
      if (isBig) return Number.isSafeInteger(Number(number)) ? Number(number) : number;
      if (BigInt.asIntN(64, number) !== number) return new Refusal(beyond64Bits(schema, number));
      return Number.isSafeInteger(Number(number)) ? Number(number) : number;
    }
    case 'number':
      return numbers.float(shape);
    case 'string':
      return ofFormat(reading, schema, shape);
    case 'array':
      return list(reading, schema, shape);
    case 'object':
      return schema['properties'] === undefined ? map(reading, schema, shape) : object(reading, schema, shape);
    default: {
      if (isTooDeep(value)) return faults.tooDeep();
      const found = hardToRead(value, reading.drf);
      return found === undefined ? value : new Refusal([found]);
    }
  }
}

function ofFormat({ drf, run }: Reading, schema: Members, shape: Shape): unknown {
  const { calendar, decimals, forms, strptime } = run.means;
  if (schema['x-input-formats'] !== undefined) return scalars.formatted(schema, shape, calendar, strptime);
  switch (schema['format']) {
    case 'decimal': {
      const blank = schema['allow_null'] === true && shape.is === 'text' && /^[\p{White_Space}\x1c-\x1f]*$/u.test(shape.text);
      if (blank) return null;
      const found = (decimals as Decimals)(shape, schema['x-max-digits'] as number | undefined, schema['x-decimal-places'] as number | undefined);
      return schema['coerce_to_string'] === false && shape.is !== 'text' && !(found instanceof Refusal) ? Number(found) : found;
    }
    case 'uuid':
      return scalars.uuid(shape);
    case 'date':
      return scalars.date(shape, calendar);
    case 'date-time': {
      const found = scalars.dateTime(shape, calendar);
      // The server reads it by the clocks of its time zone, unless it has an offset.
      return schema['default_timezone'] !== undefined && shape.is === 'text' && !(found instanceof Refusal) ? shape.text : found;
    }
    case 'time':
      return scalars.time(shape, calendar);
    case 'duration':
      return scalars.duration(schema, shape, calendar);
    case 'byte':
      return scalars.bytes(shape);
    default:
      return text(schema, shape, drf, forms);
  }
}

/** Reads DRF's `MultipleChoiceField`: the choices of a list, or of the keys of a dictionary, each once. */
function choices(reading: Reading, schema: Members, shape: Shape): unknown {
  const values = shape.is === 'list' ? shape.items : shape.is === 'map' ? [...shape.members.keys()] : undefined;
  if (values === undefined) return new Refusal([faults.notAList(shape)]);
  if (reading.depth >= MAX_DEPTH) return faults.tooDeep();
  if (values.length === 0 && schema['allow_empty'] === false) {
    return faults.refuse('empty', 'This selection may not be empty.');
  }
  const { schema: item } = follow(reading, schemaOf(schema['items'], reading));
  const read = new Set<unknown>();
  for (const value of values) {
    reading.run.step();
    const found = scalars.choice(item, value, shapeOf(value), true);
    if (found instanceof Refusal) return found;
    read.add(found);
  }
  return [...read];
}

function list(reading: Reading, schema: Members, shape: Shape): unknown {
  if (schema['x-field'] === 'MultipleChoiceField') return choices(reading, schema, shape);
  const ofObjects = isListOfObjects(reading, schema);
  if (shape.is !== 'list') return new Refusal([faults.notAList(shape)], ofObjects);
  if (reading.depth >= MAX_DEPTH) return faults.tooDeep();
  const refused = beforeItems(schema, shape.items.length, ofObjects, reading.drf);
  if (refused !== undefined) return refused;
  const first = (schema['prefixItems'] ?? []) as readonly unknown[];
  const read = shape.items.map((value, index) =>
    accept(inside(reading, index), schemaOf(first[index] ?? schema['items'], reading), value),
  );
  return read.includes(NONE) ? NONE : read;
}

function map(reading: Reading, schema: Members, shape: Shape): unknown {
  if (shape.is !== 'map') {
    const text = 'Expected a dictionary of items but got type "{input_type}".';
    return faults.refuse('not_a_dict', text, { input_type: typeOf(shape) });
  }
  if (reading.depth >= MAX_DEPTH) return faults.tooDeep();
  const refused = beforeItems(schema, shape.members.size, false, reading.drf);
  if (refused !== undefined) return refused;
  const item = schemaOf(schema['additionalProperties'] ?? true, reading);
  const read = [...shape.members].map(([key, value]) => [key, accept(inside(reading, key), item, value)] as const);
  return read.some(([, value]) => value === NONE) ? NONE : Object.fromEntries(read);
}

function object(reading: Reading, schema: Members, shape: Shape): unknown {
  if (shape.is !== 'map') return faults.notADictionary(shape);
  if (reading.depth >= MAX_DEPTH) return faults.tooDeep();
  const properties = schema['properties'] as Members;
  const required = (schema['required'] ?? []) as readonly string[];
  const read: [string, unknown][] = [];
  for (const name of Object.keys(properties)) {
    reading.run.step();
    const [inner, target] = [inside(reading, name), schemaOf(properties[name], reading)];
    if (shape.members.has(name)) read.push([name, accept(inner, target, shape.members.get(name))]);
    else if (required.includes(name)) read.push([name, missing(inner, target)]);
  }
  const others = schema['additionalProperties'];
  if (others !== undefined && others !== true) {
    for (const [name, value] of shape.members) {
      reading.run.step();
      if (Object.hasOwn(properties, name)) continue;
      const inner = inside(reading, name);
      if (others !== false) read.push([name, accept(inner, schemaOf(others, reading), value)]);
      else read.push([name, unknown(inner)]);
    }
  }
  return read.some(([, value]) => value === NONE) ? NONE : Object.fromEntries(read);
}

function isOfFile(field: unknown): field is string {
  return ['FileField', 'FilePathField', 'ImageField'].includes(field as string);
}

function missing({ found, at, ...reading }: Reading, target: Target): symbol {
  const { schema } = follow({ found, at, ...reading }, target);
  const [fault] = (schema['x-field'] === 'FileField' || schema['x-field'] === 'ImageField' ? faults.noFile() : faults.required()).faults;
  const message = faults.worded(fault as faults.Fault, schema['error_messages'] as Messages | undefined);
  found.problems.push({ at, message, keyword: 'required', ofObject: false });
  return NONE;
}

function unknown({ found, at }: Reading): symbol {
  found.problems.push({ at, message: 'Unknown field.', keyword: 'additionalProperties', ofObject: false });
  return NONE;
}

/** Reads a value of one of several forms. The tag selects the form; without a tag, the JSON types select it. */
function union(reading: Reading, schema: Members, value: unknown, shape: Shape): unknown {
  const tag = (schema['discriminator'] as { readonly propertyName?: string } | undefined)?.propertyName;
  const forms = formsOf(schema).map((form) => schemaOf(form, reading));
  if (tag !== undefined) return byTag(reading, forms, tag, value, shape);
  const candidates = forms.filter((form) => takes(reading, follow(reading, form).schema, value));
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return accept(reading, only, value);
  const tries = reading.tries * Math.max(candidates.length, 1);
  if (tries > MAX_TRIES) return faults.tooDeep();
  const matches: unknown[] = [];
  for (const form of candidates) {
    const read = accept({ ...reading, found: nothing(), exact: true, tries }, form, value);
    if (read === NONE) continue;
    matches.push(read);
    if (schema['oneOf'] === undefined || matches.length > 1) break;
  }
  if (matches.length > 1) return faults.refuse('ambiguous', 'Matches more than one of the allowed forms.');
  return matches.length === 0 ? faults.noForm() : matches[0];
}

function byTag(reading: Reading, forms: readonly Target[], tag: string, value: unknown, shape: Shape): unknown {
  if (shape.is !== 'map') return faults.notADictionary(shape);
  const refused = (refusal: Refusal): symbol => {
    const at = { up: reading.at, key: tag };
    const problems = refusal.faults.map((fault) => ({ at, message: faults.worded(fault, undefined), keyword: fault.code, ofObject: false }));
    reading.found.problems.push(...problems);
    return NONE;
  };
  const sent = shape.members.get(tag);
  if (sent === undefined) return refused(faults.required());
  if (sent === null) return refused(faults.isNull());
  const form = forms.find((form) => says(reading, form, tag, sent));
  if (form === undefined) return refused(new Refusal([faults.invalidChoice(str(shapeOf(sent)))]));
  return accept(reading, form, value);
}
