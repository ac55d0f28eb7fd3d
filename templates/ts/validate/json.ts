/**
 * Values as JSON represents them, and when two of them are equal.
 *
 * A value is validated as `JSON.stringify` writes it: a value with a `toJSON` is what that returns, members that are
 * `undefined` or functions are left out, numbers that are not finite are `null`. Beyond that a `bigint` is an integer.
 */

import { digitsOf, Exact, isNumber, textOf, type AnyNumber } from './number.js';

/** The types of JSON Schema; `undefined` for a value that JSON cannot represent. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | undefined;

/** A JSON object. */
export type Members = { readonly [key: string]: unknown };

/** Returns the value that JSON would have in the place of this one. */
export function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null || value instanceof Exact) return value;
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf();
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? plain((toJSON as () => unknown).call(value)) : value;
}

/** Returns the type of a plain value. */
export function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (isNumber(value)) return 'number';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'object' || type === 'string' || type === 'boolean' ? type : undefined;
}

/** Returns the items of an array: a hole is `null`. */
export function itemsOf(value: readonly unknown[]): readonly unknown[] {
  return Array.from(value, (item) => (isSaid(item) ? plain(item) : null));
}

/** Returns the members of an object that JSON would have. */
export function membersOf(value: object): ReadonlyMap<string, unknown> {
  const members = new Map<string, unknown>();
  for (const key of Object.keys(value)) {
    const member = plain((value as Members)[key]);
    if (isSaid(member)) members.set(key, member);
  }
  return members;
}

/** Returns a member of a schema, which may have any name. */
export function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Members)[key] : undefined;
}

function isSaid(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

/** Returns how many code points a text has. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at + 1 < text.length; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      length -= 1;
      at += 1;
    }
  }
  return length;
}

/**
 * Returns the text that all equal values share: numbers by their digits, objects in any order of their keys.
 *
 * @param step is called for every value, and may throw where there are too many.
 */
export function canonical(value: unknown, step: () => void = () => undefined): string {
  step();
  switch (kindOf(value)) {
    case 'number': {
      const { units, exponent } = digitsOf(value as AnyNumber);
      return `${units}e${exponent}`;
    }
    case 'array':
      return `[${itemsOf(value as readonly unknown[]).map((item) => canonical(item, step)).join()}]`;
    case 'object': {
      const members = [...membersOf(value as object)].sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member, step)}`).join()}}`;
    }
    default:
      return JSON.stringify(value) ?? 'null';
  }
}

/** Returns the JSON text of a value, as messages quote it: numbers with all their digits. */
export function quoted(value: unknown): string {
  switch (kindOf(value)) {
    case 'number':
      return textOf(value as AnyNumber);
    case 'array':
      return `[${itemsOf(value as readonly unknown[]).map(quoted).join()}]`;
    case 'object': {
      const members = [...membersOf(value as object)];
      return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${quoted(member)}`).join()}}`;
    }
    default:
      return JSON.stringify(value) ?? 'null';
  }
}
