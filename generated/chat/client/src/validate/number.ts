/** Numbers by their digits, so that none is lost to the numbers of JavaScript. */

/** A number that JavaScript cannot represent exactly: `exact('0.1234567890123456789')`, `exact('1e400')`. */
export class Exact {
  constructor(
    /** The number as JSON writes it. */
    readonly text: string,
  ) {}
}

/** A number of JSON, in a schema or in a value. */
export type AnyNumber = number | bigint | Exact;

/** Returns a number that JavaScript cannot represent exactly, from its text. */
export function exact(text: string): Exact {
  return new Exact(text);
}

/** A number as `units` times ten to the power of `exponent`; the units do not end with zeros. */
export interface Digits {
  readonly units: bigint;
  readonly exponent: number;
}

/** Tells whether a value is a number of JSON. */
export function isNumber(value: unknown): value is AnyNumber {
  return (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint' || value instanceof Exact;
}

/** Returns a number as JSON writes it; JavaScript's own numbers have the fewest digits that are read as them. */
export function textOf(value: AnyNumber): string {
  return value instanceof Exact ? value.text : Object.is(value, -0) ? '0' : String(value);
}

/** Returns the digits of a number. */
export function digitsOf(value: AnyNumber): Digits {
  return digitsOfText(textOf(value)) ?? { units: 0n, exponent: 0 };
}

/** Returns the digits of a text, if it is a number of JSON. */
export function digitsOfText(text: string): Digits | undefined {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  if (found === null) return undefined;
  const [, sign = '', whole = '', places = '', power = '0'] = found;
  const digits = whole + places;
  if (digits === '') return undefined;
  const kept = digits.replace(/0+$/, '');
  const units = BigInt(kept);
  if (units === 0n) return { units, exponent: 0 };
  const exponent = Number(power) - places.length + digits.length - kept.length;
  return { units: sign === '-' ? -units : units, exponent };
}

/**
 * Returns a number less than zero, zero, or greater than zero, if the first number is less than, equal to, or greater
 * than the second.
 */
export function compare(a: AnyNumber, b: AnyNumber): number {
  // Two numbers of JavaScript are in the same order as their shortest texts.
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [digitsOf(a), digitsOf(b)];
  const [sign, other] = [signOf(left), signOf(right)];
  if (sign !== other || sign === 0) return sign - other;
  const height = heightOf(left) - heightOf(right);
  if (height !== 0) return sign * height;
  // As the first digits stand at the same place, there are not more zeros to add than there are digits.
  const least = Math.min(left.exponent, right.exponent);
  const difference = scaled(left, least) - scaled(right, least);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Tells whether a number has no fraction. */
export function isWhole(value: AnyNumber): boolean {
  if (typeof value !== 'object') return typeof value === 'bigint' || Number.isInteger(value);
  return digitsOf(value).exponent >= 0;
}

/** Tells whether a number is exactly a multiple of a step. If the step is zero, only zero is. */
export function isMultiple(value: AnyNumber, step: AnyNumber): boolean {
  const [number, unit] = [digitsOf(value), digitsOf(step)];
  if (number.units === 0n) return true;
  const zeros = number.exponent - unit.exponent;
  // A number that does not end with a zero is not a multiple of ten.
  if (zeros < 0 || unit.units === 0n) return false;
  return (number.units * power(10n, zeros, unit.units)) % unit.units === 0n;
}

/** Returns a power modulo `modulus`. */
function power(base: bigint, exponent: number, modulus: bigint): bigint {
  let [result, factor] = [1n, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

function signOf({ units }: Digits): number {
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/** Returns the place of the first digit. */
function heightOf({ units, exponent }: Digits): number {
  return String(units < 0n ? -units : units).length + exponent;
}

function scaled({ units, exponent }: Digits, least: number): bigint {
  return units * 10n ** BigInt(exponent - least);
}
