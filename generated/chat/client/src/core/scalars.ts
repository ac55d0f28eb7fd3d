/** Values as JSON represents them. Each is a plain `string` or `number`; the name says what the text contains. */

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Returns the JSON text that equal values share: `bigint` with a mark, and the members of objects in one order. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    return isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  });
}

/** Tells whether a value is an object of JSON, which has members. */
export function isObject(value: unknown): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An integer of 64 bits, as `exactIntegers('bigint')` reads it: a number if a number represents it exactly. */
export type Int64 = number | bigint;

/** A date: `2026-01-31`. */
export type IsoDate = string;

/** A datetime in UTC: `2026-01-31T12:00:00.123456Z`. `new Date(value)` reads it with milliseconds. */
export type IsoDateTime = string;

/** A time of day: `12:30:45.123456`. */
export type IsoTime = string;

/** A duration in Django's format: `[days ]HH:MM:SS[.ffffff]`. */
export type Duration = string;

/** A decimal number with all its digits: `12.50`. */
export type Decimal = string;

/** A UUID in its canonical form. */
export type Uuid = string;

/** Bytes in base64 (RFC 4648, section 4). */
export type Base64 = string;
