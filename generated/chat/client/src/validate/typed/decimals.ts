/** Decimals as fields of Django REST Framework read them: by their digits, so that none is lost. */

import { digitsOfText } from '../number.js';
import type { Decimals } from '../run.js';
import { asciiDigits } from './digits.js';
import { invalid, refuse, type Refusal } from './fault.js';
import { isTooLong, NUMBER, tooLong } from './numbers.js';
import { float as shown, strip } from './shape.js';

/** The greatest number of digits of a decimal without a bound of its own. */
const MOST_DIGITS = 28;

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

const more = (code: string, most: number, what: string): Refusal =>
  refuse(code, `Ensure that there are no more than {${code}} ${what}.`, { [code]: most });

/** Reads DRF's `DecimalField` and returns its text, with as many decimal places as the field has. */
export const decimals: Decimals = (shape, maxDigits = Infinity, decimalPlaces = Infinity) => {
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
  if (total > maxDigits) return more('max_digits', maxDigits, 'digits in total');
  if (places > decimalPlaces) return more('max_decimal_places', decimalPlaces, 'decimal places');
  if (maxDigits !== Infinity && decimalPlaces !== Infinity && whole > maxDigits - decimalPlaces) {
    return more('max_whole_digits', maxDigits - decimalPlaces, 'digits before the decimal point');
  }
  if (maxDigits === Infinity && total > MOST_DIGITS) return more('max_digits', MOST_DIGITS, 'digits in total');
  return written(found, decimalPlaces === Infinity ? Math.max(-found.exponent, 0) : decimalPlaces);
};

function written({ negative, digits, exponent }: Parts, places: number): string {
  const units = BigInt(digits) * 10n ** BigInt(exponent + places);
  const text = String(units).padStart(places + 1, '0');
  const cut = text.length - places;
  const shown = places === 0 ? text : `${text.slice(0, cut)}.${text.slice(cut)}`;
  return negative && units !== 0n ? `-${shown}` : shown;
}
