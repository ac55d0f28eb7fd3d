/** Rows that stay up to date. */

import { Listeners, type Stop } from './listeners.js';
import type { Deleted, RowEvent, Subscription } from './subscription.js';

/**
 * What became of live rows.
 *
 * - `loading`: they were not read yet
 * - `live`: they are up to date
 * - `stale`: they are shown as they were; they are read again when the connection is back
 * - `failed`: they could not be read, or the right to see them is gone
 * - `closed`: nobody keeps them up to date any more
 */
export type LiveStatus = 'loading' | 'live' | 'stale' | 'failed' | 'closed';

/** What is shown: the same object until something changes. */
export interface Snapshot<Row> {
  readonly rows: readonly Row[];
  readonly status: LiveStatus;
  /** Why it failed. */
  readonly error: unknown;
}

type AnyRowEvent<Row, Key> = RowEvent<Row, Row | Deleted<Key>>;

/** How rows are read, kept and ordered. */
export interface LiveOptions<Row, Key> {
  /** Subscribes to their changes. */
  readonly subscribe: (callback: (event: AnyRowEvent<Row, Key>) => void) => Pick<
    Subscription<AnyRowEvent<Row, Key>>,
    'ready' | 'unsubscribe' | 'onStatus' | 'error'
  >;
  /** Reads all of them, in order. */
  readonly load: () => Promise<readonly Row[]>;
  /** What tells rows apart. */
  readonly key: (row: Row) => Key;
  /** The order; without one, new rows come last. */
  readonly compare?: ((a: Row, b: Row) => number) | undefined;
}

/**
 * Rows that stay up to date: read once, changed by events, read again where events were missed.
 *
 * It subscribes before it reads, and applies what came meanwhile afterwards, so that nothing falls in between.
 */
export class Live<Row, Key = number> {
  #snapshot: Snapshot<Row> = { rows: [], status: 'loading', error: undefined };
  readonly #listeners = new Listeners<Snapshot<Row>>();
  readonly #subscription: ReturnType<LiveOptions<Row, Key>['subscribe']>;
  /** What came while the rows are being read. */
  #meanwhile: AnyRowEvent<Row, Key>[] | undefined;
  #again = false;
  readonly #stops: Stop[] = [];
  /** Done when the rows were read for the first time; fails if they cannot be. */
  readonly ready: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #options: LiveOptions<Row, Key>;

  constructor(options: LiveOptions<Row, Key>) {
    this.#options = options;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // The status says it, too.
    this.ready.catch(() => undefined);
    this.#subscription = options.subscribe((event) => this.#told(event));
    this.#stops.push(
      this.#subscription.onStatus((status) => {
        if (status === 'lost' && this.#snapshot.status === 'live') this.#show({ status: 'stale' });
        if (status === 'failed') this.#failed(this.#subscription.error);
      }),
    );
    this.#subscription.ready.then(
      () => this.#load(),
      (error: unknown) => this.#failed(error),
    );
  }

  get rows(): readonly Row[] {
    return this.#snapshot.rows;
  }

  get status(): LiveStatus {
    return this.#snapshot.status;
  }

  /** What is shown now; the same object until something changes. */
  readonly snapshot = (): Snapshot<Row> => this.#snapshot;

  /** Calls back whenever something changes. */
  readonly subscribe = (listener: (snapshot: Snapshot<Row>) => void): Stop => this.#listeners.add(listener);

  /** Reads the rows again. */
  reload(): void {
    if (this.#over()) return;
    if (this.#meanwhile === undefined) void this.#load();
    else this.#again = true;
  }

  /** Ends it. The rows stay as they are. */
  async close(): Promise<void> {
    if (this.#snapshot.status === 'closed') return;
    this.#show({ status: 'closed' });
    for (const stop of this.#stops) stop();
    await this.#subscription.unsubscribe();
  }

  #over(): boolean {
    return this.#snapshot.status === 'closed' || this.#snapshot.status === 'failed';
  }

  #told(event: AnyRowEvent<Row, Key>): void {
    if (event.action === 'resync' || event.action === 'dropped') {
      if (this.#snapshot.status === 'live') this.#show({ status: 'stale' });
      return this.reload();
    }
    if (this.#meanwhile === undefined) this.#show({ rows: this.#changed(this.rows, [event]) });
    else this.#meanwhile.push(event);
  }

  async #load(): Promise<void> {
    this.#meanwhile = [];
    this.#again = false;
    try {
      const rows = await this.#options.load();
      const meanwhile = this.#meanwhile;
      this.#meanwhile = undefined;
      if (this.#over()) return;
      // What was missed while they were read is to be read.
      if (this.#again) return void this.#load();
      this.#show({ rows: this.#changed(rows, meanwhile), status: 'live' });
      this.#resolve();
    } catch (error) {
      this.#meanwhile = undefined;
      if (this.#again && !this.#over()) return void this.#load();
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#over()) return;
    this.#show({ status: 'failed', error });
    this.#reject(error);
    this.#subscription.unsubscribe().catch(() => undefined);
  }

  /** The rows after some events. */
  #changed(rows: readonly Row[], events: readonly AnyRowEvent<Row, Key>[]): readonly Row[] {
    const { key, compare } = this.#options;
    const byKey = new Map(rows.map((row) => [key(row), row]));
    for (const event of events) {
      if (event.action === 'delete') {
        const { data } = event;
        byKey.delete(isDeleted(data) ? data.pk : key(data));
      } else if (event.action === 'create' || event.action === 'update') {
        byKey.set(key(event.data), event.data);
      }
    }
    const changed = [...byKey.values()];
    return compare === undefined || events.length === 0 ? changed : changed.sort(compare);
  }

  #show(change: Partial<Snapshot<Row>>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#listeners.tell(this.#snapshot);
  }
}

/** Whether only the key of a row is left. */
function isDeleted<Key>(data: unknown): data is Deleted<Key> {
  return typeof data === 'object' && data !== null && 'pk' in data && Object.keys(data).length === 1;
}

/**
 * The order of a list: `null` is less than everything, texts are compared by their code points, as the server does.
 *
 * @param fields names of fields, largest first with a `-`.
 */
export function orderOf<Row>(fields: readonly string[]): (a: Row, b: Row) => number {
  const terms = fields.map((field) => ({ name: field.replace(/^-/, ''), sign: field.startsWith('-') ? -1 : 1 }));
  return (a, b) => {
    for (const { name, sign } of terms) {
      const difference = compare((a as { [key: string]: unknown })[name], (b as { [key: string]: unknown })[name]);
      if (difference !== 0) return sign * difference;
    }
    return 0;
  };
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return (a as number) < (b as number) ? -1 : 1;
}

/** By code points; JavaScript compares UTF-16 units. */
function compareTexts(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
