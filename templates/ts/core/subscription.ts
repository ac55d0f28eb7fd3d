/** Subscriptions, which are kept across connections. */

import { Closed, ProtocolError } from './errors.js';
import { Inbox, Listeners, type Stop } from './listeners.js';
import type { Call, RequestOptions } from './requests.js';
import type { Json } from './scalars.js';
import type { Session, Subscriber } from './session.js';

/**
 * Events that say that others may have been missed: the rows that are shown should be read again.
 *
 * - `resync`: events may have been lost, in the client or between servers
 * - `dropped`: `count` events were left out, because they arrived faster than they were read
 */
export type Gap =
  | { readonly action: 'resync'; readonly data: null }
  | { readonly action: 'dropped'; readonly data: { readonly count: number } };

/** The events of an observer of rows. */
export type RowEvent<Row, Deleted = Row> =
  | { readonly action: 'create'; readonly data: Row }
  | { readonly action: 'update'; readonly data: Row }
  | { readonly action: 'delete'; readonly data: Deleted }
  | Gap;

/** The events of one row. */
export type InstanceEvent<Row, Key> =
  | { readonly action: 'update'; readonly data: Row }
  | { readonly action: 'delete'; readonly data: Deleted<Key> }
  | Gap;

/** The key of a row that was deleted, or that the subscription does not show any more. */
export interface Deleted<Key> {
  readonly pk: Key;
}

/** An event of a signal of the application. */
export type SignalEvent<Name extends string, Payload> = { readonly action: Name; readonly data: Payload } | Gap;

/**
 * The status of a subscription.
 *
 * - `pending`: the subscribing call was sent
 * - `live`: no event is missed from now on
 * - `lost`: there is no connection, and the next one subscribes again; or the server was not able to subscribe, and is
 *   asked again
 * - `failed`: the server refused the subscription, or ended it
 * - `ended`: it was unsubscribed, by `unsubscribe()` or its signal, or the client was closed
 */
export type SubscriptionStatus = 'pending' | 'live' | 'lost' | 'failed' | 'ended';

/** The greatest number of events that may wait for an iterator. */
const WAITING = 1024;

/** The events whose data is a row, or its key. */
const ROWS: readonly string[] = ['create', 'update', 'delete'];

export interface SubscriptionOptions<Event> {
  readonly call: Omit<Call, 'id'>;
  /** The action that ends the subscription. */
  readonly unsubscribe: string;
  /** The arguments of the action that ends it. */
  readonly endArgs: Call['args'];
  /** Whether subscribing and unsubscribing are answered. */
  readonly answered: boolean;
  /** The actions of its events. If undefined, every event with the subscription's id belongs to it. */
  readonly actions: readonly string[] | undefined;
  readonly callback: ((event: Event) => void) | undefined;
  readonly request: RequestOptions;
}

/**
 * A subscription to events. It is kept across connections: each new one subscribes again, with the same id, and then
 * sends the event `resync`, because events may have been missed in between.
 */
export class Subscription<Event extends { readonly action: string }> implements AsyncIterable<Event>, Subscriber {
  readonly id: string;
  /** The calls that subscribe and unsubscribe. */
  readonly call: Call;
  readonly end: Call;
  readonly answered: boolean;
  /** Resolves when the subscription is live for the first time, or will never be. */
  readonly settled: Promise<void>;
  readonly #ready: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #status: SubscriptionStatus = 'lost';
  #error: unknown;
  #known = false;
  /** Whether the caller learns of a failure: by `ready`, a listener of the status or an iterator. */
  #heard = false;
  readonly #actions: ReadonlySet<string> | undefined;
  readonly #events = new Listeners<Event>();
  readonly #statuses = new Listeners<SubscriptionStatus>();
  readonly #inboxes = new Set<Inbox<Event>>();
  /** The events that arrived before the first listener, if there is no callback. */
  #early: Inbox<Event> | undefined;
  readonly #session: Session;

  constructor(session: Session, options: SubscriptionOptions<Event>) {
    this.#session = session;
    this.id = session.nextId();
    this.call = { ...options.call, id: this.id };
    this.end = { ...this.call, action: options.unsubscribe, args: options.endArgs };
    this.answered = options.answered;
    this.#actions = options.actions && new Set([...options.actions, 'resync', 'dropped']);
    this.#ready = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.settled = this.#ready.catch(() => undefined);
    if (options.callback === undefined) this.#early = this.#inbox();
    else this.#events.add(options.callback);
    session.subscribe(this, options.request);
  }

  get status(): SubscriptionStatus {
    return this.#status;
  }

  /** The reason why the subscription is lost, has failed or has ended, if it is known. */
  get error(): unknown {
    return this.#error;
  }

  /** Resolves when the subscription is live for the first time; rejects if it never is. */
  get ready(): Promise<void> {
    this.#heard = true;
    return this.#ready;
  }

  /** Calls the listener whenever the status changes. */
  onStatus(listener: (status: SubscriptionStatus) => void): Stop {
    this.#heard = true;
    return this.#statuses.add(listener);
  }

  /** Calls the listener with every event from now on. */
  onEvent(listener: (event: Event) => void): Stop {
    return this.#events.add(listener);
  }

  /** Ends the subscription. No event is delivered from now on; the promise resolves when the server has answered. */
  async unsubscribe(options: RequestOptions = {}): Promise<void> {
    this.ended();
    await this.#session.unsubscribe(this, options);
  }

  /** Asks the server for the subscription once more, under the same id, and returns the `data` of the answer. */
  again(options?: RequestOptions): Promise<Json> {
    return this.#session.request(this.call, options);
  }

  /** Connects now, if the subscription waits for a connection. */
  retry(): void {
    if (this.#status === 'lost') this.#session.connection.open();
  }

  /** Passes an error to the client's `onError`, because no other listener receives it. */
  report(error: unknown): void {
    this.#session.errors.tell(error);
  }

  /** Returns an iterator over the events, first those that arrived before it. Leaving the loop unsubscribes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
    this.#heard = true;
    const inbox = this.#early ?? this.#inbox();
    this.#early = undefined;
    return inbox;
  }

  #inbox(): Inbox<Event> {
    const dropped = (count: number): Event => ({ action: 'dropped', data: { count } }) as unknown as Event;
    const inbox = new Inbox<Event>(WAITING, dropped, () => {
      this.#inboxes.delete(inbox);
      this.unsubscribe().catch((error: unknown) => this.report(error));
    });
    if (this.#status === 'ended' || this.#status === 'failed') inbox.end(this.#error);
    else this.#inboxes.add(inbox);
    return inbox;
  }

  // The session calls the following members.

  get asked(): boolean {
    return this.#status === 'pending' || this.#status === 'live';
  }

  get known(): boolean {
    return this.#known;
  }

  knows(action: string): boolean {
    return this.#actions?.has(action) ?? true;
  }

  ask(): void {
    this.#set('pending');
  }

  live(): void {
    this.#set('live');
    // A listener may have ended it.
    if (this.#status !== 'live') return;
    this.#resolve();
    if (this.#known) this.told({ action: 'resync', data: null });
    this.#known = true;
  }

  lost(error?: unknown): void {
    this.#set('lost', error);
  }

  told(event: { readonly action: string; readonly data: Json }): void {
    const { action, data } = event;
    const isRow = typeof data === 'object' && data !== null && !Array.isArray(data);
    if (this.#actions !== undefined && ROWS.includes(action) && !isRow) {
      // Something happened, but it is unknown to which row.
      this.report(new ProtocolError(`${this.call.stream} ${this.call.action}: an event \`${action}\` without a row`));
      return this.told({ action: 'resync', data: null });
    }
    const told = event as unknown as Event;
    this.#events.tell(told);
    for (const inbox of this.#inboxes) inbox.push(told);
  }

  failed(error: unknown): boolean {
    this.#over('failed', error);
    return this.#heard;
  }

  ended(error?: unknown): void {
    this.#over('ended', error);
  }

  #over(status: 'failed' | 'ended', error: unknown): void {
    if (this.#status === 'failed' || this.#status === 'ended') return;
    this.#set(status, error);
    this.#reject(error ?? new Closed('unsubscribed'));
    for (const inbox of this.#inboxes) inbox.end(error);
    this.#inboxes.clear();
  }

  #set(status: SubscriptionStatus, error?: unknown): void {
    const same = this.#status === status && this.#error === error;
    if (same || this.#status === 'failed' || this.#status === 'ended') return;
    this.#status = status;
    this.#error = error;
    this.#statuses.tell(status);
  }
}
