/** Subscriptions, which are kept across connections. */

import { Retry, Timer } from './clock.js';
import { Closed, NotFound, ProtocolError, RequestError, isFinal } from './errors.js';
import { ROW_ACTIONS, type SubscribeTo, type SubscriptionStatus } from './events.js';
import { Deferred, Inbox, Listeners, onAbort, type Stop } from './listeners.js';
import type { Envelope } from './protocol.js';
import { failureOf, type Call, type RequestOptions } from './requests.js';
import type { Cursor } from './resume.js';
import { isObject, type Json } from './scalars.js';
import type { Session, Subscriber } from './session.js';
import { SUBSCRIPTION, type SubscriptionEvent, type SubscriptionState } from './states.js';

/** The greatest number of events that may wait for an iterator. */
const WAITING = 1024;

/**
 * A subscription to events. It is kept across connections: each new one subscribes again, with the same id, and then
 * sends the event `resync`, because events may have been missed in between.
 */
export class Subscription<Event extends { readonly action: string }> implements AsyncIterable<Event>, Subscriber {
  readonly id: string;
  readonly #ready = new Deferred();
  #state: SubscriptionState = 'waiting';
  #error: unknown;
  /** Whether it was live before. */
  #known = false;
  /** Whether the server may have the subscription: the call was sent on this connection, and not refused. */
  #there = false;
  /** Whether a call on this connection was not answered in time, and may be answered yet. */
  #late = false;
  /** Whether the client tries to subscribe until the subscription is live, without a time limit. */
  readonly #patient: boolean;
  /** Whether the caller learns of a failure: by `ready`, a listener of the status or an iterator. */
  #heard = false;
  readonly #events = new Listeners<Event>();
  readonly #statuses = new Listeners<SubscriptionStatus>();
  readonly #inboxes = new Set<Inbox<Event>>();
  /** The events that arrived before the first listener, if there is no callback. */
  #early: Inbox<Event> | undefined;
  /** Its place in the log of changes, if the observer has one. */
  readonly #cursor: Cursor | undefined;
  readonly #retry: Retry;
  /** The time in which it has to be live for the first time. */
  readonly #limit = new Timer();
  /** Stops to listen to the signal. */
  #deafen: Stop | undefined;

  constructor(
    private readonly session: Session,
    private readonly stream: string,
    private readonly to: SubscribeTo,
    callback: ((event: Event) => void) | undefined,
    request: RequestOptions = {},
  ) {
    const { connection, requests } = session;
    const { signal, timeout = requests.timeout } = request;
    this.id = requests.nextId();
    this.#patient = timeout === Infinity;
    this.#retry = new Retry(session.options.backoff);
    this.#cursor = to.resume?.(session);
    if (callback === undefined) this.#early = this.#inbox();
    else this.#events.add(callback);
    session.subscribers.set(this.id, this);
    this.#limit.set(timeout, () => this.#off('refused', requests.late(this.#call(), timeout, this.#there)));
    this.#deafen = onAbort(signal, () => this.#off('end', signal?.reason));
    if (connection.status === 'closed') this.#off('end', new Closed('the client is closed'));
    if (this.#isOver) return;
    if (connection.status === 'open') this.opened();
    else if (connection.status === 'refused') queueMicrotask(() => this.refused(connection.lastError));
    else connection.need();
  }

  get #isOver(): boolean {
    return this.#state === 'failed' || this.#state === 'ended';
  }

  get status(): SubscriptionStatus {
    return statusOf(this.#state);
  }

  /** The reason why the subscription is lost, has failed or has ended, if it is known. */
  get error(): unknown {
    return this.#error;
  }

  /**
   * Whether the subscription went on where it was: events tell what became of each row since, and nothing was missed.
   * Otherwise an event `resync` follows.
   */
  get resumed(): boolean {
    return this.#cursor?.resumed === true;
  }

  /** Resolves when the subscription is live for the first time; rejects if it never is. */
  get ready(): Promise<void> {
    this.#heard = true;
    return this.#ready.promise;
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

  /** Calls the listener after each `reconnect()`: whether what was read before has to be forgotten. */
  onReset(listener: (forget: boolean) => void): Stop {
    return this.session.resets.add(listener);
  }

  /** Ends the subscription. No event is delivered from now on; the promise resolves when the server has answered. */
  async unsubscribe(options: RequestOptions = {}): Promise<void> {
    if (this.#go('end')) await this.#lift(options);
  }

  /** Asks the server for the subscription once more, under the same id, and returns the `data` of the answer. */
  again(options?: RequestOptions): Promise<Json> {
    return this.session.requests.exchange(this.#call(), options);
  }

  /** Tries again now, if the subscription is not live: connects, or asks an open connection for a sign of life. */
  retry(): void {
    if (this.#go('retry')) this.#ask();
    else if (!this.#isOver) this.session.connection.wake();
  }

  /** Passes an error to the client's `onError`, because no other listener receives it. */
  report(error: unknown): void {
    this.session.errors.tell(error);
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
    if (this.#isOver) inbox.end(this.#error);
    else this.#inboxes.add(inbox);
    return inbox;
  }

  // The session calls the following members.

  opened(): void {
    if (this.#go('opened')) this.#ask();
  }

  interrupted(): void {
    this.#there = this.#late = false;
    this.#cursor?.lost();
    const { status, lastError } = this.session.connection;
    // It ended together with its connection.
    if (!this.#go('interrupted', status === 'connecting' ? undefined : lastError) && this.#state !== 'waiting') this.#gone();
  }

  refused(error: unknown): void {
    if (this.#state !== 'waiting') return;
    if (!this.#patient && !this.#known) return this.#off('refused', error);
    this.#error = error;
    this.#statuses.tell('lost');
  }

  ended(error: unknown): void {
    this.#there = false;
    this.#off('end', error);
    this.#gone();
  }

  received(envelope: Envelope): boolean {
    // What is on its way while it is being ended concerns nobody.
    if (this.#isOver) return true;
    const { action, data } = envelope;
    if (envelope.response_status >= 400) {
      const error = failureOf(this.stream, envelope);
      // If the user may not receive the events any more, no further ones arrive.
      this.#fail(error, !isFinal(error) || this.#late);
      return true;
    }
    const { events } = this.to;
    if (typeof action !== 'string') return false;
    if (events !== undefined && ![...events, 'resync', 'dropped'].includes(action)) return false;
    if (this.#cursor?.told(envelope) === false) return true;
    this.#told({ action, data });
    return true;
  }

  #call(): Call {
    const { subscribe, args, filter } = this.to;
    return { stream: this.stream, action: subscribe, args: { ...args, ...filter }, id: this.id };
  }

  /** Sends a call: one that subscribes, or one that ends the subscription. */
  #send(call: Call, options: RequestOptions): Promise<unknown> {
    return this.session.requests.exchange(call, options, this.to.reply === false ? 'sent' : undefined);
  }

  /** Subscribes on this connection. */
  #ask(): void {
    // A listener may have ended the subscription or the connection.
    if (this.#state !== 'pending') return;
    this.#there = true;
    // The first time is limited by the timeout of the caller.
    const options = this.#patient || this.#known ? {} : { timeout: Infinity };
    const call = this.#call();
    (this.#cursor?.ask(call, options) ?? this.#send(call, options)).then(
      () => this.#answered(),
      (error: unknown) => {
        // After a lost connection, the next one subscribes again.
        if (error instanceof Closed || this.#state !== 'pending') return;
        // A subscription that was not refused may still become live on the server.
        this.#late ||= !(error instanceof RequestError);
        this.#fail(error, this.#late);
      },
    );
  }

  #answered(): void {
    if (!this.#go('answered')) return;
    this.#retry.accepted();
    this.#limit.clear();
    this.#ready.resolve();
    const again = this.#known;
    this.#known = true;
    if (again && !this.resumed && this.#state === 'live') this.#told({ action: 'resync', data: null });
  }

  /**
   * Handles a failure: asks again later if the next try may succeed. `there` tells whether the server may have the
   * subscription nevertheless.
   */
  #fail(error: unknown, there: boolean): void {
    this.#there = there;
    if (isFinal(error) || !(this.#patient || this.#known)) return this.#off('refused', error);
    // Nobody waits for an answer.
    if (this.#state === 'live') this.report(error);
    if (this.#go('failed', error)) {
      this.#retry.again(() => {
        if (this.#go('due')) this.#ask();
      });
    }
  }

  #told(event: { readonly action: string; readonly data: Json }): void {
    const { action, data } = event;
    if (this.to.events !== undefined && ROW_ACTIONS.includes(action) && !isObject(data)) {
      // Something happened, but it is unknown to which row.
      this.report(new ProtocolError(`${this.stream} ${this.to.subscribe}: an event \`${action}\` without a row`));
      return this.#told({ action: 'resync', data: null });
    }
    const told = event as unknown as Event;
    this.#events.tell(told);
    for (const inbox of this.#inboxes) inbox.push(told);
  }

  /** Ends the subscription, on the server, too. */
  #off(event: 'refused' | 'end', error: unknown): void {
    if (!this.#go(event, error)) return;
    if (event === 'refused' && !this.#heard) this.report(error);
    this.#lift({}).catch((failure: unknown) => this.report(failure));
  }

  /** Unsubscribes on the server, if the server may have the subscription. It is tried again until it succeeds. */
  async #lift(options: RequestOptions): Promise<void> {
    if (!this.#there) return this.#gone();
    const { unsubscribe: action, args } = this.to;
    try {
      await this.#send({ ...this.#call(), action, args }, options);
    } catch (error) {
      // It ended together with its connection, or before.
      if (error instanceof Closed || error instanceof NotFound || !this.#there) return this.#gone();
      this.#retry.again(() => void this.#lift({}).catch(() => undefined));
      throw error;
    }
    this.#gone();
  }

  /** The server does not have the subscription any more. */
  #gone(): void {
    this.#retry.clear();
    this.session.subscribers.delete(this.id);
  }

  /** Enters the state that an event leads to. Returns false if there is none. */
  #go(event: SubscriptionEvent, error?: unknown): boolean {
    const state = SUBSCRIPTION[this.#state][event];
    if (state === undefined) return false;
    this.session.connection.log(`subscription ${this.id} (${this.to.subscribe}): ${this.#state} -> ${state}`, error);
    this.#retry.clear();
    const same = this.status === statusOf(state) && this.#error === error;
    this.#state = state;
    this.#error = error;
    if (this.#isOver) {
      this.#cursor?.lost();
      this.#limit.clear();
      this.#deafen?.();
      this.#ready.reject(error ?? new Closed('unsubscribed'));
      for (const inbox of this.#inboxes) inbox.end(error);
      this.#inboxes.clear();
    }
    if (!same) this.#statuses.tell(this.status);
    return true;
  }
}

function statusOf(state: SubscriptionState): SubscriptionStatus {
  return state === 'waiting' || state === 'pausing' ? 'lost' : state;
}
