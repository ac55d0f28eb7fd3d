/**
 * Values held against JSON Schema 2020-12, as the server holds them: with its sentences, at its places.
 *
 * It is an interpreter: no code is made at run time, so that a content security policy needs no `unsafe-eval`.
 */

import { Library, type Documents, type Schema } from './documents.js';
import { plain } from './json.js';
import { apply } from './keywords.js';
import { errorsOf, pathOf, Refused, type Errors, type Place, type Problem } from './problem.js';
import { isTooDeep, nothing, Run, subject, type Formats, type Found, type ReadTyped } from './run.js';
import { REQUIRED, TOO_DEEP } from './sentences.js';
import type { StandardSchema } from './standard.js';

export { exact, Exact } from './number.js';
export { typed } from './typed/index.js';
export { formats } from './formats.js';
export type { Documents, Schema } from './documents.js';
export type { Errors } from './problem.js';
export type { Issue, Result, StandardSchema } from './standard.js';

/** Holds values against a schema; a Standard Schema, which libraries for forms take. */
export interface Validator<Value> extends StandardSchema<Value> {
  /** The schema. */
  readonly schema: Schema;
  /** What the server would answer, by the places in the value; `undefined` if it would take it. */
  errors(value: unknown): Errors | undefined;
}

/** What a schema needs beside itself. */
export interface Needs {
  /** What it refers to, by the URIs. */
  readonly documents?: Documents;
  /** {@link typed}, if any of it is read by its types (`x-reading`). */
  readonly typed?: ReadTyped;
  /** {@link formats}, if any of it asserts formats. */
  readonly formats?: Formats;
}

/** What there is to say of a value. */
type Verdict = { readonly value: unknown } | { readonly problems: readonly Problem[] };

/**
 * Makes a validator. The schema is looked at when the first value is.
 *
 * @example
 * const point = validator<{ x: number }>({ type: 'object', properties: { x: { type: 'number' } }, required: ['x'] });
 * point.errors({}); // { x: ['This field is required.'] }
 */
export function validator<Value>(schema: Schema, needs: Needs = {}): Validator<Value> {
  let library: Library | undefined;
  const judge = (value: unknown): Verdict => {
    library ??= new Library(schema, needs.documents);
    return judged(library, needs, plain(value));
  };
  return {
    schema,
    errors(value) {
      const verdict = judge(value);
      return 'problems' in verdict ? errorsOf(verdict.problems) : undefined;
    },
    '~standard': {
      version: 1,
      vendor: 'dcrf',
      validate(value) {
        const verdict = judge(value);
        if ('value' in verdict) return { value: verdict.value as Value };
        return { issues: verdict.problems.map(({ at, message }) => ({ message, path: pathOf(at) })) };
      },
    },
  };
}

function judged(library: Library, { typed, formats }: Needs, value: unknown): Verdict {
  if (value === undefined) return { problems: [{ at: undefined, message: REQUIRED, keyword: 'required', ofObject: false }] };
  const found = nothing();
  const whole = subject(value);
  try {
    if (isTooDeep(value) && !isTyped(library.start.schema)) throw new Refused(TOO_DEEP);
    const run = new Run(library, { typed, formats }, value);
    apply(run, library.start.schema, { site: library.start.site, outer: undefined }, whole, found);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { problems: [{ at: undefined, message: error.message, keyword: '', ofObject: whole.kind === 'object' }] };
  }
  const problems = withoutTwins(found.problems);
  return problems.length > 0 ? { problems } : { value: withRead(value, found) };
}

/** Whether values are read by their types, which find by themselves what is too deep. */
function isTyped(schema: Schema): boolean {
  return typeof schema === 'object' && Object.hasOwn(schema, 'x-reading');
}

/** The same sentence is told once at a place. */
function withoutTwins(problems: readonly Problem[]): readonly Problem[] {
  const told = new Set<string>();
  return problems.filter(({ at, message }) => {
    const text = JSON.stringify([message, ...pathOf(at)]);
    return !told.has(text) && told.add(text);
  });
}

/** The value with what was read as something else. */
function withRead(value: unknown, { read }: Found): unknown {
  let whole = value;
  for (const [at, inner] of read) whole = replaced(whole, pathOf(at), inner);
  return whole;
}

function replaced(value: unknown, [key, ...path]: readonly (string | number)[], inner: unknown): unknown {
  if (key === undefined) return inner;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? replaced(item, path, inner) : item) as unknown);
  const members = Object.entries(value as object).map(([name, member]) => [name, name === key ? replaced(member, path, inner) : member]);
  return Object.fromEntries(members);
}
