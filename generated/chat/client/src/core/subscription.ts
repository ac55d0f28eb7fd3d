/** A subscription that outlives connections. */

import { Closed, ProtocolError } from './errors.js';
import { Inbox, Listeners, type Stop } from './listeners.js';
import type { Call, RequestOptions } from './requests.js';
import type { Json } from './scalars.js';
import type { Session, Subscriber } from './session.js';

/**
 * Something may have been missed: what is shown should be read anew.
 *
 * - `resync`: events may have been lost, here or between servers
 * - `dropped`: so many events were left out, as they came faster than they were read
 */
export type Gap =
  | { readonly action: 'resync'; readonly data: null }
  | { readonly action: 'dropped'; readonly data: { readonly count: number } };

/** What an observer tells of rows. */
export type RowEvent<Row, Deleted = Row> =
  | { readonly action: 'create'; readonly data: Row }
  | { readonly action: 'update'; readonly data: Row }
  | { readonly action: 'delete'; readonly data: Deleted }
  | Gap;

/** What is told of one row. */
export type InstanceEvent<Row, Key> =
  | { readonly action: 'update'; readonly data: Row }
  | { readonly action: 'delete'; readonly data: Deleted<Key> }
  | Gap;

/** What is left of a row that is gone, or out of sight. */
export interface Deleted<Key> {
  readonly pk: Key;
}

/** A signal of the application's own. */
export type SignalEvent<Name extends string, Payload> = { readonly action: Name; readonly data: Payload } | Gap;

/**
 * What became of a subscription.
 *
 * - `pending`: the server was asked for it
 * - `live`: nothing is missed from now on
 * - `lost`: there is no connection, and the next one asks for it; or the server could not serve it, and is asked again
 * - `failed`: the server refused it, or took it away
 * - `ended`: it was unsubscribed, by `unsubscribe()` or its signal, or the client was closed
 */
export type SubscriptionStatus = 'pending' | 'live' | 'lost' | 'failed' | 'ended';

/** How many events wait for an iterator. */
const WAITING = 1024;

/** Events whose data is a row, or its key. */
const ROWS: readonly string[] = ['create', 'update', 'delete'];

export interface SubscriptionOptions<Event> {
  readonly call: Omit<Call, 'id'>;
  /** The action that ends it. */
  readonly unsubscribe: string;
  /** The arguments of the action that ends it. */
  readonly endArgs: Call['args'];
  /** Whether subscribing and unsubscribing are answered. */
  readonly answered: boolean;
  /** The actions of its events; undefined: whatever comes under its id. */
  readonly actions: readonly string[] | undefined;
  readonly callback: ((event: Event) => void) | undefined;
  readonly request: RequestOptions;
}

/**
 * A subscription to events. It outlives connections: each new one asks for it again, under the same id, and then tells
 * `resync`, as events may have been missed in between.
 */
export class Subscription<Event extends { readonly action: string }> implements AsyncIterable<Event>, Subscriber {
  readonly id: string;
  /** What asks for it, and what ends it. */
  readonly call: Call;
  readonly end: Call;
  readonly answered: boolean;
  /** Done when it is live for the first time, or will never be. */
  readonly settled: Promise<void>;
  readonly #ready: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #status: SubscriptionStatus = 'lost';
  #error: unknown;
  #known = false;
  /** Whether somebody hears of a failure. */
  #heard = false;
  readonly #actions: ReadonlySet<string> | undefined;
  readonly #events = new Listeners<Event>();
  readonly #statuses = new Listeners<SubscriptionStatus>();
  readonly #inboxes = new Set<Inbox<Event>>();
  /** What came before anybody listened, where there is no callback. */
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

  /** Why it is lost, has failed or ended, as far as that is known. */
  get error(): unknown {
    return this.#error;
  }

  /** Done when it is live for the first time; fails if it does not come to that. */
  get ready(): Promise<void> {
    this.#heard = true;
    return this.#ready;
  }

  /** Calls back whenever the status changes. */
  onStatus(listener: (status: SubscriptionStatus) => void): Stop {
    this.#heard = true;
    return this.#statuses.add(listener);
  }

  /** Calls back with every event from now on. */
  onEvent(listener: (event: Event) => void): Stop {
    return this.#events.add(listener);
  }

  /** Ends it. No event is told from now on; done when the server has answered. */
  async unsubscribe(options: RequestOptions = {}): Promise<void> {
    this.ended();
    await this.#session.unsubscribe(this, options);
  }

  /** Connects now, if it waits for a connection. */
  retry(): void {
    if (this.#status === 'lost') this.#session.connection.open();
  }

  /** Tells the client's `onError` of something that nobody else hears of. */
  report(error: unknown): void {
    this.#session.errors.tell(error);
  }

  /** The events, beginning with those that came before anybody listened. Leaving the loop unsubscribes. */
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

  // What follows is called by the session.

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
    // Who was told may have ended it.
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
      // Something happened, but nobody knows to which row.
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
