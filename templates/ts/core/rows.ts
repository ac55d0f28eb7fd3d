/** Applies events to rows that are shown in an order. */

import { ProtocolError } from './errors.js';
import type { Deleted, RowEvent } from './events.js';
import { isObject } from './scalars.js';

/** An event of a row. A deleted row may only have its key. */
export type AnyRowEvent<Row, Key> = RowEvent<Row, Row | Deleted<Key>>;

/** The functions that identify and order rows. */
export interface Arrangement<Row, Key> {
  /** Returns the key that identifies a row. */
  readonly key: (row: Row) => Key;
  /**
   * Compares rows; without it, new rows come last. `NaN` means that only the server knows which of the two comes first.
   */
  readonly compare?: ((a: Row, b: Row) => number) | undefined;
}

/**
 * Puts a row where it belongs, in the place of the one with its key. A row whose order did not change keeps its place.
 * Returns false if only the server knows where it belongs; its values are shown nevertheless, if it was there.
 *
 * @param whole whether these are all rows; otherwise they are the first ones, and a row that comes after them is left
 * out.
 */
export function put<Row, Key>(rows: Row[], row: Row, by: Arrangement<Row, Key>, whole: boolean): boolean {
  const { compare = (): number => 0 } = by;
  const key = by.key(row);
  const at = rows.findIndex((other) => by.key(other) === key);
  const before = rows[at];
  if (before !== undefined) {
    const now = kept(before, row);
    if (compare(before, now) === 0) {
      rows[at] = now;
      return true;
    }
    rows.splice(at, 1);
  }
  const place = placeOf(rows, row, compare);
  if (place === undefined) {
    if (before !== undefined) rows.splice(at, 0, row);
    return false;
  }
  if (whole || place < rows.length) rows.splice(place, 0, row);
  return true;
}

/** Removes the row with a key. */
export function remove<Row, Key>(rows: Row[], key: Key, by: Arrangement<Row, Key>): void {
  const at = rows.findIndex((row) => by.key(row) === key);
  if (at >= 0) rows.splice(at, 1);
}

/**
 * Returns the key of the row that an event is about.
 *
 * @throws {ProtocolError} if the event has no row.
 */
export function keyOf<Row, Key>({ action, data }: AnyRowEvent<Row, Key>, by: Arrangement<Row, Key>): Key {
  if (action === 'delete' && isDeleted<Key>(data)) return data.pk;
  let cause: unknown;
  try {
    const key = by.key(data as Row);
    if (key !== undefined) return key;
  } catch (error) {
    cause = error;
  }
  throw new ProtocolError('an event has a row without a key', { cause });
}

/** Returns the first of two values if they are equal as JSON, so that what did not change stays the same object. */
export function kept<T>(before: T | undefined, now: T): T {
  return before !== undefined && same(before, now) ? before : now;
}

/** Tells whether two values are equal as JSON. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key as never], b[key as never]))
  );
}

/** Tells whether the data of an event is only the key of a row. */
function isDeleted<Key>(data: unknown): data is Deleted<Key> {
  return isObject(data) && 'pk' in data && Object.keys(data).length === 1;
}

/**
 * Finds the place of a row by binary search; undefined if that depends on a comparison that only the server can make.
 */
function placeOf<Row>(rows: readonly Row[], row: Row, compare: (a: Row, b: Row) => number): number | undefined {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const difference = compare(rows[middle] as Row, row);
    if (Number.isNaN(difference)) return undefined;
    if (difference <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
