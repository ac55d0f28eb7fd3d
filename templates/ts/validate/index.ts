/**
 * Validates values against JSON Schema 2020-12 with the same messages and paths as the server.
 *
 * It is an interpreter: no code is made at run time, so that a content security policy needs no `unsafe-eval`.
 */

import type { Documents, Schema } from './documents.js';
import { apply } from './keywords.js';
import { make, type Validator } from './make.js';
import { Refused } from './problem.js';
import { isTooDeep, type Formats, type Read } from './run.js';
import { REQUIRED, TOO_DEEP } from './sentences.js';

export { exact, Exact } from './number.js';
export { calendar } from './typed/calendar.js';
export { decimals } from './typed/decimals.js';
export { files } from './typed/files.js';
export { forms } from './typed/forms.js';
export { relations } from './typed/relations.js';
export { strptime } from './typed/strptime.js';
export { formats } from './formats.js';
export { typed, type TypedNeeds } from './typed/index.js';
export type { Documents, Schema } from './documents.js';
export type { Validator } from './make.js';
export type { Errors } from './problem.js';
export type { Issue, Result, StandardSchema } from './standard.js';

/** The parts that a schema needs beside itself. */
export interface Needs {
  /** The schemas that it refers to, by their URIs. */
  readonly documents?: Documents;
  /** {@link formats}, if any of the schemas asserts formats. */
  readonly formats?: Formats;
}

/** Validates a value by the keywords of JSON Schema, and returns it unchanged. */
export const keywords: Read = (run, schema, scope, subject, found) => {
  if (isTooDeep(subject.value)) throw new Refused(TOO_DEEP);
  apply(run, schema, scope, subject, found);
  return subject.value;
};

/**
 * Makes a validator of a JSON Schema. The schema is only read when the first value is validated.
 *
 * @example
 * const point = validator<{ x: number }>({ type: 'object', properties: { x: { type: 'number' } }, required: ['x'] });
 * point.errors({}); // { x: ['This field is required.'] }
 */
export function validator<Value>(schema: Schema, { documents, formats }: Needs = {}): Validator<Value> {
  return make(schema, { missing: REQUIRED, means: { keywords, formats }, documents, read: keywords });
}
