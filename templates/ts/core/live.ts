/** Rows that stay up to date. */

import { BACKOFF, Retry, wait, type Backoff } from './clock.js';
import { Closed, isFinal } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import type { RequestOptions } from './requests.js';
import { arrange, type AnyRowEvent, type Arrangement } from './rows.js';
import type { Subscription } from './subscription.js';

/**
 * What became of live rows.
 *
 * - `loading`: they were not read yet
 * - `live`: they are up to date
 * - `stale`: they are shown as they were, and are read again as soon as that is possible
 * - `failed`: the server refuses them; `retry()` asks again
 * - `closed`: nobody keeps them up to date any more
 */
export type LiveStatus = 'loading' | 'live' | 'stale' | 'failed' | 'closed';

/** What is shown: the same object until something changes. */
export interface Snapshot<Row> {
  readonly rows: readonly Row[];
  readonly status: LiveStatus;
  /** Why they are not live, as far as that is known. */
  readonly error: unknown;
}

/** A subscription to the changes of rows. */
export type RowSubscription<Row, Key> = Pick<
  Subscription<AnyRowEvent<Row, Key>>,
  'ready' | 'unsubscribe' | 'onStatus' | 'error'
> &
  Partial<Pick<Subscription<AnyRowEvent<Row, Key>>, 'retry' | 'report'>>;

/** How rows are read, kept and ordered. */
export interface LiveOptions<Row, Key> extends Arrangement<Row, Key> {
  /** Subscribes to their changes. The options say that the subscription waits for as long as it takes. */
  readonly subscribe: (
    callback: (event: AnyRowEvent<Row, Key>) => void,
    options: RequestOptions,
  ) => RowSubscription<Row, Key>;
  /** Reads all of them, in order; the signal ends that. */
  readonly load: (signal: AbortSignal) => Promise<readonly Row[]>;
  /** How long to wait before they are read again. Default: at most 0.5 s, doubled up to 30 s; half of it is chance. */
  readonly backoff?: Partial<Backoff> | undefined;
}

/**
 * What it is doing. What it shows follows from that, and from whether the rows were ever read.
 *
 * - `asking`: for the subscription, or for a connection
 * - `reading`: the rows; events are kept until they are there
 * - `live`: applying events
 * - `waiting`: to read again, or to subscribe again
 * - `failed`: nothing, until `retry()`, or until its client has another connection
 * - `closed`: nothing
 */
type State = 'asking' | 'reading' | 'live' | 'waiting' | 'failed' | 'closed';

/** How long to collect rows whose places only the server knows. */
const COLLECT: Backoff = { min: 100, max: 100, factor: 1, jitter: 0.5 };

/**
 * Rows that stay up to date: read once, changed by events, read again where events were missed.
 *
 * It subscribes before it reads, and applies what came meanwhile afterwards, so that nothing falls in between.
 */
export class Live<Row, Key = number> {
  #snapshot: Snapshot<Row> = { rows: [], status: 'loading', error: undefined };
  #state: State = 'asking';
  readonly #options: LiveOptions<Row, Key>;
  readonly #listeners = new Listeners<Snapshot<Row>>();
  readonly #retry: Retry;
  /** The subscription, as long as it may come to be live. */
  #subscription: RowSubscription<Row, Key> | undefined;
  #deafen: Stop = () => undefined;
  /** What ends the reading that is under way, and what came meanwhile. */
  #reading = new AbortController();
  #meanwhile: AnyRowEvent<Row, Key>[] = [];
  /** Whether something was missed while the rows are being read. */
  #again = false;
  /** Whether the rows were ever read. */
  #known = false;
  /** Done when the rows were read for the first time; fails if they are refused, or closed before. */
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
    // The status says it, too.
    this.ready.catch(() => undefined);
    this.#ask();
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

  /** Tries again now, whatever has failed, and connects if there is no connection. */
  readonly retry = (): void => {
    const subscription = this.#subscription;
    if (this.#state === 'waiting' && subscription !== undefined) void this.#read();
    else if (this.#state === 'waiting' || this.#state === 'failed') this.#askAgain();
    else if (this.#state === 'asking') subscription?.retry?.();
  };

  /** Reads the rows again, even though nothing is known to be missed. */
  reload(): void {
    if (this.#state === 'live') void this.#read();
    else if (this.#state === 'reading') this.#again = true;
    else this.retry();
  }

  /** Ends it. The rows stay as they are. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const subscription = this.#leave();
    this.#go('closed');
    this.#reject(new Closed('the live rows were closed'));
    await subscription?.unsubscribe();
  }

  #ask(): void {
    this.#go('asking');
    // Who was told may have closed it.
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

  /** Asks again, or waits for another connection if that is what is missing. */
  #askAgain(): void {
    if (this.#subscription === undefined) this.#ask();
    else this.#subscription.retry?.();
  }

  #told(event: AnyRowEvent<Row, Key>): void {
    if (event.action === 'resync' || event.action === 'dropped') this.#missed();
    else if (this.#state === 'reading') this.#meanwhile.push(event);
    else if (this.#known && this.#state !== 'closed') this.#apply(this.rows, [event], this.#state);
  }

  /** Something was missed. If that is known already, the rows are about to be read. */
  #missed(): void {
    if (this.#state === 'reading') this.#again = true;
    else if (this.#state !== 'waiting' && this.#state !== 'closed') void this.#read();
  }

  /** Events do not come any more, but may come again. */
  #lost(error: unknown): void {
    this.#cancel();
    this.#go(isFinal(error) ? 'failed' : 'asking', error);
  }

  /** The subscription is over. */
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
    // What was missed while they were read is to be read.
    if (this.#again) return void this.#read();
    this.#retry.accepted();
    this.#resolve();
  }

  /** Neither the rows nor the subscription could be had. */
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

  /** Shows rows after some events. Where one belongs that only the server can place, it is asked in a moment. */
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

  /** Gives up what it reads or waits for. */
  #cancel(): void {
    this.#retry.stop();
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#meanwhile = [];
    this.#again = false;
  }

  /** Gives up all, and gives the subscription, to be ended. */
  #leave(): RowSubscription<Row, Key> | undefined {
    this.#cancel();
    this.#deafen();
    const subscription = this.#subscription;
    this.#subscription = undefined;
    return subscription;
  }

  /** Is in another state, and shows it. An error is shown until the rows are live. */
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
