/** What is under way on one connection: requests, answers of many frames, subscriptions. */

import { Timer, wait } from './clock.js';
import { Connection, type Close, type ConnectionOptions } from './connection.js';
import { Closed, QueueFull, RequestError, ServerError, TimedOut, errorOf } from './errors.js';
import { Listeners } from './listeners.js';
import { decode, encode, type Arguments, type Envelope } from './protocol.js';
import type { Json } from './scalars.js';

/** How long a request may take, and what ends it before. */
export interface RequestOptions {
  /** Ends the wait for the answer. What was sent is not taken back. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call to the answer, the wait for a connection included. */
  readonly timeout?: number | undefined;
}

/** A call of an action. */
export interface Call {
  readonly stream: string;
  readonly action: string;
  readonly args: Arguments;
  /** Whether it may be sent again if the connection was lost before the answer: it changes nothing. */
  readonly repeatable: boolean;
  /** The id of a subscription that it is about; else it gets one of its own. */
  readonly id?: string;
}

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
  /** Whether the server was asked, and has not answered. */
  readonly pending: boolean;
  /** Whether an action is one of its events. */
  knows(action: string): boolean;
  asked(): void;
  live(): void;
  lost(): void;
  told(event: { readonly action: string; readonly data: Json }): void;
  /** Tells whether anybody heard of it. */
  failed(error: unknown): boolean;
  ended(error?: unknown): void;
}

interface Pending {
  readonly id: string;
  readonly call: Call;
  readonly text: string;
  sent: boolean;
  /** It is on its way. */
  transmitted(): void;
  /** Takes an answer. */
  answer(envelope: Envelope): void;
  fail(error: unknown): void;
}

/** What makes a result of answers: called with each until it settles. */
type Take<T> = (data: Json, resolve: (value: T) => void) => void;

export interface SessionOptions {
  readonly connection: ConnectionOptions;
  /** Whether frames are wrapped in `{"stream", "payload"}`. */
  readonly multiplexed: boolean;
  /** A stream to ask for a sign of life. */
  readonly stream: string;
  /** Milliseconds for a request that says nothing else. */
  readonly timeout: number;
  /** How many requests may wait for a connection. */
  readonly queue: number;
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
  /** In the order of the calls. */
  readonly #pending = new Map<string, Pending[]>();
  readonly #subscriptions = new Map<string, Subscriber>();
  #ids = 0;
  #lastStream: string;

  constructor(private readonly options: SessionOptions) {
    this.#lastStream = options.stream;
    this.connection = new Connection(options.connection, {
      opened: () => this.#opened(),
      received: (text) => this.#received(text),
      lost: (close) => this.#lost(close),
      // No server has such an action. That it says so is the sign of life.
      probe: () => encode(this.#wire(this.#lastStream), HEARTBEAT, HEARTBEAT, {}),
    });
  }

  nextId(): string {
    this.#ids += 1;
    return String(this.#ids);
  }

  /** The `data` of the answer. */
  request(call: Call, options: RequestOptions = {}): Promise<Json> {
    return this.#exchange<Json>(call, options, (data, resolve) => resolve(data));
  }

  /** An answer of many frames: `each` takes their `data` until it says that it was the last. */
  requestMany(call: Call, options: RequestOptions, each: (data: Json) => boolean): Promise<void> {
    return this.#exchange<void>(call, options, (data, resolve) => {
      if (each(data)) resolve();
    });
  }

  /** Sends a request that is not answered if it succeeds; done when it is on its way. */
  tell(call: Call, options: RequestOptions = {}): Promise<void> {
    return this.#exchange<void>(call, options, 'sent');
  }

  /** Keeps a subscription, on this connection and on those after it. */
  subscribe(subscription: Subscriber, options: RequestOptions): void {
    this.#subscriptions.set(subscription.id, subscription);
    const { signal, timeout = this.options.timeout } = options;
    const give = (error: unknown): void => this.#giveUp(subscription, error);
    const timer = new Timer();
    timer.set(timeout, () => give(new TimedOut(`${describe(subscription.call)}: not live within ${timeout} ms`)));
    const abort = (): void => give(signal?.reason);
    signal?.addEventListener('abort', abort);
    const settled = (): void => {
      timer.clear();
      signal?.removeEventListener('abort', abort);
    };
    subscription.settled.then(settled);
    if (signal?.aborted === true) return abort();
    if (this.connection.status === 'closed') return give(new Closed('the client is closed'));
    if (this.connection.status === 'open') this.#ask(subscription, 0);
    else this.connection.open();
  }

  /** Ends a subscription; done when the server has answered. */
  async unsubscribe(subscription: Subscriber, options: RequestOptions): Promise<void> {
    if (!this.#subscriptions.delete(subscription.id)) return;
    try {
      await this.#lift(subscription, options);
    } catch (error) {
      // With its connection it ended, too.
      if (!(error instanceof Closed)) throw error;
    }
  }

  /** Ends everything. */
  close(code?: number, reason?: string): void {
    this.connection.close(code, reason);
    const closed = new Closed('the client was closed', code);
    for (const pending of this.#all()) pending.fail(closed);
    this.#pending.clear();
    for (const subscription of [...this.#subscriptions.values()]) subscription.ended(closed);
    this.#subscriptions.clear();
  }

  #exchange<T>(call: Call, options: RequestOptions, take: Take<T> | 'sent'): Promise<T> {
    const { signal, timeout = this.options.timeout } = options;
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      if (this.connection.status === 'closed') return reject(new Closed('the client is closed'));
      const timer = new Timer();
      const settle = (then: () => void): void => {
        timer.clear();
        signal?.removeEventListener('abort', abort);
        this.#remove(pending);
        then();
      };
      const fail = (error: unknown): void => settle(() => reject(error as Error));
      const done = (value: T): void => settle(() => resolve(value));
      const abort = (): void => fail(signal?.reason);
      const id = call.id ?? this.nextId();
      const pending: Pending = {
        id,
        call,
        text: encode(this.#wire(call.stream), call.action, id, call.args),
        sent: false,
        transmitted: () => (take === 'sent' ? done(undefined as T) : undefined),
        answer: (envelope) => {
          if (envelope.response_status >= 400) fail(failureOf(call, envelope));
          else if (take !== 'sent') take(envelope.data, done);
        },
        fail,
      };
      timer.set(timeout, () => fail(new TimedOut(`${describe(call)}: no answer within ${timeout} ms`)));
      signal?.addEventListener('abort', abort);
      this.#send(pending);
    });
  }

  /** Sends it, or keeps it until there is a connection. */
  #send(pending: Pending): void {
    this.#pending.set(pending.id, [...(this.#pending.get(pending.id) ?? []), pending]);
    if (this.connection.status === 'open') return this.#transmit(pending);
    if (this.#waiting() > this.options.queue) {
      return pending.fail(new QueueFull(`${this.options.queue} requests wait for a connection`));
    }
    this.connection.open();
  }

  #transmit(pending: Pending): void {
    pending.sent = true;
    this.connection.send(pending.text);
    pending.transmitted();
  }

  #waiting(): number {
    return this.#all().filter((pending) => !pending.sent).length;
  }

  #all(): Pending[] {
    return [...this.#pending.values()].flat();
  }

  #remove(pending: Pending): void {
    const others = this.#pending.get(pending.id)?.filter((other) => other !== pending) ?? [];
    if (others.length === 0) this.#pending.delete(pending.id);
    else this.#pending.set(pending.id, others);
  }

  #wire(stream: string): string | undefined {
    return this.options.multiplexed ? stream : undefined;
  }

  #opened(): void {
    for (const subscription of [...this.#subscriptions.values()]) this.#ask(subscription, 0);
    for (const pending of this.#all()) {
      if (!pending.sent && this.connection.status === 'open') this.#transmit(pending);
    }
  }

  /** Asks for a subscription on this connection. `tries`: how often that failed before. */
  #ask(subscription: Subscriber, tries: number): void {
    const current = (): boolean => this.#subscriptions.get(subscription.id) === subscription;
    // The first time is limited by who asked for it.
    const options = subscription.known ? {} : { timeout: Infinity };
    subscription.asked();
    const asked: Promise<unknown> = subscription.answered
      ? this.request(subscription.call, options)
      : this.tell(subscription.call, options);
    asked.then(
      () => {
        if (current()) subscription.live();
      },
      (error: unknown) => {
        if (!current()) return;
        // A lost connection is not the end: the next one brings the subscription back.
        if (error instanceof Closed) return;
        // Nor is a server that is not ready yet for what it had before.
        if (subscription.known && (error instanceof ServerError || error instanceof TimedOut)) {
          new Timer().set(wait(this.options.connection.backoff, tries), () => {
            if (current() && this.connection.status === 'open') this.#ask(subscription, tries + 1);
          });
          return;
        }
        this.#giveUp(subscription, error);
      },
    );
  }

  /** Ends a subscription that came to nothing. */
  #giveUp(subscription: Subscriber, error: unknown): void {
    this.#subscriptions.delete(subscription.id);
    const asked = subscription.pending;
    const heard = subscription.failed(error);
    if (!heard) this.errors.tell(error);
    // What was not refused may come to be all the same.
    if (asked && !(error instanceof RequestError)) this.#lift(subscription, {}).catch(() => undefined);
  }

  /** Tells the server that a subscription is over. One of a lost connection is not known to it. */
  async #lift(subscription: Subscriber, options: RequestOptions): Promise<void> {
    if (this.connection.status !== 'open') return;
    if (subscription.answered) await this.request(subscription.end, options);
    else await this.tell(subscription.end, options);
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
    const pending = id === undefined ? undefined : this.#pendingOf(id, envelope);
    if (pending !== undefined) return pending.answer(envelope);
    const subscription = id === undefined ? undefined : this.#subscriptions.get(id);
    if (subscription !== undefined && this.#told(subscription, envelope)) return;
    if (envelope.response_status >= 400) {
      // An answer that came after its time, or an error that belongs to no request.
      if (id !== HEARTBEAT) this.errors.tell(failureOf({ stream }, envelope));
      return;
    }
    const { action, data } = envelope;
    this.unasked.tell({ stream, action: typeof action === 'string' ? action : undefined, data });
  }

  /** The request that an answer belongs to. An event has the id of its subscription, and another action. */
  #pendingOf(id: string, envelope: Envelope): Pending | undefined {
    const siblings = this.#pending.get(id);
    const own = siblings?.find((pending) => pending.sent && pending.call.action === envelope.action);
    if (own !== undefined || envelope.response_status < 400) return own;
    return siblings?.find((pending) => pending.sent);
  }

  /** Whether an envelope was a subscription's. */
  #told(subscription: Subscriber, envelope: Envelope): boolean {
    if (envelope.response_status >= 400) {
      // The right to hear of it is gone: nothing comes any more.
      this.#giveUp(subscription, failureOf(subscription.call, envelope));
      return true;
    }
    const { action, data } = envelope;
    if (typeof action !== 'string' || !subscription.knows(action)) return false;
    subscription.told({ action, data });
    return true;
  }

  #lost(close: Close): void {
    for (const pending of this.#all()) {
      if (!pending.sent) continue;
      if (pending.call.repeatable) pending.sent = false;
      else pending.fail(new Closed(`the connection was lost before the answer (${close.code})`, close.code, true));
    }
    for (const subscription of this.#subscriptions.values()) subscription.lost();
  }
}

const HEARTBEAT = 'heartbeat';

function describe(call: Call): string {
  return `${call.stream} ${call.action}`;
}

function failureOf(call: { readonly stream: string }, envelope: Envelope): RequestError {
  const { action, errors, response_status: status } = envelope;
  return errorOf({ stream: call.stream, action, status, errors });
}
