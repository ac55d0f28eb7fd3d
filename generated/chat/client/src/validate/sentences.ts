/** The messages of the keywords: those of Django REST Framework, where it has them. */

import { quoted, type Kind } from './json.js';
import { textOf, type AnyNumber } from './number.js';

export const NOT_NULL = 'This field may not be null.';
export const REQUIRED = 'This field is required.';
export const UNKNOWN = 'Unknown field.';
export const NO_FORM = 'Does not match any of the allowed forms.';
export const SEVERAL_FORMS = 'Matches more than one of the allowed forms.';
export const NO_VALUE = 'No value is allowed here.';
export const NOT_ALLOWED = 'This value is not allowed.';
export const NO_NAME = 'This name is not allowed.';
export const REPEATED = 'Ensure this field has no repeated elements.';
export const NO_PATTERN = 'Enter a valid value.';
export const TOO_DEEP = 'Value is nested too deeply.';
export const TOO_MUCH = 'This value takes too many steps to check.';

/** Returns Python's name of a type, as DRF uses it. */
export function pythonType(value: unknown, kind: Kind): string {
  switch (kind) {
    case 'null':
    case undefined:
      return 'NoneType';
    case 'boolean':
      return 'bool';
    case 'number':
      return /[.e]/i.test(textOf(value as AnyNumber)) ? 'float' : 'int';
    case 'string':
      return 'str';
    case 'array':
      return 'list';
    case 'object':
      return 'dict';
  }
}

/** Returns the message for a value that has none of these types. */
export function ofType(types: readonly unknown[], value: unknown, kind: Kind): string {
  if (kind === 'null') return NOT_NULL;
  const named = types.filter((type) => type !== 'null' && !(type === 'integer' && types.includes('number')));
  const [type, ...others] = new Set(named);
  if (others.length > 0) return NO_FORM;
  switch (type) {
    case 'boolean':
      return 'Must be a valid boolean.';
    case 'integer':
      return 'A valid integer is required.';
    case 'number':
      return 'A valid number is required.';
    case 'string':
      return 'Not a valid string.';
    case 'array':
      return `Expected a list of items but got type "${pythonType(value, kind)}".`;
    case 'object':
      return `Invalid data. Expected a dictionary, but got ${pythonType(value, kind)}.`;
    default:
      return 'This field must be null.';
  }
}

export function ofConst(constant: unknown): string {
  return `Ensure this value is ${quoted(constant)}.`;
}

export function ofEnum(value: unknown): string {
  const input = typeof value === 'string' ? value : value === true ? 'True' : value === false ? 'False' : quoted(value);
  return `"${input}" is not a valid choice.`;
}

export function ofDependent(property: string): string {
  return `This field is required beside "${property}".`;
}

/** The messages of limits by their keywords; `{n}` is the limit. */
export const LIMITS = {
  multipleOf: 'Ensure this value is a multiple of step size {n}.',
  maximum: 'Ensure this value is less than or equal to {n}.',
  minimum: 'Ensure this value is greater than or equal to {n}.',
  exclusiveMaximum: 'Ensure this value is less than {n}.',
  exclusiveMinimum: 'Ensure this value is greater than {n}.',
  maxLength: 'Ensure this field has no more than {n} characters.',
  minLength: 'Ensure this field has at least {n} characters.',
  maxItems: 'Ensure this field has no more than {n} elements.',
  minItems: 'Ensure this field has at least {n} elements.',
  minContains: 'Ensure at least {n} elements are of the required form.',
  maxContains: 'Ensure no more than {n} elements are of the required form.',
  maxProperties: 'Ensure this field has no more than {n} entries.',
  minProperties: 'Ensure this field has at least {n} entries.',
} as const;

/** Returns the message for a limit that a value breaks. */
export function ofLimit(keyword: keyof typeof LIMITS, limit: string | number): string {
  return LIMITS[keyword].replace('{n}', () => String(limit));
}
