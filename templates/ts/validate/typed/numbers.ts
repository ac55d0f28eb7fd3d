/** Numbers as fields of Django REST Framework read them: by their digits, so that none is lost. */

import { digitsOfText, Exact, type AnyNumber } from '../number.js';
import { asciiDigits } from './digits.js';
import { invalid, refuse, Refusal } from './fault.js';
import { float as shown, strip, type Shape } from './shape.js';

/** The greatest length of a text. A longer one is refused without being read. */
const MAX_TEXT = 1000;
/** The greatest number of digits that Python's `int` reads. */
const MAX_DIGITS = 4300;

const INTEGER = 'A valid integer is required.';
export const NUMBER = 'A valid number is required.';
export const tooLong = (): Refusal => refuse('max_string_length', 'String value too large.');
export const isTooLong = (text: string): boolean => text.length > MAX_TEXT && [...text].length > MAX_TEXT;

/** Returns the integer of a text, as Python's `int` reads it: of any size. */
export function whole(text: string): bigint | undefined {
  const [, sign, digits = ''] = /^([+-]?)(.*)$/s.exec(strip(text)) ?? [];
  const plain = plainDigits(digits);
  if (plain === undefined || !/^\d+$/.test(plain)) return undefined;
  const number = BigInt(plain);
  return sign === '-' ? -number : number;
}

/**
 * Returns a number as Python's `int` and `float` read it, in ASCII. It may have digits of any script, and underscores
 * between digits.
 */
function plainDigits(text: string): string | undefined {
  const ascii = asciiDigits(text);
  if (ascii === undefined || /(?<!\d)_|_(?!\d)/.test(ascii)) return undefined;
  return ascii.replaceAll('_', '');
}

/** Cuts `.0`, as DRF's pattern `\.0*\s*$` does. */
function withoutZeroFraction(text: string): string {
  const cut = strip(text).replace(/0+$/, '');
  return cut.endsWith('.') ? cut.slice(0, -1) : text;
}

/** Reads DRF's `IntegerField`; more than 64 bits are read, too. */
export function integer(shape: Shape): bigint | Refusal {
  if (shape.is !== 'integer' && shape.is !== 'float' && shape.is !== 'text') return invalid(INTEGER);
  if (shape.is === 'text' && isTooLong(shape.text)) return tooLong();
  const text = shape.is === 'float' ? shown(Number(shape.text)) : shape.text;
  return whole(shape.is === 'integer' ? text : withoutZeroFraction(text)) ?? invalid(INTEGER);
}

/** Reads DRF's `BigIntegerField`. */
export function bigInteger(shape: Shape): bigint | Refusal {
  if (shape.is === 'text' && isTooLong(shape.text)) return tooLong();
  const read = integer(shape);
  return read instanceof Refusal ? invalid('A valid biginteger is required.') : read;
}

/** Reads an integer of a payload by its digits. */
export function plainInteger(shape: Shape): bigint | Refusal {
  if (shape.is !== 'float') return integer(shape);
  const digits = digitsOfText(shape.text);
  // Beyond 64 bits the exact number does not matter.
  if (digits === undefined || digits.exponent < 0) return invalid(INTEGER);
  return digits.units * 10n ** BigInt(Math.min(digits.exponent, 400));
}

/** Returns what Python's `int(value)` makes of a key: a fraction is cut. */
export function key(shape: Shape): bigint | undefined {
  switch (shape.is) {
    case 'boolean':
      return BigInt(shape.value);
    case 'integer':
      return whole(shape.text);
    case 'float': {
      const number = Math.trunc(Number(shape.text));
      return Number.isFinite(number) ? BigInt(number) : undefined;
    }
    case 'text':
      return new TextEncoder().encode(shape.text).length > MAX_DIGITS ? undefined : whole(shape.text);
    default:
      return undefined;
  }
}

/** Reads DRF's `FloatField`. */
export function float(shape: Shape): number | Refusal {
  switch (shape.is) {
    case 'boolean':
      return Number(shape.value);
    case 'integer': {
      const number = Number(shape.text);
      return Number.isFinite(number) ? number : refuse('overflow', 'Integer value too large to convert to float');
    }
    case 'float':
    case 'text': {
      if (shape.is === 'text' && isTooLong(shape.text)) return tooLong();
      const text = plainDigits(strip(shape.text));
      const number = text !== undefined && FLOAT.test(text) ? Number(text) : NaN;
      return Number.isFinite(number) ? number : invalid(NUMBER);
    }
    default:
      return invalid(NUMBER);
  }
}

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Returns a number as limits compare it. */
export function numberOf(value: unknown): AnyNumber | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return typeof value === 'string' ? new Exact(value) : undefined;
}
