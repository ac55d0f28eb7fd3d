/** Makes validators, with any way to read the values. */

import { Library, type Documents, type Schema } from './documents.js';
import { plain } from './json.js';
import { errorsOf, pathOf, Refused, type Errors, type Problem } from './problem.js';
import { nothing, Run, subject, type Means, type Read, type Subject } from './run.js';
import type { StandardSchema } from './standard.js';

/** Validates values against a schema. It is a Standard Schema, which libraries for forms accept. */
export interface Validator<Value> extends StandardSchema<Value> {
  /** The schema of the values. */
  readonly schema: Schema;
  /**
   * Returns the errors that the server would answer, by the paths in the value; `undefined` if it would accept the
   * value.
   */
  errors(value: unknown): Errors | undefined;
}

/** The outcome for a value: the value as it is read, or its problems. */
type Verdict = { readonly value: unknown } | { readonly problems: readonly Problem[] };

/** The parts by which values are validated against a schema. */
export interface Manner {
  /** The message for a missing value. */
  readonly missing: string;
  readonly means: Means;
  readonly documents?: Documents | undefined;
  /** Returns the value as it is read; throws if it is refused as a whole. */
  readonly read: Read;
}

/** Makes a validator. The schema is only read when the first value is validated. */
export function make<Value>(schema: Schema, manner: Manner): Validator<Value> {
  let library: Library | undefined;
  const judge = (value: unknown): Verdict => {
    library ??= new Library(schema, manner.documents);
    return judged(library, manner, plain(value));
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

function judged(library: Library, { missing, means, read }: Manner, value: unknown): Verdict {
  const found = nothing();
  const whole = subject(value);
  if (value === undefined) return { problems: [ofWhole(missing, whole)] };
  let held: unknown;
  try {
    const { schema, site } = library.start;
    held = read(new Run(library, means, value), schema, { site, outer: undefined }, whole, found);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { problems: [ofWhole(error.message, whole)] };
  }
  const problems = withoutTwins(found.problems);
  return problems.length > 0 ? { problems } : { value: held };
}

function ofWhole(message: string, { kind }: Subject): Problem {
  return { at: undefined, message, keyword: '', ofObject: kind === 'object' };
}

/** Removes problems that repeat the same message at the same path. */
function withoutTwins(problems: readonly Problem[]): readonly Problem[] {
  const told = new Set<string>();
  return problems.filter(({ at, message }) => {
    const text = JSON.stringify([message, ...pathOf(at)]);
    return !told.has(text) && told.add(text);
  });
}
