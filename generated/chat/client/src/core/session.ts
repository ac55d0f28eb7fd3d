/** What is under way on one connection: requests, subscriptions, and what comes without being asked for. */

import { Retry, Timer } from './clock.js';
import { Connection, type Close, type ConnectionOptions } from './connection.js';
import { Closed, RequestError, isFinal } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import { decode, encode, type Envelope } from './protocol.js';
import { Requests, failureOf, type Call, type RequestOptions, type RequestsOptions } from './requests.js';
import type { Json } from './scalars.js';

/** A subscription, as the session sees it: it tells what happens. */
export interface Subscriber {
  readonly id: string;
  /** What asks for it, and what ends it. */
  readonly call: Call;
  readonly end: Call;
  /** Whether both are answered. */
  readonly answered: boolean;
  /** Done when it was live, or will never be. */
  readonly settled: Promise<void>;
  /** Whether it was live before. */
  readonly known: boolean;
  /** Whether the server was asked for it on this connection, and has not refused it. */
  readonly asked: boolean;
  /** Whether an action is one of its events. */
  knows(action: string): boolean;
  /** The server is asked for it. */
  ask(): void;
  live(): void;
  /** It is not heard any more, for want of a connection or because of an error. It is kept. */
  lost(error?: unknown): void;
  told(event: { readonly action: string; readonly data: Json }): void;
  /** Tells whether anybody heard of it. */
  failed(error: unknown): boolean;
  ended(error?: unknown): void;
}

/** A subscription that is kept, on this connection and on those after it. */
interface Kept {
  readonly subscription: Subscriber;
  /** Whether it is asked for until it is live, however long that takes. */
  readonly patient: boolean;
  /** Whether the server may have it: it was asked for on this connection, and not refused. */
  there: boolean;
  readonly retry: Retry;
  /** Waits for nothing any more. */
  readonly release: Stop;
}

export interface SessionOptions extends RequestsOptions {
  readonly connection: ConnectionOptions;
  /** A stream to ask for a sign of life. */
  readonly stream: string;
}

/** A frame that is neither an answer nor belongs to a subscription. */
export interface Unasked {
  readonly stream: string;
  /** Its action, if it has the shape of an event. */
  readonly action: string | undefined;
  /** Its data, or the frame itself. */
  readonly data: Json;
}

export class Session {
  readonly connection: Connection;
  /** Events and frames of the application's own shape. */
  readonly unasked = new Listeners<Unasked>();
  /** What failed with nobody to tell. */
  readonly errors = new Listeners<unknown>();
  readonly #requests: Requests;
  readonly #kept = new Map<string, Kept>();
  #lastStream: string;

  constructor(private readonly options: SessionOptions) {
    this.#lastStream = options.stream;
    this.connection = new Connection(options.connection, {
      opened: () => this.#opened(),
      received: (text) => this.#received(text),
      lost: (close) => this.#lost(close),
      failed: (error) => this.errors.tell(error),
      refused: (error) => this.#refused(error),
      // No server has such an action. That it says so is the sign of life.
      probe: () => encode(this.#requests.wire(this.#lastStream), HEARTBEAT, HEARTBEAT, {}),
    });
    this.#requests = new Requests(this.connection, options);
  }

  nextId(): string {
    return this.#requests.nextId();
  }

  /** The `data` of the answer. */
  request(call: Call, options: RequestOptions = {}): Promise<Json> {
    return this.#requests.exchange<Json>(call, options, (data, resolve) => resolve(data));
  }

  /** An answer of many frames: `each` takes their `data` until it says that it was the last. */
  requestMany(call: Call, options: RequestOptions, each: (data: Json) => boolean): Promise<void> {
    return this.#requests.exchange<void>(call, options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }

  /** Sends a request that is not answered if it succeeds; done when it is on its way. */
  tell(call: Call, options: RequestOptions = {}): Promise<void> {
    return this.#requests.exchange<void>(call, options, 'sent');
  }

  /** Keeps a subscription, on this connection and on those after it. */
  subscribe(subscription: Subscriber, options: RequestOptions): void {
    const { signal, timeout = this.options.timeout } = options;
    const { connection } = this;
    if (signal?.aborted === true) return subscription.ended(signal.reason);
    if (connection.status === 'closed') return subscription.ended(new Closed('the client is closed'));
    const timer = new Timer();
    const abort = (): void => this.#abort(kept, signal?.reason);
    const retry = new Retry(this.options.connection.backoff);
    const release = (): void => {
      timer.clear();
      retry.stop();
      signal?.removeEventListener('abort', abort);
    };
    const kept: Kept = { subscription, patient: timeout === Infinity, there: false, retry, release };
    this.#kept.set(subscription.id, kept);
    timer.set(timeout, () => this.#giveUp(kept, this.#requests.late(subscription.call, timeout, kept.there)));
    void subscription.settled.then(() => timer.clear());
    signal?.addEventListener('abort', abort);
    if (connection.status === 'open') this.#ask(kept);
    else if (connection.status === 'refused') queueMicrotask(() => this.#shutOut(kept, connection.lastError));
    else connection.need();
  }

  /** Ends a subscription; done when the server has answered. */
  async unsubscribe(subscription: Subscriber, options: RequestOptions): Promise<void> {
    const kept = this.#kept.get(subscription.id);
    if (kept === undefined) return;
    this.#release(kept);
    try {
      await this.#lift(kept, options);
    } catch (error) {
      // With its connection it ended, too.
      if (!(error instanceof Closed)) throw error;
    }
  }

  /** Ends everything. */
  close(code?: number, reason?: string): void {
    this.connection.close(code, reason);
    const closed = new Closed('the client was closed', code);
    this.#requests.fail(closed);
    for (const kept of [...this.#kept.values()]) {
      this.#release(kept);
      kept.subscription.ended(closed);
    }
  }

  #opened(): void {
    for (const kept of [...this.#kept.values()]) this.#ask(kept);
    this.#requests.opened();
  }

  #lost(close: Close): void {
    this.#requests.lost(close);
    for (const kept of [...this.#kept.values()]) {
      kept.retry.stop();
      kept.there = false;
      kept.subscription.lost();
    }
  }

  /** No connection is tried any more: what waits for one does so in vain. */
  #refused(error: unknown): void {
    this.errors.tell(error);
    this.#requests.fail(error);
    for (const kept of [...this.#kept.values()]) this.#shutOut(kept, error);
  }

  /** There is no connection for a subscription. What was live before comes back with the next. */
  #shutOut(kept: Kept, error: unknown): void {
    if (!this.#has(kept)) return;
    const { subscription, patient } = kept;
    if (patient || subscription.known) return subscription.lost(error);
    this.#release(kept);
    subscription.failed(error);
  }

  #has(kept: Kept): boolean {
    return this.#kept.get(kept.subscription.id) === kept;
  }

  #release(kept: Kept): void {
    this.#kept.delete(kept.subscription.id);
    kept.release();
  }

  /** Asks for a subscription on this connection. */
  #ask(kept: Kept): void {
    const { subscription, patient, retry } = kept;
    if (!this.#has(kept) || this.connection.status !== 'open') return;
    const again = patient || subscription.known;
    // The first time is limited by who asked for it.
    const options = again ? {} : { timeout: Infinity };
    subscription.ask();
    // Who was told may have ended it, or the connection.
    if (!this.#has(kept) || this.connection.status !== 'open') return;
    kept.there = true;
    const asked: Promise<unknown> = subscription.answered
      ? this.request(subscription.call, options)
      : this.tell(subscription.call, options);
    asked.then(
      () => {
        if (!this.#has(kept) || !subscription.asked) return;
        retry.accepted();
        subscription.live();
      },
      (error: unknown) => {
        // A lost connection is not the end: the next one brings the subscription back.
        if (!this.#has(kept) || error instanceof Closed) return;
        // What was not refused may come to be all the same.
        if (error instanceof RequestError) kept.there = false;
        // Nor is a server that is not ready yet for what it has, or had before.
        if (again && !isFinal(error)) this.#askLater(kept, error);
        else this.#giveUp(kept, error);
      },
    );
  }

  /** Asks for a subscription again, on this connection. */
  #askLater(kept: Kept, error: unknown): void {
    kept.subscription.lost(error);
    if (this.#has(kept)) kept.retry.again(() => this.#ask(kept));
  }

  /** Ends a subscription that came to nothing. */
  #giveUp(kept: Kept, error: unknown): void {
    this.#release(kept);
    if (!kept.subscription.failed(error)) this.errors.tell(error);
    this.#liftQuietly(kept);
  }

  /** Ends a subscription whose signal says so. */
  #abort(kept: Kept, reason: unknown): void {
    this.#release(kept);
    kept.subscription.ended(reason);
    this.#liftQuietly(kept);
  }

  /** Tells the server that a subscription is over, if it may have it. */
  async #lift({ subscription, there }: Kept, options: RequestOptions): Promise<void> {
    if (!there) return;
    if (subscription.answered) await this.request(subscription.end, options);
    else await this.tell(subscription.end, options);
  }

  #liftQuietly(kept: Kept): void {
    this.#lift(kept, {}).catch((error: unknown) => {
      // With its connection it ended, too.
      if (!(error instanceof Closed)) this.errors.tell(error);
    });
  }

  #received(text: string): void {
    let received;
    try {
      received = decode(text, this.options.multiplexed);
    } catch (error) {
      return this.errors.tell(error);
    }
    const stream = received.stream ?? this.options.stream;
    if (received.stream !== undefined) this.#lastStream = received.stream;
    if (!('envelope' in received)) {
      return this.unasked.tell({ stream, action: undefined, data: received.frame });
    }
    const { envelope } = received;
    const id = typeof envelope.request_id === 'string' ? envelope.request_id : undefined;
    if (id !== undefined && this.#requests.answered(id, envelope)) return;
    const kept = id === undefined ? undefined : this.#kept.get(id);
    if (kept !== undefined && this.#told(kept, envelope)) return;
    if (envelope.response_status >= 400) {
      // An answer that came after its time, or an error that belongs to no request.
      if (id !== HEARTBEAT) this.errors.tell(failureOf({ stream }, envelope));
      return;
    }
    const { action, data } = envelope;
    this.unasked.tell({ stream, action: typeof action === 'string' ? action : undefined, data });
  }

  /** Whether an envelope was a subscription's. */
  #told(kept: Kept, envelope: Envelope): boolean {
    const { subscription } = kept;
    if (envelope.response_status >= 400) {
      const error = failureOf(subscription.call, envelope);
      if (isFinal(error)) {
        // The right to hear of it is gone: nothing comes any more.
        kept.there = false;
        this.#giveUp(kept, error);
      } else {
        this.errors.tell(error);
        this.#askLater(kept, error);
      }
      return true;
    }
    const { action, data } = envelope;
    if (typeof action !== 'string' || !subscription.knows(action)) return false;
    subscription.told({ action, data });
    return true;
  }
}

const HEARTBEAT = 'heartbeat';
