/**
 * The rules for values beyond their type, in the order in which Django REST Framework applies its validators: the
 * model's own, the greatest, the least, those of every text, those of the kind of text, and those that only JSON Schema
 * has.
 */

import { canonical, lengthOf, quoted, type Members } from '../json.js';
import { compare, isMultiple, isNumber, textOf, type AnyNumber } from '../number.js';
import { searches } from '../pattern.js';
import type { Calendar, Forms } from '../run.js';
import { empty, fault, Refusal, surrogate, type Fault } from './fault.js';
import { numberOf } from './numbers.js';
import { loneSurrogate, type Shape } from './shape.js';
import { formFault } from './texts.js';

const LEAST = 'Ensure this field has at least {min_length} ';
const MOST = 'Ensure this field has no more than {max_length} ';

/** A value that has the right type. */
interface Judged {
  readonly schema: Members;
  readonly value: unknown;
  readonly shape: Shape;
  readonly step: (steps?: number) => void;
  /** The value of a payload as it is written, which its rules are applied to. */
  readonly written: { readonly value: unknown } | undefined;
  readonly forms: Forms | undefined;
  readonly calendar: Calendar | undefined;
  /** Reads a constant as a value of the schema. */
  readonly constant: (value: unknown) => unknown;
}

/** Checks a value by the rules, and returns the errors. */
export function check({ schema, value, shape, step, written, forms, calendar, constant }: Judged): readonly Fault[] {
  const text = typeof value === 'string' && isPlainText(schema) ? value : undefined;
  const number = numberToJudge(schema, value, written);
  const float = schema['type'] === 'number' && written === undefined;
  const faults: (Fault | undefined)[] = [];
  const pattern = schema['pattern'] as string | undefined;
  const mismatch = text !== undefined && pattern !== undefined && !searches(pattern, text, step);
  const isRegex = schema['x-field'] === 'RegexField';
  if (mismatch && !isRegex) faults.push(fault('pattern', 'Enter a valid value.'));
  if (number !== undefined) faults.push(multiple(schema, number, float), ...limits(schema, 'max', number, float));
  if (schema['format'] === 'duration') faults.push(...durations(schema, value as string, calendar));
  if (text !== undefined) faults.push(length(schema, 'max', lengthOf(text)));
  if (Array.isArray(value)) faults.push(items(schema, 'max', value.length));
  if (number !== undefined) faults.push(...limits(schema, 'min', number, float));
  if (text !== undefined) faults.push(length(schema, 'min', lengthOf(text)));
  if (Array.isArray(value)) faults.push(items(schema, 'min', value.length));
  if (text !== undefined) {
    if (text.includes('\0')) faults.push(fault('null_characters_not_allowed', 'Null characters are not allowed.'));
    const unit = shape.is === 'text' ? loneSurrogate(shape.text) : undefined;
    if (unit !== undefined) faults.push(surrogate(unit));
    faults.push(formFault(schema, text, forms));
  }
  if (mismatch && isRegex) faults.push(fault('pattern', 'This value does not match the required pattern.'));
  if (schema['uniqueItems'] === true && Array.isArray(value)) {
    const items = (written?.value ?? value) as readonly unknown[];
    const seen = new Set(items.map((item) => canonical(item, step)));
    if (seen.size < value.length) faults.push(fault('unique_items', 'Ensure this field has no repeated elements.'));
  }
  if (Object.hasOwn(schema, 'const')) {
    const only = schema['const'];
    const own = canonical(written === undefined ? value : written.value, step);
    if (own !== canonical(only) && (written !== undefined || own !== canonical(constant(only)))) {
      faults.push(notConstant(only));
    }
  }
  return faults.filter((fault) => fault !== undefined);
}

/** Returns the error of a value that is not the constant. */
export function notConstant(only: unknown): Fault {
  return fault('const', 'Ensure this value is {const}.', { const: quoted(only) });
}

/** Returns a number as its limits compare it: the `number` of a payload has the digits that are written. */
function numberToJudge(schema: Members, value: unknown, written: Judged['written']): AnyNumber | undefined {
  if (schema['type'] === 'number' && written !== undefined && isNumber(written.value)) return written.value;
  const isNumeric = schema['type'] === 'integer' || schema['type'] === 'number' || schema['format'] === 'decimal';
  return isNumeric ? numberOf(value) : undefined;
}

/** Tells whether the values of a schema are plain texts. */
export function isPlainText(schema: Members): boolean {
  return schema['type'] === 'string' && schema['enum'] === undefined && !KINDS_OF_TEXT.includes(schema['format'] as string);
}

/** The formats of texts that are read as other types, and so have no rules of texts. */
export const KINDS_OF_TEXT = ['decimal', 'uuid', 'date', 'date-time', 'time', 'duration', 'byte'];

function length(schema: Members, which: 'max' | 'min', found: number): Fault | undefined {
  const limit = schema[`${which}Length`] as number | undefined;
  if (limit === undefined || (which === 'max' ? found <= limit : found >= limit)) return undefined;
  const text = `${which === 'max' ? MOST : LEAST}characters.`;
  return fault(`${which}_length`, text, { [`${which}_length`]: limit });
}

function items(schema: Members, which: 'max' | 'min', found: number): Fault | undefined {
  const limit = schema[`${which}Items`] as number | undefined;
  if (limit === undefined || (which === 'max' ? found <= limit : found >= limit)) return undefined;
  const text = `${which === 'max' ? MOST : LEAST}elements.`;
  return fault(`${which}_length`, text, { [`${which}_length`]: limit });
}

/** Returns the errors of a list or dictionary itself; if it has some, its items are not validated. */
export function beforeItems(schema: Members, count: number, ofObjects: boolean, drf: boolean): Refusal | undefined {
  if (count === 0 && schema['allow_empty'] === false) return new Refusal([empty(schema['type'] === 'object')], ofObjects);
  if (!ofObjects || !drf) return undefined;
  const found = items(schema, 'max', count) ?? items(schema, 'min', count);
  return found === undefined ? undefined : new Refusal([found], true);
}

function limits(schema: Members, which: 'max' | 'min', number: AnyNumber, float: boolean): (Fault | undefined)[] {
  const sign = which === 'max' ? 1 : -1;
  return [`${which}imum`, `exclusive${which === 'max' ? 'Max' : 'Min'}imum`].map((keyword) => {
    const limit = schema[keyword] as AnyNumber | undefined;
    if (limit === undefined) return undefined;
    const difference = sign * (float ? (number as number) - Number(textOf(limit)) : compare(number, limit));
    const isBroken = keyword.startsWith('exclusive') ? difference >= 0 : difference > 0;
    return isBroken ? limitFault(keyword, limit) : undefined;
  });
}

/** Returns the errors of a duration that is too long or too short. */
function durations(schema: Members, value: string, calendar: Calendar | undefined): (Fault | undefined)[] {
  if (calendar === undefined) return [];
  return (['maximum', 'minimum'] as const).map((keyword) => {
    const limit = schema[keyword] as string | undefined;
    if (limit === undefined) return undefined;
    const difference = calendar.micros(value) - calendar.micros(limit);
    const isBroken = keyword === 'maximum' ? difference > 0n : difference < 0n;
    const code = keyword === 'maximum' ? 'max_value' : 'min_value';
    const text = `Ensure this value is ${LIMITS[keyword] as string}.`;
    return isBroken ? fault(code, text, { [code]: calendar.timedelta(limit) }) : undefined;
  });
}

const LIMITS: { readonly [keyword: string]: string } = {
  maximum: 'less than or equal to {max_value}',
  exclusiveMaximum: 'less than {max_value}',
  minimum: 'greater than or equal to {min_value}',
  exclusiveMinimum: 'greater than {min_value}',
};

function limitFault(keyword: string, limit: AnyNumber): Fault {
  const code = /max/i.test(keyword) ? 'max_value' : 'min_value';
  return fault(code, `Ensure this value is ${LIMITS[keyword] as string}.`, { [code]: textOf(limit) });
}

/** Checks DRF's `StepValueValidator`; `float` is true for a number that is compared as Python compares floats. */
function multiple(schema: Members, number: AnyNumber, float: boolean): Fault | undefined {
  const step = schema['multipleOf'] as AnyNumber | undefined;
  if (step === undefined || isMultiple(number, step)) return undefined;
  if (float && isNearlyMultiple(number as number, Number(textOf(step)))) return undefined;
  return fault('step_size', 'Ensure this value is a multiple of step size {step_size}.', { step_size: textOf(step) });
}

/** Tells whether a float is within 1e-9 of a multiple. */
function isNearlyMultiple(value: number, step: number): boolean {
  const rest = Math.abs(value % step);
  return Math.min(rest, Math.abs(Math.abs(step) - rest)) < 1e-9;
}

/**
 * Returns the errors of an integer beyond 64 bits. It breaks every limit on its side, and that of the column if there
 * is none.
 */
export function beyond64Bits(schema: Members, number: bigint): readonly Fault[] {
  const step = multiple(schema, number, false);
  const broken = [...limits(schema, 'max', number, false), ...limits(schema, 'min', number, false)];
  const found = broken.filter((fault) => fault !== undefined);
  if (found.length === 0) {
    found.push(number < 0n ? limitFault('minimum', -(2n ** 63n)) : limitFault('maximum', 2n ** 63n - 1n));
  }
  return step === undefined ? found : [step, ...found];
}
