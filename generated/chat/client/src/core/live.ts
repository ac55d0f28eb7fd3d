/** Live lists: rows that stay up to date. */

import { BACKOFF, Retry, wait, type Backoff } from './clock.js';
import { Closed, isFinal } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import type { RequestOptions } from './requests.js';
import { arrange, type AnyRowEvent, type Arrangement } from './rows.js';
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
}

/** A subscription to the changes of rows. */
export type RowSubscription<Row, Key> = Pick<
  Subscription<AnyRowEvent<Row, Key>>,
  'ready' | 'unsubscribe' | 'onStatus' | 'error'
> &
  Partial<Pick<Subscription<AnyRowEvent<Row, Key>>, 'retry' | 'report'>>;

/** The functions that read, subscribe to and order rows, and the waits between tries. */
export interface LiveOptions<Row, Key> extends Arrangement<Row, Key> {
  /** Subscribes to the changes of the rows. The options let the subscription wait without a time limit. */
  readonly subscribe: (
    callback: (event: AnyRowEvent<Row, Key>) => void,
    options: RequestOptions,
  ) => RowSubscription<Row, Key>;
  /** Reads all rows, in order; the signal aborts that. */
  readonly load: (signal: AbortSignal) => Promise<readonly Row[]>;
  /** The waits before rows are read again. The default is at most 0.5 s, doubled up to 30 s; half of it is random. */
  readonly backoff?: Partial<Backoff> | undefined;
}

/**
 * The state of live rows. The status follows from it, and from whether the rows were ever read.
 *
 * - `asking`: it waits for the subscription, or for a connection
 * - `reading`: it reads the rows, and keeps events until they are there
 * - `live`: it applies events
 * - `waiting`: it waits to read again, or to subscribe again
 * - `failed`: it does nothing until `retry()`, or until its client has another connection
 * - `closed`: it does nothing
 */
type State = 'asking' | 'reading' | 'live' | 'waiting' | 'failed' | 'closed';

/** The wait for further rows whose position only the server knows, before all are read again. */
const COLLECT: Backoff = { min: 100, max: 100, factor: 1, jitter: 0.5 };

/**
 * Rows that stay up to date: they are read once, changed by events, and read again where events were missed.
 *
 * It subscribes before it reads the rows, and then applies the events received meanwhile, so that no change is lost
 * between the two.
 */
export class Live<Row, Key = number> {
  #snapshot: Snapshot<Row> = { rows: [], status: 'loading', error: undefined };
  #state: State = 'asking';
  readonly #options: LiveOptions<Row, Key>;
  readonly #listeners = new Listeners<Snapshot<Row>>();
  readonly #retry: Retry;
  /** The subscription, as long as it is live or may become live. */
  #subscription: RowSubscription<Row, Key> | undefined;
  #deafen: Stop = () => undefined;
  /** Aborts the current read of the rows; and the events received meanwhile. */
  #reading = new AbortController();
  #meanwhile: AnyRowEvent<Row, Key>[] = [];
  /** Whether something was missed while the rows are being read. */
  #again = false;
  /** Whether the rows were ever read. */
  #known = false;
  /** Resolves when the rows have been read for the first time; rejects if they are refused, or closed before. */
  readonly ready: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(options: LiveOptions<Row, Key>) {
    this.#options = options;
    this.#retry = new Retry({ ...BACKOFF, ...options.backoff });
    this.ready = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A rejection without a handler is not an uncaught error, because the status shows it, too.
    this.ready.catch(() => undefined);
    this.#ask();
  }

  get rows(): readonly Row[] {
    return this.#snapshot.rows;
  }

  get status(): LiveStatus {
    return this.#snapshot.status;
  }

  /** Returns the current snapshot; it is the same object until something changes. */
  readonly snapshot = (): Snapshot<Row> => this.#snapshot;

  /** Calls the listener whenever something changes. */
  readonly subscribe = (listener: (snapshot: Snapshot<Row>) => void): Stop => this.#listeners.add(listener);

  /** Tries again now after any failure, and connects if there is no connection. */
  readonly retry = (): void => {
    const subscription = this.#subscription;
    if (this.#state === 'waiting' && subscription !== undefined) void this.#read();
    else if (this.#state === 'waiting' || this.#state === 'failed') this.#askAgain();
    else if (this.#state === 'asking') subscription?.retry?.();
  };

  /** Reads the rows again, even if no event is known to be missed. */
  reload(): void {
    if (this.#state === 'live') void this.#read();
    else if (this.#state === 'reading') this.#again = true;
    else this.retry();
  }

  /** Stops updating the rows and unsubscribes. The rows stay as they are. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const subscription = this.#leave();
    this.#go('closed');
    this.#reject(new Closed('the live rows were closed'));
    await subscription?.unsubscribe();
  }

  #ask(): void {
    this.#go('asking');
    // A listener may have closed it.
    if (this.#state !== 'asking') return;
    const subscription = this.#options.subscribe((event) => this.#told(event), { timeout: Infinity });
    this.#subscription = subscription;
    const current = (): boolean => this.#subscription === subscription;
    this.#deafen = subscription.onStatus((status) => {
      if (status === 'lost') this.#lost(subscription.error);
      else if (status === 'failed') this.#over(subscription.error);
      else if (status === 'ended') this.#over(subscription.error ?? new Closed('unsubscribed'));
      else if (status === 'pending' && this.#state === 'failed') this.#go('asking');
    });
    subscription.ready.then(
      () => {
        if (current() && this.#state === 'asking') void this.#read();
      },
      (error: unknown) => {
        if (current()) this.#over(error);
      },
    );
  }

  /** Subscribes again, or connects if the subscription only waits for a connection. */
  #askAgain(): void {
    if (this.#subscription === undefined) this.#ask();
    else this.#subscription.retry?.();
  }

  #told(event: AnyRowEvent<Row, Key>): void {
    if (event.action === 'resync' || event.action === 'dropped') this.#missed();
    else if (this.#state === 'reading') this.#meanwhile.push(event);
    else if (this.#known && this.#state !== 'closed') this.#apply(this.rows, [event], this.#state);
  }

  /** Reads the rows again because events were missed, unless a read is already scheduled. */
  #missed(): void {
    if (this.#state === 'reading') this.#again = true;
    else if (this.#state !== 'waiting' && this.#state !== 'closed') void this.#read();
  }

  /** Notes that events do not arrive any more, but may arrive again. */
  #lost(error: unknown): void {
    this.#cancel();
    this.#go(isFinal(error) ? 'failed' : 'asking', error);
  }

  /** Handles the end of the subscription. */
  #over(error: unknown): void {
    this.#leave();
    if (!(error instanceof Closed)) return this.#failed(error);
    this.#go('closed', error);
    this.#reject(error);
  }

  async #read(): Promise<void> {
    this.#cancel();
    const { signal } = this.#reading;
    this.#go('reading');
    if (signal.aborted) return;
    try {
      const rows = await this.#options.load(signal);
      if (!signal.aborted) this.#loaded(rows);
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #loaded(rows: readonly Row[]): void {
    this.#known = true;
    this.#apply(rows, this.#meanwhile, this.#again ? 'reading' : 'live');
    // Changes that were missed during the read need another read.
    if (this.#again) return void this.#read();
    this.#retry.accepted();
    this.#resolve();
  }

  /** Handles an error of the rows or of the subscription: tries again later, unless the error is final. */
  #failed(error: unknown): void {
    if (!isFinal(error)) {
      this.#retry.again(this.retry);
      return this.#go('waiting', error);
    }
    const subscription = this.#leave();
    this.#go('failed', error);
    this.#reject(error);
    subscription?.unsubscribe().catch((error: unknown) => subscription.report?.(error));
  }

  /**
   * Applies events to rows and shows the result. If only the server can place a row, all rows are read again shortly
   * after.
   */
  #apply(rows: readonly Row[], events: readonly AnyRowEvent<Row, Key>[], next: State): void {
    let arranged = { rows, placed: true };
    let fault: unknown;
    for (const event of events) {
      try {
        const { rows, placed } = arrange(arranged.rows, event, this.#options);
        arranged = { rows, placed: arranged.placed && placed };
      } catch (error) {
        fault = error;
        this.#subscription?.report?.(error);
      }
    }
    const incomplete = next === 'live' && (!arranged.placed || fault !== undefined);
    if (incomplete) this.#retry.again(this.retry, wait(COLLECT, 0));
    this.#go(incomplete ? 'waiting' : next, fault, arranged.rows);
  }

  /** Aborts the current read and the scheduled try. */
  #cancel(): void {
    this.#retry.stop();
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#meanwhile = [];
    this.#again = false;
  }

  /** Stops everything and returns the subscription, which the caller has to end. */
  #leave(): RowSubscription<Row, Key> | undefined {
    this.#cancel();
    this.#deafen();
    const subscription = this.#subscription;
    this.#subscription = undefined;
    return subscription;
  }

  /** Enters another state and notifies the listeners. An error is shown until the rows are live. */
  #go(state: State, error?: unknown, rows = this.rows): void {
    this.#state = state;
    const lasting = state === 'live' || state === 'failed' || state === 'closed';
    const status = lasting ? state : this.#known ? 'stale' : 'loading';
    const shown = this.#snapshot;
    const reason = state === 'live' ? undefined : (error ?? shown.error);
    if (shown.rows === rows && shown.status === status && shown.error === reason) return;
    this.#snapshot = { rows, status, error: reason };
    this.#listeners.tell(this.#snapshot);
  }
}
