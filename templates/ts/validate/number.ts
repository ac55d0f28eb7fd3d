/** Numbers by their digits, so that none is lost to the numbers of JavaScript. */

/** A number that no number of JavaScript is: `exact('0.1234567890123456789')`, `exact('1e400')`. */
export class Exact {
  constructor(
    /** As JSON writes it. */
    readonly text: string,
  ) {}
}

/** A number of JSON, as a schema or a value has it. */
export type AnyNumber = number | bigint | Exact;

/** A number that no number of JavaScript is, by its text. */
export function exact(text: string): Exact {
  return new Exact(text);
}

/** `units` times ten to the power of `exponent`; no zeros stand at the end of the units. */
export interface Digits {
  readonly units: bigint;
  readonly exponent: number;
}

/** Whether a value is a number of JSON. */
export function isNumber(value: unknown): value is AnyNumber {
  return (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint' || value instanceof Exact;
}

/** As JSON writes it; JavaScript's numbers by the fewest digits that are read as them. */
export function textOf(value: AnyNumber): string {
  return value instanceof Exact ? value.text : Object.is(value, -0) ? '0' : String(value);
}

/** The digits of a number. */
export function digitsOf(value: AnyNumber): Digits {
  return digitsOfText(textOf(value)) ?? { units: 0n, exponent: 0 };
}

/** The digits of a text, if it is a number of JSON. */
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

/** Less than zero, zero, or more, as the first number is less than the second, equal to it, or more. */
export function compare(a: AnyNumber, b: AnyNumber): number {
  // The fewest digits of two numbers are in the same order as they.
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

/** Whether it has no fraction. */
export function isWhole(value: AnyNumber): boolean {
  if (typeof value !== 'object') return typeof value === 'bigint' || Number.isInteger(value);
  return digitsOf(value).exponent >= 0;
}

/** Whether a number is a whole multiple of a step, exactly. Of a step that is zero, only zero is. */
export function isMultiple(value: AnyNumber, step: AnyNumber): boolean {
  const [number, unit] = [digitsOf(value), digitsOf(step)];
  if (number.units === 0n) return true;
  const zeros = number.exponent - unit.exponent;
  // What has no zero at its end is no multiple of ten.
  if (zeros < 0 || unit.units === 0n) return false;
  return (number.units * power(10n, zeros, unit.units)) % unit.units === 0n;
}

/** A power, as far as it matters to a remainder. */
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

/** Where the first digit stands. */
function heightOf({ units, exponent }: Digits): number {
  return String(units < 0n ? -units : units).length + exponent;
}

function scaled({ units, exponent }: Digits, least: number): bigint {
  return units * 10n ** BigInt(exponent - least);
}
