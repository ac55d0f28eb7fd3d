/** The context in which a value is read, and the schemas that references lead to. */

import type { Schema, Site, Target } from '../documents.js';
import { own, type Members } from '../json.js';
import type { Place } from '../problem.js';
import type { Found, Run } from '../run.js';

/** The context in which a value is read. */
export interface Reading {
  readonly run: Run;
  readonly found: Found;
  readonly at: Place | undefined;
  readonly site: Site;
  /** Whether the types of JSON are taken as they are written, because the form of a union is being looked for. */
  readonly exact: boolean;
  /** Whether the value is a field of Django REST Framework. */
  readonly drf: boolean;
  /** Whether a payload is read with the coercions of fields: `"5"` for 5. */
  readonly coerces: boolean;
  readonly depth: number;
  readonly tries: number;
}

/** The result for a refused value, whose problems have been reported. */
export const NONE = Symbol('none');

export const inside = (reading: Reading, key: string | number): Reading => ({
  ...reading,
  at: { up: reading.at, key },
  depth: reading.depth + 1,
});
export const schemaOf = (schema: unknown, { site }: Reading): Target => ({ schema: schema as Schema, site });

/** Returns the keywords of a field, together with those of the schema that it refers to. */
export function follow(reading: Reading, target: Target): { readonly schema: Members; readonly site: Site } {
  const { schema, site } = target;
  const members = typeof schema === 'object' ? schema : {};
  const reference = own(members, '$ref');
  if (typeof reference !== 'string') return { schema: members, site };
  const next = reading.run.library.find(reference, site);
  if (next === undefined) throw new TypeError(`there is no schema ${reference}`);
  reading.run.step();
  const inner = follow(reading, next);
  return { schema: { ...inner.schema, ...members, $ref: undefined }, site: inner.site };
}

/** Tells whether a schema is that of a list whose items are objects. */
export function isListOfObjects(reading: Reading, schema: Members): boolean {
  if (schema['type'] !== 'array') return false;
  const { schema: item } = follow(reading, schemaOf(schema['items'], reading));
  return item['type'] === 'object' && item['properties'] !== undefined;
}
