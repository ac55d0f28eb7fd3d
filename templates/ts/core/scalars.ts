/** Values as JSON represents them. Each is a plain `string` or `number`; the name says what the text contains. */

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Tells whether a value is an object of JSON, which has members. */
export function isObject(value: unknown): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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
