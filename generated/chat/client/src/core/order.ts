/**
 * The order of a list, as the server has it: `null` is less than everything, all else is compared by what it means and
 * not by how it is written.
 *
 * A comparison gives `NaN` where only the server knows: see {@link Comparator}.
 */

/** Says which of two values of a column comes first; neither is `null`. `NaN`: only the server can say. */
export type Comparator = (a: unknown, b: unknown) => number;

/**
 * How the columns are compared by which rows are ordered, by the names that the order calls them. The value of a column
 * stands in the row under that name, or where the names after the comparator lead.
 */
export interface Comparators {
  readonly [name: string]: Comparator | readonly [Comparator, ...string[]];
}

/**
 * Compares rows, as a list is ordered by `fields`.
 *
 * @param fields names, largest first with a `-`; the last one should tell all rows apart.
 * @param order how each is compared: by a name that is not in it, only the server can. Without it texts are compared by
 * their code points, and all else as numbers.
 */
export function orderOf<Row>(fields: readonly string[], order?: Comparators): (a: Row, b: Row) => number {
  const terms = fields.map((field) => {
    const name = field.replace(/^-/, '');
    const found = order === undefined ? byType : (Object.hasOwn(order, name) && order[name]) || byDatabase;
    const [by, ...path] = typeof found === 'function' ? [found, name] : found;
    return { by, path, sign: field === name ? 1 : -1 };
  });
  return (a, b) => {
    for (const { by, path, sign } of terms) {
      const difference = compare(by, valueAt(a, path), valueAt(b, path));
      if (difference !== 0) return sign * difference;
    }
    return 0;
  };
}

/** What stands in a row; a row that is not there has no values, which orders as `null`. */
function valueAt(row: unknown, path: readonly string[]): unknown {
  let value = row;
  for (const name of path) {
    if (value === null || value === undefined) return value;
    value = Object.hasOwn(value, name) ? (value as { readonly [name: string]: unknown })[name] : undefined;
  }
  return value;
}

function compare(by: Comparator, a: unknown, b: unknown): number {
  // What is not shown is not known.
  if (a === undefined || b === undefined) return NaN;
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return by(a, b);
}

function sign<T extends number | bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
}

/** What comes first of pairs: the first parts decide, else the second. What could not be read cannot be compared. */
function byPairs(a: Pair | undefined, b: Pair | undefined): number {
  if (a === undefined || b === undefined) return NaN;
  return sign(a[0], b[0]) || sign(a[1], b[1]);
}

/** A number, and digits of a fraction without zeros at the end. */
type Pair = readonly [number, string];

const fraction = (digits = ''): string => digits.replace(/0+$/, '');

/** Only the server knows: texts in an order of its database's own, and what rows do not show. */
export const byDatabase: Comparator = (a, b) => (a !== undefined && a === b ? 0 : NaN);

/** By what JavaScript takes them for. */
const byType: Comparator = (a, b) => (typeof a === 'string' ? byText : byNumber)(a, b);

/** Numbers that JavaScript has exactly, and booleans. */
export const byNumber: Comparator = (a, b) => sign(Number(a), Number(b));

/** Integers of any size. Two that JSON had to round to the same number may have been different. */
export const byInteger: Comparator = (a, b) => {
  const [left, right] = [Number(a), Number(b)];
  if (left !== right) return sign(left, right);
  if (typeof a === 'number' || typeof b === 'number') return Number.isSafeInteger(left) ? 0 : NaN;
  return sign(BigInt(a as string), BigInt(b as string));
};

/** Texts by their code points; JavaScript compares UTF-16 units. */
export const byText: Comparator = (a, b) => {
  const [left, right] = [String(a), String(b)];
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [left.charCodeAt(at), right.charCodeAt(at)];
    // The units of what is above U+FFFF are less than U+E000 to U+FFFF, and stand for more.
    if (x !== y) return sign(x < 0xd800 || x > 0xdfff ? x : x + 0x10000, y < 0xd800 || y > 0xdfff ? y : y + 0x10000);
  }
  return left.length - right.length;
};

/** Decimals by their value, however many digits they have: `9.50`, `-1`, `1E+3`. */
export const byDecimal: Comparator = (a, b) => {
  const [left, right] = [decimal(a), decimal(b)];
  if (left === undefined || right === undefined) return NaN;
  if (left.sign !== right.sign) return left.sign - right.sign;
  return left.sign < 0 ? byPairs(right.size, left.size) : byPairs(left.size, right.size);
};

function decimal(value: unknown): { readonly sign: number; readonly size: Pair } | undefined {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(String(value));
  if (found === null) return undefined;
  const [, minus, whole = '', places = '', exponent = '0'] = found;
  const all = whole + places;
  if (all === '') return undefined;
  const digits = all.replace(/^0+/, '');
  // Where the first digit stands before the point.
  const magnitude = whole.length - (all.length - digits.length) + Number(exponent);
  return { sign: digits === '' ? 0 : minus === '-' ? -1 : 1, size: [digits === '' ? 0 : magnitude, fraction(digits)] };
}

/** Dates and moments, by the instant: with any number of digits of the fraction, and in any zone; without one, in UTC. */
export const byDateTime: Comparator = (a, b) => byPairs(instant(a), instant(b));

function instant(value: unknown): Pair | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(?:Z|([+-]\d\d):?(\d\d)?)?)?$/.exec(String(value));
  if (found === null) return undefined;
  const [, day, time = '00:00', seconds = ':00', digits, hours = '0', minutes = '0'] = found;
  const offset = Number(hours) * 60 + Number(minutes) * (hours.startsWith('-') ? -1 : 1);
  const at = Date.parse(`${day}T${time}${seconds}Z`) - offset * 60_000;
  return Number.isNaN(at) ? undefined : [at, fraction(digits)];
}

/** Lengths of time, and times of day: `[days ]HH:MM:SS[.ffffff]`, where negative days count down from midnight. */
export const byDuration: Comparator = (a, b) => byPairs(duration(a), duration(b));

function duration(value: unknown): Pair | undefined {
  const found = /^(?:(-?\d+) )?(\d+):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/.exec(String(value));
  if (found === null) return undefined;
  const [, days = '0', hours, minutes, seconds = '0', digits] = found;
  return [((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds), fraction(digits)];
}

/** UUIDs, in either case. */
export const byUuid: Comparator = (a, b) => sign(String(a).toLowerCase(), String(b).toLowerCase());

/** Bytes in base64. */
export const byBytes: Comparator = (a, b) => sign(sortable(a), sortable(b));

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Characters that are ordered as what they stand for. The end, and so the padding, is less than every byte. */
function sortable(bytes: unknown): string {
  return String(bytes).replace(/=+$/, '').replace(/./g, (digit) => String.fromCharCode(0x30 + BASE64.indexOf(digit)));
}
