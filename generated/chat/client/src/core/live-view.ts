/** The rows behind live rows: they are read, changed by events, read again where events were missed, and shown. */

import { Retry } from './clock.js';
import { Closed, isFinal } from './errors.js';
import { ROW_ACTIONS } from './events.js';
import { inFrame } from './frames.js';
import { Deferred, Listeners, type Stop } from './listeners.js';
import { kept, keyOf, put, remove, same, type AnyRowEvent } from './rows.js';
import type { LiveOptions, LiveStatus, Overlay, RowSubscription, Snapshot } from './snapshot.js';
import { LIVE, type LiveEvent, type LiveState } from './states.js';

/** Returns how many milliseconds further rows whose position only the server knows are waited for, before all are read. */
const collect = (): number => 100 - 50 * Math.random();

/** The number of rows that are known with a limit: a few more than are shown, so that few deletions need another read. */
function wanted(limit: number): number {
  return limit + Math.min(Math.max(limit, 1), 10);
}

/** The milliseconds in which the server has to tell of a change that it has answered; then the rows are read again. */
export const SETTLE = 2000;

/** The reason why a read is aborted. */
const OVER = new Closed('the rows are not read any more');

/**
 * Rows that stay up to date: they are read once, changed by events, and read again where events were missed.
 *
 * It subscribes before it reads the rows, and then applies the events received meanwhile, so that no change is lost
 * between the two.
 */
export class LiveView<Row, Key> {
  #state: LiveState = 'asking';
  overlay: Overlay<Row, Key> | undefined;
  /** The rows as the server tells of them: all, or the first ones. */
  #rows: Row[];
  /** Whether these are all rows. */
  #whole = true;
  /** Whether the rows were up to date when the connection was lost. */
  #fresh = false;
  /** Whether the rows were ever read. */
  #known: boolean;
  #error: unknown;
  /** The keys of the rows that were applied, and whose events have not arrived. */
  readonly #applied = new Set<Key>();
  #shown: Snapshot<Row>;
  /** Whether what is shown has to be computed again. */
  #changed = false;
  #told: Snapshot<Row>;
  readonly #retry: Retry;
  /** The subscription, as long as it is live or may become live. */
  #subscription: RowSubscription<Row, Key> | undefined;
  #deafen: Stop | undefined;
  #resets: Stop | undefined;
  /** Aborts the current read of the rows; and the events received meanwhile. */
  #reading = new AbortController();
  #meanwhile: AnyRowEvent<Row, Key>[] = [];
  /** Tells what is shown, at most once in a frame. */
  readonly changes = new Listeners<Snapshot<Row>>();
  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  readonly ready = new Deferred();

  constructor(readonly options: LiveOptions<Row, Key>) {
    const { initial } = options;
    this.#rows = [...(initial ?? [])];
    this.#known = initial !== undefined;
    this.#shown = this.#told = { rows: initial ?? [], status: this.status, error: undefined, more: undefined };
    this.#retry = new Retry(options.backoff);
    this.#ask();
  }

  get status(): LiveStatus {
    const state = this.#state;
    if (state === 'live' || state === 'failed' || state === 'closed') return state;
    return this.#known ? 'stale' : 'loading';
  }

  /** Returns what is shown; it is the same object until something changes, and a row the same until it changes. */
  readonly snapshot = (): Snapshot<Row> => {
    if (!this.#changed) return this.#shown;
    this.#changed = false;
    const before = this.#shown;
    const { key, limit = Infinity } = this.options;
    const all = this.overlay?.show(this.#rows) ?? this.#rows;
    const old = new Map(before.rows.map((row) => [key(row), row]));
    const rows = all.slice(0, limit).map((row) => kept(old.get(key(row)), row));
    const now: Snapshot<Row> = {
      rows: kept(before.rows, rows),
      status: this.status,
      error: this.#error,
      more: limit < Infinity && this.#known ? all.length > limit || !this.#whole : undefined,
    };
    const unchanged = Object.keys(now).every((name) => now[name as never] === before[name as never]);
    return unchanged ? before : (this.#shown = now);
  };

  /** Tries again now after any failure; connects, or asks an open connection for a sign of life. */
  retry(): void {
    if (this.#state === 'live') return;
    const asked = this.#state === 'asking' || this.#state === 'failed';
    this.#go('retry');
    if (!asked) this.#subscription?.retry?.();
  }

  /** Reads the rows again, even if no event is known to be missed. */
  reload(): void {
    this.#go('reload');
  }

  /** Stops updating the rows and unsubscribes. The rows stay as they are. */
  async close(): Promise<void> {
    const subscription = this.#leave();
    this.#go('close');
    this.ready.reject(new Closed('the live rows were closed'));
    await subscription?.unsubscribe();
  }

  /** Shows a row that the server has answered, until it tells of it; if it does not, the rows are read again. */
  apply(row: Row): void {
    const key = this.options.key(row);
    if (!this.#known || this.has(row)) return;
    this.#receive({ action: 'update', data: row });
    this.#applied.add(key);
    setTimeout(() => {
      if (this.#applied.delete(key)) this.reload();
    }, SETTLE);
  }

  /** Tells whether the server has told of a row as it is. */
  has(row: Row): boolean {
    const { key } = this.options;
    return this.#rows.some((other) => key(other) === key(row) && same(other, row));
  }

  /** Computes what is shown again. */
  change(): void {
    this.#changed = true;
    this.#tell();
  }

  #ask(): void {
    if (this.#subscription !== undefined) return this.#subscription.retry?.();
    const subscription = this.options.subscribe((event) => this.#receive(event), { timeout: Infinity });
    this.#subscription = subscription;
    const current = (): boolean => this.#subscription === subscription;
    this.#deafen = subscription.onStatus((status) => {
      const { error } = subscription;
      if (status === 'live' && subscription.resumed === true) this.#go(this.#fresh ? 'resumed' : 'gap');
      else if (status === 'lost') this.#go(isFinal(error) ? 'refused' : 'lost', error);
      else if (status === 'failed' || status === 'ended') this.#over(error ?? new Closed('unsubscribed'));
      else if (status === 'pending') this.#go('asked');
    });
    this.#resets ??= subscription.onReset?.((forget) => this.#reset(forget));
    subscription.ready.then(
      () => {
        if (current()) this.#go('subscribed');
      },
      (error: unknown) => {
        if (current()) this.#over(error);
      },
    );
  }

  #receive(event: AnyRowEvent<Row, Key>): void {
    const { action } = event;
    if (action === 'resync' || action === 'dropped') return this.#go('gap');
    if (!ROW_ACTIONS.includes(action)) return;
    try {
      const key = keyOf(event, this.options);
      this.#applied.delete(key);
      this.overlay?.told(key, event.data);
    } catch (error) {
      this.#subscription?.report?.(error);
      this.#go('unplaced', error);
      // If they are being read, once more.
      return void (this.#state === 'reading' && this.#go('gap'));
    }
    this.#meanwhile.push(event);
    if (this.#known && !this.#apply([event])) this.#go('unplaced');
    this.change();
  }

  /** Applies events. Returns false if the rows have to be read again, because only the server knows the result. */
  #apply(events: readonly AnyRowEvent<Row, Key>[]): boolean {
    const { limit = Infinity, searched } = this.options;
    const rows = this.#rows;
    let certain = true;
    for (const event of events) {
      const key = keyOf(event, this.options);
      if (event.action === 'delete') remove(rows, key, this.options);
      else if (searched !== true) certain = put(rows, event.data as Row, this.options, this.#whole) && certain;
      else {
        certain = false;
        const at = rows.findIndex((row) => this.options.key(row) === key);
        if (at >= 0) rows[at] = kept(rows[at], event.data as Row);
      }
      if (rows.length > wanted(limit)) {
        rows.pop();
        this.#whole = false;
      }
    }
    return certain && (this.#whole || rows.length > limit);
  }

  async #read(): Promise<void> {
    const { signal } = (this.#reading = new AbortController());
    this.#meanwhile = [];
    this.overlay?.reading();
    try {
      const { load, limit = Infinity } = this.options;
      const rows = await load(signal, wanted(limit));
      if (!signal.aborted) this.#loaded(rows);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #loaded(loaded: readonly Row[]): void {
    const { key, limit = Infinity } = this.options;
    const before = new Map(this.#rows.map((row) => [key(row), row]));
    const rows = new Map<Key, Row>();
    for (const row of loaded) {
      const own = key(row);
      // A row that was read twice has moved meanwhile.
      rows.delete(own);
      rows.set(own, kept(before.get(own), row));
    }
    this.#rows = [...rows.values()].slice(0, wanted(limit));
    this.#whole = loaded.length < wanted(limit);
    this.#known = true;
    this.overlay?.loaded();
    const certain = this.#apply(this.#meanwhile);
    this.#retry.accepted();
    this.#go('loaded');
    this.ready.resolve();
    if (!certain) this.#go('unplaced');
  }

  /** Handles an error of the rows: tries again later, unless the error is final. */
  #failed(error: unknown): void {
    if (!isFinal(error)) return this.#go('unread', error);
    const subscription = this.#subscription;
    this.#over(error);
    subscription?.unsubscribe().catch((error: unknown) => subscription.report?.(error));
  }

  /** Handles the end of the subscription. */
  #over(error: unknown): void {
    this.#leave();
    const closed = error instanceof Closed;
    this.#go(closed ? 'close' : isFinal(error) ? 'refused' : 'unsubscribed', error);
    if (closed || isFinal(error)) this.ready.reject(error);
  }

  /** The credentials have changed. */
  #reset(forget: boolean): void {
    if (forget) {
      [this.#rows, this.#known, this.#error] = [[], false, undefined];
      this.overlay?.clear();
      this.change();
    }
    if (this.#state === 'failed') this.retry();
  }

  /** Removes the subscription, which the caller has to end. */
  #leave(): RowSubscription<Row, Key> | undefined {
    this.#deafen?.();
    const subscription = this.#subscription;
    this.#subscription = undefined;
    return subscription;
  }

  /** Enters the state that an event leads to, if there is one. An error is shown until the rows are live. */
  #go(event: LiveEvent, error?: unknown): void {
    const state = LIVE[this.#state][event];
    if (state === undefined) return;
    this.#fresh = event === 'lost' && (this.#state === 'live' || this.#fresh);
    this.#state = state;
    this.#error = state === 'live' ? undefined : (error ?? this.#error);
    this.#retry.clear();
    if (state !== 'rereading') this.#reading.abort(OVER);
    this.change();
    if (state === 'reading') void this.#read();
    else if (state === 'asking' && event !== 'lost' && event !== 'asked') this.#ask();
    else if (state === 'waiting' || state === 'pausing') {
      this.#retry.again(() => this.#go('due'), event === 'unplaced' ? collect() : undefined);
    } else if (state === 'closed') this.#resets?.();
  }

  /** Tells what is shown, in the next frame. */
  readonly #tell = inFrame(() => {
    const now = this.snapshot();
    if (now === this.#told) return;
    this.#told = now;
    this.changes.tell(now);
  });
}
