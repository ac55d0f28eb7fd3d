/** Numbers as fields of Django REST Framework read them: by their digits, so that none is lost. */

import { digitsOfText, Exact, type AnyNumber } from '../number.js';
import { asciiDigits } from './digits.js';
import { invalid, refuse, Refusal } from './fault.js';
import { float as shown, strip, type Shape } from './shape.js';

/** The greatest length of a text. A longer one is refused without being read. */
const MAX_TEXT = 1000;
/** The greatest number of digits that Python's `int` reads. */
const MAX_DIGITS = 4300;

/** The greatest number of digits of a decimal without a bound of its own. */
const MOST_DIGITS = 28;

const INTEGER = 'A valid integer is required.';
const NUMBER = 'A valid number is required.';
const tooLong = (): Refusal => refuse('max_string_length', 'String value too large.');
const isTooLong = (text: string): boolean => text.length > MAX_TEXT && [...text].length > MAX_TEXT;

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

/** A decimal number as it is written. */
interface Parts {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

function parts(text: string): Parts | undefined {
  const [, sign, whole = '', fraction = '', power = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text.trim()) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const digits = (whole + fraction).replace(/^0+(?!$)/, '');
  return { negative: sign === '-', digits, exponent: Number(power) - fraction.length };
}

/** Removes the zeros at the end of the fraction. */
function trimmed({ negative, digits, exponent }: Parts): Parts {
  let [kept, power] = [digits, exponent];
  while (power < 0 && kept.length > 1 && kept.endsWith('0')) {
    kept = kept.slice(0, -1);
    power += 1;
  }
  return { negative, digits: kept, exponent: kept === '0' ? Math.max(power, 0) : power };
}

/** Returns how many digits there are in all, before the point, and after it, as DRF counts them. */
function precision({ digits, exponent }: Parts): readonly [total: number, whole: number, places: number] {
  if (exponent >= 0) return [digits.length + exponent, digits.length + exponent, 0];
  if (digits.length > -exponent) return [digits.length, digits.length + exponent, -exponent];
  return [-exponent, 0, -exponent];
}

/**
 * Returns the parts of the text that Python writes for a number with a fraction or an exponent (`5.0` for `5.00`), unless a
 * float does not keep all of its digits.
 */
function floatParts(text: string): Parts | undefined {
  const written = shown(Number(text));
  const [left, right] = [digitsOfText(written), digitsOfText(text)];
  if (left?.units === right?.units && left?.exponent === right?.exponent) return parts(written);
  return ((read) => read && trimmed(read))(parts(text));
}

/** Reads DRF's `DecimalField` and returns its text, with as many decimal places as the field has. */
export function decimal(shape: Shape, maxDigits = Infinity, decimalPlaces = Infinity): string | Refusal {
  let found: Parts | undefined;
  if (shape.is === 'integer') found = parts(shape.text);
  if (shape.is === 'text') {
    if (isTooLong(shape.text)) return tooLong();
    const ascii = asciiDigits(strip(shape.text));
    found = ascii === undefined ? undefined : parts(ascii.replaceAll('_', ''));
  }
  if (shape.is === 'float' && Number.isFinite(Number(shape.text))) {
    found = floatParts(shape.text);
  }
  if (found === undefined) return invalid(NUMBER);
  const [total, whole, places] = precision(found);
  if (total > maxDigits) {
    const text = 'Ensure that there are no more than {max_digits} digits in total.';
    return refuse('max_digits', text, { max_digits: maxDigits });
  }
  if (places > decimalPlaces) {
    const text = 'Ensure that there are no more than {max_decimal_places} decimal places.';
    return refuse('max_decimal_places', text, { max_decimal_places: decimalPlaces });
  }
  if (maxDigits !== Infinity && decimalPlaces !== Infinity && whole > maxDigits - decimalPlaces) {
    const text = 'Ensure that there are no more than {max_whole_digits} digits before the decimal point.';
    return refuse('max_whole_digits', text, { max_whole_digits: maxDigits - decimalPlaces });
  }
  if (maxDigits === Infinity && total > MOST_DIGITS) {
    const text = 'Ensure that there are no more than {max_digits} digits in total.';
    return refuse('max_digits', text, { max_digits: MOST_DIGITS });
  }
  return written(found, decimalPlaces === Infinity ? Math.max(-found.exponent, 0) : decimalPlaces);
}

function written({ negative, digits, exponent }: Parts, places: number): string {
  const units = BigInt(digits) * 10n ** BigInt(exponent + places);
  const text = String(units).padStart(places + 1, '0');
  const cut = text.length - places;
  const shown = places === 0 ? text : `${text.slice(0, cut)}.${text.slice(cut)}`;
  return negative && units !== 0n ? `-${shown}` : shown;
}

/** Returns a number as limits compare it. */
export function numberOf(value: unknown): AnyNumber | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return typeof value === 'string' ? new Exact(value) : undefined;
}
