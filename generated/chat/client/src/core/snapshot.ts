/** What live rows show, and what they are made of. */

import type { Backoff } from './clock.js';
import type { RequestOptions } from './requests.js';
import type { AnyRowEvent, Arrangement } from './rows.js';
import type { Subscription } from './subscription.js';

/**
 * The status of live rows.
 *
 * - `loading`: they have not been read yet
 * - `live`: they are up to date
 * - `stale`: they may be out of date, and are read again as soon as possible
 * - `failed`: the server refuses them; `retry()` tries again
 * - `closed`: they are not updated any more
 */
export type LiveStatus = 'loading' | 'live' | 'stale' | 'failed' | 'closed';

/** The rows and their status: the same object until something changes. */
export interface Snapshot<Row> {
  readonly rows: readonly Row[];
  readonly status: LiveStatus;
  /** The reason why the rows are not live, if it is known. */
  readonly error: unknown;
  /** With a `limit`: whether there are further rows. */
  readonly more?: boolean | undefined;
}

/** A subscription to the changes of rows. */
export type RowSubscription<Row, Key> = Pick<
  Subscription<AnyRowEvent<Row, Key>>,
  'ready' | 'unsubscribe' | 'onStatus' | 'error'
> &
  Partial<Pick<Subscription<AnyRowEvent<Row, Key>>, 'retry' | 'report' | 'onReset' | 'resumed'>>;

/** The functions that read, subscribe to and order rows, and the waits between tries. */
export interface LiveOptions<Row, Key> extends Arrangement<Row, Key> {
  /** Subscribes to the changes of the rows. The options let the subscription wait without a time limit. */
  readonly subscribe: (
    callback: (event: AnyRowEvent<Row, Key>) => void,
    options: RequestOptions,
  ) => RowSubscription<Row, Key>;
  /**
   * Reads the rows, in order; the signal aborts that. With a `limit`, `count` rows are enough; fewer mean that there are
   * no others.
   */
  readonly load: (signal: AbortSignal, count: number) => Promise<readonly Row[]>;
  /** The greatest number of rows that are shown: the first ones. */
  readonly limit?: number | undefined;
  /** Whether only the server knows which rows belong to the list: after each change the rows are read again. */
  readonly searched?: boolean | undefined;
  /** Rows that are shown, as `stale`, until they are read. */
  readonly initial?: readonly Row[] | undefined;
  /** The waits before rows are read again. The default is at most 0.5 s, doubled up to 30 s; half of it is random. */
  readonly backoff?: Partial<Backoff> | undefined;
}

/** Changes that are shown over the rows that the server tells of: see `optimistic`. */
export interface Overlay<Row, Key> {
  /** Returns the rows with the changes. */
  show(rows: readonly Row[]): readonly Row[];
  /** The server has told of a row. */
  told(key: Key, row: unknown): void;
  /** The rows are being read. */
  reading(): void;
  /** They were read. */
  loaded(): void;
  /** The rows are forgotten. */
  clear(): void;
}
