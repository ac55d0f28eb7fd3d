/** Relations to several rows, and to rows that a slug names, as fields of Django REST Framework read them. */

import type { Members } from '../json.js';
import type { Forms, Relations } from '../run.js';
import * as faults from './fault.js';
import { Refusal } from './fault.js';
import { key as integerOf } from './numbers.js';
import { relatedKey } from './scalars.js';
import { loneSurrogate, shapeOf, type Shape } from './shape.js';

/** Reads the fields of DRF by their classes. */
export const relations: Relations = (field, schema, value, shape, nullable, { means, step }) => {
  switch (field) {
    case 'ManyRelatedField':
      return keys(schema, shape, nullable, means.forms, step);
    case 'SlugRelatedField':
      return slug(schema, value, shape, nullable);
    default:
      return slugs(schema, shape, nullable);
  }
};

/**
 * Reads DRF's `ManyRelatedField`: a list of keys. The first invalid key is reported without its index, repeated keys
 * are dropped.
 */
function keys(schema: Members, shape: Shape, nullable: boolean, forms: Forms | undefined, step: () => void): unknown {
  if (shape.is === 'null') return nullable ? [] : faults.isNull();
  // Python iterates over lists, and over the keys of dictionaries.
  const values = shape.is === 'list' ? shape.items : shape.is === 'map' ? [...shape.members.keys()] : undefined;
  if (values === undefined) return new Refusal([faults.notAList(shape)]);
  const read: unknown[] = [];
  for (const value of values) {
    const key = shapeOf(value);
    if (shape.is === 'list' && key.is === 'null') return faults.doesNotExist('None');
    // An empty text, which is `null` where a key stands alone, has the wrong type here.
    if (shape.is === 'list' && key.is === 'text' && key.text === '') return faults.incorrectType(key);
    const found = relatedKey(schema['items'] as Members, value, key, false, forms);
    if (found instanceof Refusal) return found;
    if (!read.includes(found)) read.push(found);
  }
  return read.length === 0 && schema['allow_empty'] !== true ? new Refusal([faults.empty(false)]) : read;
}

/** Reads DRF's `SlugRelatedField`; only the database can tell whether such a row exists. */
function slug(schema: Members, value: unknown, shape: Shape, nullable: boolean): unknown {
  if (shape.is === 'null' || (shape.is === 'text' && shape.text === '')) return nullable ? null : faults.isNull();
  return isNoSlug(schema, shape) ? faults.invalid('Invalid value.') : value;
}

/** Tells whether no row can be named by a value, whatever rows there are. */
function isNoSlug(schema: Members, shape: Shape): boolean {
  if (schema['x-slug'] === 'integer' && shape.is !== 'null') {
    const found = integerOf(shape);
    return found === undefined || BigInt.asIntN(64, found) !== found;
  }
  const isNoText = shape.is === 'text' && (shape.text.includes('\0') || loneSurrogate(shape.text) !== undefined);
  return isNoText || shape.is === 'list' || shape.is === 'map';
}

/** Reads a list of values by which rows are named. */
function slugs(schema: Members, shape: Shape, nullable: boolean): unknown {
  if (shape.is === 'null') return nullable ? [] : faults.isNull();
  if (shape.is !== 'list') return new Refusal([faults.notAList(shape)]);
  if (shape.items.some((item) => isNoSlug(schema, shapeOf(item)))) return faults.invalid('Invalid value.');
  return shape.items.length === 0 && schema['allow_empty'] !== true ? new Refusal([faults.empty(false)]) : shape.items;
}
