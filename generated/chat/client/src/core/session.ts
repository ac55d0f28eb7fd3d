/** The session of one connection: its requests, its subscriptions, and the frames that the server sends on its own. */

import { Connection, type ConnectionEvents } from './connection.js';
import { Closed } from './errors.js';
import { Listeners } from './listeners.js';
import type { ClientOptions } from './options.js';
import { decode, isEnvelope, type Envelope } from './protocol.js';
import { Requests, failureOf } from './requests.js';
import type { Json } from './scalars.js';
import type { Close } from './socket.js';

/** A subscription, as the session sees it: the session notifies it of what happens. */
export interface Subscriber {
  readonly id: string;
  /** There is a connection. */
  opened(): void;
  /** The connection is lost. */
  interrupted(): void;
  /** There are no further tries to connect, because of the error. */
  refused(error: unknown): void;
  /** The client is closed. */
  ended(error: unknown): void;
  /** Takes an envelope with its id. Returns whether it belongs to it. */
  received(envelope: Envelope): boolean;
}

/** A frame that is neither an answer nor belongs to a subscription. */
export interface Unasked {
  readonly stream: string;
  /** Its action, if it is an event. */
  readonly action: string | undefined;
  /** Its data, or the frame itself. */
  readonly data: Json;
}

export class Session implements ConnectionEvents {
  readonly connection: Connection;
  readonly requests: Requests;
  /** The subscriptions that are kept, on this connection and the following ones, and those that are being ended. */
  readonly subscribers = new Map<string, Subscriber>();
  /** The events and frames in the application's own format. */
  readonly unasked = new Listeners<Unasked>();
  /** The errors that no call returns. */
  readonly errors = new Listeners<unknown>();
  /** Told after `reconnect()`: whether rows that were read before have to be forgotten. */
  readonly resets = new Listeners<boolean>();
  #lastStream: string;

  /**
   * @param stream the stream of frames that do not name theirs, and of the heartbeat.
   * @param multiplexed whether frames are wrapped in `{"stream", "payload"}`.
   */
  constructor(
    readonly options: ClientOptions,
    path: string,
    private readonly stream: string,
    private readonly multiplexed = false,
  ) {
    this.#lastStream = stream;
    this.connection = new Connection(options, path, this);
    this.requests = new Requests(this.connection, options, multiplexed);
  }

  /** Connects again. With `forget`, requests that were not answered fail, because they are those of another user. */
  reconnect(forget: boolean): void {
    if (forget) this.requests.fail(new Closed('the credentials have changed'));
    this.connection.reopen();
    this.resets.tell(forget);
  }

  /** Closes the connection, and ends all requests and subscriptions. */
  close(code?: number, reason?: string): void {
    this.connection.close(code, reason);
    const closed = new Closed('the client is closed', code);
    this.requests.fail(closed);
    this.#each((subscriber) => subscriber.ended(closed));
  }

  #each(then: (subscriber: Subscriber) => void): void {
    for (const subscriber of [...this.subscribers.values()]) then(subscriber);
  }

  // The connection calls the following members.

  opened(): void {
    this.#each((subscriber) => subscriber.opened());
    this.requests.opened();
  }

  lost(close: Close): void {
    this.requests.lost(close);
    this.#each((subscriber) => subscriber.interrupted());
  }

  failed(error: unknown): void {
    this.errors.tell(error);
  }

  refused(error: unknown): void {
    this.requests.fail(error);
    this.#each((subscriber) => subscriber.refused(error));
    this.failed(error);
  }

  // No server has such an action. Its error answer shows that the connection is alive.
  probe(): string {
    return this.requests.encode({ stream: this.#lastStream, action: HEARTBEAT, args: {} }, HEARTBEAT);
  }

  received(text: string): void {
    let received;
    try {
      received = decode(text, this.multiplexed, this.options.json);
    } catch (error) {
      return this.failed(error);
    }
    const { stream = this.stream, payload } = received;
    this.#lastStream = received.stream ?? this.#lastStream;
    if (!isEnvelope(payload)) return this.unasked.tell({ stream, action: undefined, data: payload });
    const { action, data, request_id: id } = payload;
    if (typeof id === 'string') {
      if (this.requests.answered(id, payload) || this.subscribers.get(id)?.received(payload) === true) return;
    }
    if (payload.response_status < 400) {
      this.unasked.tell({ stream, action: typeof action === 'string' ? action : undefined, data });
    } else if (id !== HEARTBEAT) {
      // This is a late answer, or an error that does not belong to a request.
      this.failed(failureOf(stream, payload));
    }
  }
}

const HEARTBEAT = 'heartbeat';
