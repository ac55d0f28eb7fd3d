/** Applies events to rows that are shown in an order. */

import { ProtocolError } from './errors.js';
import type { Deleted, RowEvent } from './subscription.js';

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

/** The rows after an event. */
export interface Arranged<Row> {
  readonly rows: readonly Row[];
  /** Whether all rows are in their places. If not, only the server knows where one belongs. */
  readonly placed: boolean;
}

/**
 * Returns the rows after an event. A row whose order did not change keeps its place; another one moves to its new
 * place.
 *
 * @throws {ProtocolError} if the event has no row.
 */
export function arrange<Row, Key>(
  rows: readonly Row[],
  event: AnyRowEvent<Row, Key>,
  by: Arrangement<Row, Key>,
): Arranged<Row> {
  const { action, data } = event;
  if (action !== 'create' && action !== 'update' && action !== 'delete') return { rows, placed: true };
  const key = action === 'delete' && isDeleted(data) ? data.pk : keyOf(data as Row, by);
  const at = rows.findIndex((row) => by.key(row) === key);
  const others = at < 0 ? rows : spliced(rows, at, 1);
  if (action === 'delete') return { rows: others, placed: true };
  const row = data as Row;
  const { compare } = by;
  const before = rows[at];
  if (before !== undefined && (compare?.(before, row) ?? 0) === 0) return { rows: spliced(rows, at, 1, row), placed: true };
  const place = compare === undefined ? others.length : placeOf(others, row, compare);
  if (place !== undefined) return { rows: spliced(others, place, 0, row), placed: true };
  // The values of the row are known nevertheless, but its place is not.
  return { rows: before === undefined ? rows : spliced(rows, at, 1, row), placed: false };
}

function keyOf<Row, Key>(row: Row, by: Arrangement<Row, Key>): Key {
  let key: Key | undefined;
  try {
    key = by.key(row);
  } catch (error) {
    throw new ProtocolError('an event has a row that cannot be read', { cause: error });
  }
  if (key === undefined) throw new ProtocolError('an event has a row without a key');
  return key;
}

function spliced<Row>(rows: readonly Row[], at: number, removed: number, ...added: readonly Row[]): readonly Row[] {
  const copy = [...rows];
  copy.splice(at, removed, ...added);
  return copy;
}

/** Tells whether the data of an event is only the key of a row. */
function isDeleted<Key>(data: unknown): data is Deleted<Key> {
  return typeof data === 'object' && data !== null && 'pk' in data && Object.keys(data).length === 1;
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
