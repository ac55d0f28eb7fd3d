/** The JSON types in which values of a field are written. */

import type { Schema, Target } from '../documents.js';
import { canonical, type Members } from '../json.js';
import { isWhole, type AnyNumber } from '../number.js';
import { noJson, surrogate, type Fault } from './fault.js';
import { follow, schemaOf, type Reading } from './reading.js';
import { KINDS_OF_TEXT } from './rules.js';
import { loneSurrogate, shapeOf, type Shape } from './shape.js';

/** Returns the kinds of shapes of the values that are near a choice. */
function kindsOf(choice: unknown): readonly string[] {
  if (typeof choice === 'string') return ['text'];
  if (typeof choice === 'boolean') return ['boolean'];
  return isWhole(choice as AnyNumber) ? ['integer'] : ['integer', 'float'];
}

/** Tells whether a schema names no type, and so accepts any JSON. */
export function isAnyJson(schema: Members): boolean {
  return ['type', 'enum', 'oneOf', 'anyOf'].every((keyword) => schema[keyword] === undefined);
}

/** Returns the message for a payload whose type is wrong, although a field would accept it. */
export function ofAnotherType(reading: Reading, schema: Members, value: unknown, shape: Shape): string | undefined {
  if (schema['enum'] !== undefined) return undefined;
  const format = schema['format'] as string;
  switch (schema['type']) {
    case 'boolean':
      return takes(reading, schema, value) ? undefined : 'Must be a valid boolean.';
    case 'integer':
      return takes(reading, schema, value) ? undefined : 'A valid integer is required.';
    case 'number':
      return takes(reading, schema, value) ? undefined : 'A valid number is required.';
    case 'string':
      if (!['decimal', 'duration'].includes(format) && KINDS_OF_TEXT.includes(format)) return undefined;
      return shape.is === 'text' ? undefined : 'Not a valid string.';
    default:
      return undefined;
  }
}

/** Returns the forms of a union. */
export function formsOf(schema: Members): readonly Schema[] {
  return (schema['oneOf'] ?? schema['anyOf']) as readonly Schema[];
}

/** Tells whether a form has this value of the tag. */
export function says(reading: Reading, form: Target, tag: string, sent: unknown): boolean {
  const { schema, site } = follow(reading, form);
  const property = follow(reading, { schema: ((schema['properties'] as Members)[tag] ?? {}) as Schema, site }).schema;
  const values = Object.hasOwn(property, 'const') ? [property['const']] : ((property['enum'] ?? []) as readonly unknown[]);
  return values.some((value) => canonical(value) === canonical(sent));
}

/** Tells whether a value has the JSON type in which values of a field are written. */
export function takes(reading: Reading, schema: Members, value: unknown): boolean {
  const shape = shapeOf(value);
  const same = (own: unknown): boolean => canonical(own) === canonical(value);
  const choices = schema['enum'] as readonly unknown[] | undefined;
  if (choices?.some(same) ?? (Object.hasOwn(schema, 'const') && same(schema['const']))) return true;
  if (choices !== undefined) return choices.some((choice) => kindsOf(choice).includes(shape.is));
  if (schema['oneOf'] !== undefined || schema['anyOf'] !== undefined) {
    return formsOf(schema).some((form) => takes(reading, follow(reading, schemaOf(form, reading)).schema, value));
  }
  switch (schema['type']) {
    case 'boolean':
      return shape.is === 'boolean';
    case 'integer':
      return shape.is === 'integer' || (shape.is === 'float' && isWhole(value as AnyNumber));
    case 'number':
      return shape.is === 'integer' || shape.is === 'float';
    case 'string':
      return shape.is === 'text' || (schema['format'] === 'decimal' && (shape.is === 'integer' || shape.is === 'float'));
    case 'array':
      return shape.is === 'list';
    case 'object':
      return shape.is === 'map';
    default:
      return true;
  }
}

/**
 * Returns what makes JSON hard to read: a text that is not valid Unicode, else, in a field of DRF, a number beyond the
 * range of 64-bit floats.
 */
export function hardToRead(value: unknown, drf: boolean): Fault | undefined {
  const shape = shapeOf(value);
  if (shape.is === 'text') {
    const unit = loneSurrogate(shape.text);
    return unit === undefined ? undefined : surrogate(unit);
  }
  if (shape.is === 'integer' || shape.is === 'float') return drf && !Number.isFinite(+shape.text) ? noJson() : undefined;
  const inner = shape.is === 'list' ? shape.items : shape.is === 'map' ? [...shape.members].flat() : [];
  const faults = inner.map((part) => hardToRead(part, drf)).filter((fault) => fault !== undefined);
  return faults.find(({ code }) => code !== 'invalid') ?? faults[0];
}
