/** The session of one connection: its requests, its subscriptions, and the frames that the server sends on its own. */

import { Retry, Timer } from './clock.js';
import { Connection, type Close, type ConnectionOptions } from './connection.js';
import { Closed, RequestError, isFinal } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import { decode, encode, type Envelope } from './protocol.js';
import { Requests, failureOf, type Call, type RequestOptions, type RequestsOptions } from './requests.js';
import type { Json } from './scalars.js';

/** A subscription, as the session sees it: the session notifies it of what happens. */
export interface Subscriber {
  readonly id: string;
  /** The calls that subscribe and unsubscribe. */
  readonly call: Call;
  readonly end: Call;
  /** Whether both calls are answered. */
  readonly answered: boolean;
  /** Resolves when the subscription was live for the first time, or will never be. */
  readonly settled: Promise<void>;
  /** Whether the subscription was live before. */
  readonly known: boolean;
  /** Whether the subscribing call was sent on this connection, and has not been refused. */
  readonly asked: boolean;
  /** Tells whether an action is one of the events of the subscription. */
  knows(action: string): boolean;
  /** Notes that the subscribing call is sent. */
  ask(): void;
  live(): void;
  /** Notes that events do not arrive any more, because of a lost connection or an error. The subscription is kept. */
  lost(error?: unknown): void;
  told(event: { readonly action: string; readonly data: Json }): void;
  /** Notes that the subscription has failed. Returns whether the caller learns of the error. */
  failed(error: unknown): boolean;
  ended(error?: unknown): void;
}

/** A subscription that is kept, on this connection and the following ones. */
interface Kept {
  readonly subscription: Subscriber;
  /** Whether the client tries to subscribe until the subscription is live, without a time limit. */
  readonly patient: boolean;
  /** Whether the server may have the subscription: the call was sent on this connection, and not refused. */
  there: boolean;
  readonly retry: Retry;
  /** Cancels the timers, and the listener of the signal. */
  readonly release: Stop;
}

export interface SessionOptions extends RequestsOptions {
  readonly connection: ConnectionOptions;
  /** The stream that the heartbeat is sent to. */
  readonly stream: string;
}

/** A frame that is neither an answer nor belongs to a subscription. */
export interface Unasked {
  readonly stream: string;
  /** Its action, if it is an event. */
  readonly action: string | undefined;
  /** Its data, or the frame itself. */
  readonly data: Json;
}

export class Session {
  readonly connection: Connection;
  /** The events and frames in the application's own format. */
  readonly unasked = new Listeners<Unasked>();
  /** The errors that no call returns. */
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
      // No server has such an action. Its error answer shows that the connection is alive.
      probe: () => encode(this.#requests.wire(this.#lastStream), HEARTBEAT, HEARTBEAT, {}),
    });
    this.#requests = new Requests(this.connection, options);
  }

  nextId(): string {
    return this.#requests.nextId();
  }

  /** Sends a request and returns the `data` of its answer. */
  request(call: Call, options: RequestOptions = {}): Promise<Json> {
    return this.#requests.exchange<Json>(call, options, (data, resolve) => resolve(data));
  }

  /**
   * Sends a request that is answered with many frames: `each` receives their `data` until it returns true for the last
   * one.
   */
  requestMany(call: Call, options: RequestOptions, each: (data: Json) => boolean): Promise<void> {
    return this.#requests.exchange<void>(call, options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }

  /** Sends a request that is not answered if it succeeds; resolves when it was sent. */
  tell(call: Call, options: RequestOptions = {}): Promise<void> {
    return this.#requests.exchange<void>(call, options, 'sent');
  }

  /** Keeps a subscription, on this connection and the following ones. */
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

  /** Ends a subscription; resolves when the server has answered. */
  async unsubscribe(subscription: Subscriber, options: RequestOptions): Promise<void> {
    const kept = this.#kept.get(subscription.id);
    if (kept === undefined) return;
    this.#release(kept);
    try {
      await this.#lift(kept, options);
    } catch (error) {
      // The subscription ended together with its connection.
      if (!(error instanceof Closed)) throw error;
    }
  }

  /** Closes the connection, and ends all requests and subscriptions. */
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

  /** Fails what waits for a connection, because there are no further tries. */
  #refused(error: unknown): void {
    this.errors.tell(error);
    this.#requests.fail(error);
    for (const kept of [...this.#kept.values()]) this.#shutOut(kept, error);
  }

  /** Handles a refused connection for one subscription. One that was live before is kept for the next connection. */
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

  /** Subscribes on this connection. */
  #ask(kept: Kept): void {
    const { subscription, patient, retry } = kept;
    if (!this.#has(kept) || this.connection.status !== 'open') return;
    const again = patient || subscription.known;
    // The first time is limited by the timeout of the caller.
    const options = again ? {} : { timeout: Infinity };
    subscription.ask();
    // A listener may have ended the subscription or the connection.
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
        // After a lost connection, the next one subscribes again.
        if (!this.#has(kept) || error instanceof Closed) return;
        // A subscription that was not refused may still become live on the server.
        if (error instanceof RequestError) kept.there = false;
        // A server that is not ready yet is asked again, if the subscription is patient or was live before.
        if (again && !isFinal(error)) this.#askLater(kept, error);
        else this.#giveUp(kept, error);
      },
    );
  }

  /** Subscribes again later, on this connection. */
  #askLater(kept: Kept, error: unknown): void {
    kept.subscription.lost(error);
    if (this.#has(kept)) kept.retry.again(() => this.#ask(kept));
  }

  /** Ends a subscription that could not become live. */
  #giveUp(kept: Kept, error: unknown): void {
    this.#release(kept);
    if (!kept.subscription.failed(error)) this.errors.tell(error);
    this.#liftQuietly(kept);
  }

  /** Ends a subscription whose signal was aborted. */
  #abort(kept: Kept, reason: unknown): void {
    this.#release(kept);
    kept.subscription.ended(reason);
    this.#liftQuietly(kept);
  }

  /** Unsubscribes on the server, if the server may have the subscription. */
  async #lift({ subscription, there }: Kept, options: RequestOptions): Promise<void> {
    if (!there) return;
    if (subscription.answered) await this.request(subscription.end, options);
    else await this.tell(subscription.end, options);
  }

  #liftQuietly(kept: Kept): void {
    this.#lift(kept, {}).catch((error: unknown) => {
      // The subscription ended together with its connection.
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
      // This is a late answer, or an error that does not belong to a request.
      if (id !== HEARTBEAT) this.errors.tell(failureOf({ stream }, envelope));
      return;
    }
    const { action, data } = envelope;
    this.unasked.tell({ stream, action: typeof action === 'string' ? action : undefined, data });
  }

  /** Passes an envelope to a subscription. Returns whether it belonged to it. */
  #told(kept: Kept, envelope: Envelope): boolean {
    const { subscription } = kept;
    if (envelope.response_status >= 400) {
      const error = failureOf(subscription.call, envelope);
      if (isFinal(error)) {
        // The user may not receive the events any more, so no further ones arrive.
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
