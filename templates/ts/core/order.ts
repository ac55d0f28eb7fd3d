/**
 * The order of a list, the same as on the server: `null` is less than everything, and all other values are compared by
 * what they mean and not by their text.
 *
 * A comparison returns `NaN` where only the server knows the order: see {@link Comparator}.
 */

/**
 * Compares two values of a column, which are not `null`, and tells which one comes first. `NaN` means that only the
 * server knows.
 */
export type Comparator = (a: unknown, b: unknown) => number;

/**
 * The comparators of the columns by which rows are ordered, by the names in `order_by`. The value of a column is the
 * row's property of that name, or at the path that follows the comparator.
 */
export interface Comparators {
  readonly [name: string]: Comparator | readonly [Comparator, ...string[]];
}

/**
 * Returns a function that compares rows in the order of `fields`.
 *
 * @param fields names, with a `-` for descending order; the last one should be unique for each row.
 * @param order the comparators by name: the order of a name without one is known to the server only. Without `order`
 * texts are compared by their code points, and all other values as numbers.
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

/**
 * Returns the value at a path in a row. A related row that does not exist has no values, which is ordered like `null`.
 */
function valueAt(row: unknown, path: readonly string[]): unknown {
  let value = row;
  for (const name of path) {
    if (value === null || value === undefined) return value;
    value = Object.hasOwn(value, name) ? (value as { readonly [name: string]: unknown })[name] : undefined;
  }
  return value;
}

function compare(by: Comparator, a: unknown, b: unknown): number {
  // A value that the row does not show is unknown.
  if (a === undefined || b === undefined) return NaN;
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return by(a, b);
}

function sign<T extends number | bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
}

/**
 * Compares pairs by their first parts, and if those are equal by their second parts. A missing pair could not be parsed
 * and cannot be compared.
 */
function byPairs(a: Pair | undefined, b: Pair | undefined): number {
  if (a === undefined || b === undefined) return NaN;
  return sign(a[0], b[0]) || sign(a[1], b[1]);
}

/** A number, and the digits of a fraction without zeros at the end. */
type Pair = readonly [number, string];

const fraction = (digits = ''): string => digits.replace(/0+$/, '');

/**
 * Compares values whose order only the server knows: texts in a collation of the database, and values that rows do not
 * show.
 */
export const byDatabase: Comparator = (a, b) => (a !== undefined && a === b ? 0 : NaN);

/** Compares values by their type in JavaScript. */
const byType: Comparator = (a, b) => (typeof a === 'string' ? byText : byNumber)(a, b);

/** Compares booleans, and numbers that JavaScript represents exactly. */
export const byNumber: Comparator = (a, b) => sign(Number(a), Number(b));

/** Compares integers of any size. Two that JSON rounded to the same number may have been different. */
export const byInteger: Comparator = (a, b) => {
  const [left, right] = [Number(a), Number(b)];
  if (left !== right) return sign(left, right);
  if (typeof a === 'number' || typeof b === 'number') return Number.isSafeInteger(left) ? 0 : NaN;
  return sign(BigInt(a as string), BigInt(b as string));
};

/** Compares texts by their code points, whereas JavaScript compares UTF-16 units. */
export const byText: Comparator = (a, b) => {
  const [left, right] = [String(a), String(b)];
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [left.charCodeAt(at), right.charCodeAt(at)];
    // The surrogates of code points above U+FFFF are less than U+E000 to U+FFFF, but mean greater code points.
    if (x !== y) return sign(x < 0xd800 || x > 0xdfff ? x : x + 0x10000, y < 0xd800 || y > 0xdfff ? y : y + 0x10000);
  }
  return left.length - right.length;
};

/** Compares decimals by their value, with any number of digits: `9.50`, `-1`, `1E+3`. */
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
  // The place of the first digit that is not zero, before the point.
  const magnitude = whole.length - (all.length - digits.length) + Number(exponent);
  return { sign: digits === '' ? 0 : minus === '-' ? -1 : 1, size: [digits === '' ? 0 : magnitude, fraction(digits)] };
}

/**
 * Compares dates and datetimes by their instant, with any number of fractional digits and in any zone; the default is
 * UTC.
 */
export const byDateTime: Comparator = (a, b) => byPairs(instant(a), instant(b));

function instant(value: unknown): Pair | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(?:Z|([+-]\d\d):?(\d\d)?)?)?$/.exec(String(value));
  if (found === null) return undefined;
  const [, day, time = '00:00', seconds = ':00', digits, hours = '0', minutes = '0'] = found;
  const offset = Number(hours) * 60 + Number(minutes) * (hours.startsWith('-') ? -1 : 1);
  const at = Date.parse(`${day}T${time}${seconds}Z`) - offset * 60_000;
  return Number.isNaN(at) ? undefined : [at, fraction(digits)];
}

/** Compares durations and times of day: `[days ]HH:MM:SS[.ffffff]`, where negative days count down from midnight. */
export const byDuration: Comparator = (a, b) => byPairs(duration(a), duration(b));

function duration(value: unknown): Pair | undefined {
  const found = /^(?:(-?\d+) )?(\d+):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/.exec(String(value));
  if (found === null) return undefined;
  const [, days = '0', hours, minutes, seconds = '0', digits] = found;
  return [((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds), fraction(digits)];
}

/** Compares UUIDs, without regard to case. */
export const byUuid: Comparator = (a, b) => sign(String(a).toLowerCase(), String(b).toLowerCase());

/** Compares bytes in base64. */
export const byBytes: Comparator = (a, b) => sign(sortable(a), sortable(b));

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Replaces base64 characters by characters in the order of their values. The end, and so the padding, is less than
 * every byte.
 */
function sortable(bytes: unknown): string {
  return String(bytes).replace(/=+$/, '').replace(/./g, (digit) => String.fromCharCode(0x30 + BASE64.indexOf(digit)));
}
