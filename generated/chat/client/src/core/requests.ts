/** The requests of one connection: those that wait for it, and those that wait for an answer. */

import { Timer } from './clock.js';
import type { Close, Connection } from './connection.js';
import { Closed, QueueFull, TimedOut, errorOf, type RequestError } from './errors.js';
import { encode, type Arguments, type Codec, type Envelope } from './protocol.js';
import type { Json } from './scalars.js';

/** The limits of a request: the time that it may take, and a signal that aborts it. */
export interface RequestOptions {
  /**
   * Ends the wait for the answer; a request that was sent is not undone. A subscription is ended by it at any time, in
   * the client and on the server.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * The milliseconds that may pass from the call to the answer, with the wait for a connection. With `Infinity`, the
   * client tries to subscribe until the subscription is live, or until it is refused with 400, 401, 403 or 404.
   */
  readonly timeout?: number | undefined;
}

/** A call of an action. */
export interface Call {
  readonly stream: string;
  readonly action: string;
  readonly args: Arguments;
  /**
   * Whether the request may be sent again if the connection was lost before the answer, because the action changes
   * nothing.
   */
  readonly repeatable: boolean;
  /** The id of the subscription that the call is about; other calls get their own id. */
  readonly id?: string;
}

interface Pending {
  readonly id: string;
  readonly call: Call;
  readonly text: string;
  sent: boolean;
  /** Notes that the request was sent. */
  transmitted(): void;
  /** Handles an answer. */
  answer(envelope: Envelope): void;
  fail(error: unknown): void;
}

/**
 * Makes the result from the answers: it is called with each until it resolves. With `sent`, the request has no answer.
 */
export type Take<T> = ((data: Json, resolve: (value: T) => void) => void) | 'sent';

export interface RequestsOptions {
  /** Whether frames are wrapped in `{"stream", "payload"}`. */
  readonly multiplexed: boolean;
  /** The milliseconds that a request may take if it does not set a timeout. */
  readonly timeout: number;
  /** The greatest number of requests that may wait for a connection. */
  readonly queue: number;
  /** Reads and writes frames. */
  readonly json: Codec;
}

/** The close code for a message that was too large. */
const TOO_LARGE = 1009;

export class Requests {
  /** The requests by their ids, in the order of the calls. */
  readonly #pending = new Map<string, Pending[]>();
  #ids = 0;

  constructor(
    private readonly connection: Connection,
    private readonly options: RequestsOptions,
  ) {}

  nextId(): string {
    this.#ids += 1;
    return String(this.#ids);
  }

  /** Sends a request, now or when there is a connection, and returns the result that `take` makes from its answers. */
  exchange<T>(call: Call, options: RequestOptions, take: Take<T>): Promise<T> {
    const { signal, timeout = this.options.timeout } = options;
    const { connection } = this;
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      if (connection.status === 'closed') return reject(new Closed('the client is closed'));
      if (connection.status === 'refused') return reject(connection.lastError as Error);
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
        text: encode(this.wire(call.stream), call.action, id, call.args, this.options.json),
        sent: false,
        transmitted: () => (take === 'sent' ? done(undefined as T) : undefined),
        answer: (envelope) => {
          if (envelope.response_status >= 400) fail(failureOf(call, envelope));
          else if (take !== 'sent') take(envelope.data, done);
        },
        fail,
      };
      timer.set(timeout, () => fail(this.late(call, timeout, pending.sent)));
      signal?.addEventListener('abort', abort);
      this.#send(pending);
    });
  }

  /** Returns the error of a call that took too long: with a cause, if it was not even sent. */
  late(call: Call, timeout: number, sent: boolean): TimedOut {
    return new TimedOut(`${call.stream} ${call.action}: no answer within ${timeout} ms`, sent ? {} : this.#cause());
  }

  /** Sends the requests that wait for the connection, which is open now. */
  opened(): void {
    for (const pending of this.#all()) {
      if (!pending.sent && this.connection.status === 'open') this.#transmit(pending);
    }
  }

  /**
   * Handles the loss of the connection: requests that only read wait for the next one, the others fail, because their
   * outcome is unknown.
   */
  lost(close: Close): void {
    for (const pending of this.#all()) {
      if (!pending.sent) continue;
      // A frame that was too large once is too large again.
      if (pending.call.repeatable && close.code !== TOO_LARGE) pending.sent = false;
      else pending.fail(new Closed(`the connection was lost before the answer (${close.code})`, close.code, true, this.#cause()));
    }
  }

  /** Handles an answer. Returns false if no request waits for it. */
  answered(id: string, envelope: Envelope): boolean {
    const siblings = this.#pending.get(id)?.filter((pending) => pending.sent);
    // An event has the id of its subscription, but another action.
    const own = siblings?.find((pending) => pending.call.action === envelope.action);
    const pending = own ?? (envelope.response_status < 400 ? undefined : siblings?.[0]);
    pending?.answer(envelope);
    return pending !== undefined;
  }

  /** Fails all requests. */
  fail(error: unknown): void {
    for (const pending of this.#all()) pending.fail(error);
  }

  /** Returns the stream that a frame names, if frames name streams. */
  wire(stream: string): string | undefined {
    return this.options.multiplexed ? stream : undefined;
  }

  /** Sends a request, or keeps it until there is a connection. */
  #send(pending: Pending): void {
    this.#pending.set(pending.id, [...(this.#pending.get(pending.id) ?? []), pending]);
    if (this.connection.status === 'open') return this.#transmit(pending);
    if (this.#waiting() > this.options.queue) {
      return pending.fail(new QueueFull(`${this.options.queue} requests wait for a connection`, this.#cause()));
    }
    this.connection.need();
  }

  #transmit(pending: Pending): void {
    pending.sent = true;
    this.connection.send(pending.text);
    pending.transmitted();
  }

  #cause(): { cause: unknown } {
    return { cause: this.connection.lastError };
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
}

/** Returns the error for an envelope that is a failure. */
export function failureOf(call: { readonly stream: string }, envelope: Envelope): RequestError {
  const { action, errors, response_status: status } = envelope;
  return errorOf({ stream: call.stream, action, status, errors });
}
