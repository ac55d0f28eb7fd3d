/** Requests on one connection: those that wait for it, and those that wait for an answer. */

import { Timer } from './clock.js';
import type { Close, Connection } from './connection.js';
import { Closed, QueueFull, TimedOut, errorOf, type RequestError } from './errors.js';
import { encode, type Arguments, type Envelope } from './protocol.js';
import type { Json } from './scalars.js';

/** How long a request may take, and what ends it before. */
export interface RequestOptions {
  /**
   * Ends the wait for the answer; what was sent is not taken back. A subscription is ended by it whenever that is, here
   * and on the server.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds from the call to the answer, the wait for a connection included. A subscription with `Infinity` is
   * asked for until it is live, or until it is refused with 400, 401, 403 or 404.
   */
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

/** What makes a result of answers: called with each until it settles. `sent`: there is none. */
export type Take<T> = ((data: Json, resolve: (value: T) => void) => void) | 'sent';

export interface RequestsOptions {
  /** Whether frames are wrapped in `{"stream", "payload"}`. */
  readonly multiplexed: boolean;
  /** Milliseconds for a request that says nothing else. */
  readonly timeout: number;
  /** How many requests may wait for a connection. */
  readonly queue: number;
}

/** Close code: a message was too large. */
const TOO_LARGE = 1009;

export class Requests {
  /** In the order of the calls. */
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

  /** Sends a request, now or when there is a connection, and gives what `take` makes of its answers. */
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
        text: encode(this.wire(call.stream), call.action, id, call.args),
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

  /** The error of a call that took too long: with a cause, if it was not even sent. */
  late(call: Call, timeout: number, sent: boolean): TimedOut {
    const cause = sent ? undefined : this.connection.lastError;
    return new TimedOut(`${call.stream} ${call.action}: no answer within ${timeout} ms`, { cause });
  }

  /** There is a connection: sends what waits for it. */
  opened(): void {
    for (const pending of this.#all()) {
      if (!pending.sent && this.connection.status === 'open') this.#transmit(pending);
    }
  }

  /** The connection is gone: what only reads waits for the next, all else is in doubt. */
  lost(close: Close): void {
    for (const pending of this.#all()) {
      if (!pending.sent) continue;
      // What was too large once is too large again.
      if (pending.call.repeatable && close.code !== TOO_LARGE) pending.sent = false;
      else pending.fail(new Closed(`the connection was lost before the answer (${close.code})`, close.code, true));
    }
  }

  /** Takes an answer; false: no request waits for it. */
  answered(id: string, envelope: Envelope): boolean {
    const siblings = this.#pending.get(id)?.filter((pending) => pending.sent);
    // An event has the id of its subscription, and another action.
    const own = siblings?.find((pending) => pending.call.action === envelope.action);
    const pending = own ?? (envelope.response_status < 400 ? undefined : siblings?.[0]);
    pending?.answer(envelope);
    return pending !== undefined;
  }

  /** Fails all. */
  fail(error: unknown): void {
    for (const pending of this.#all()) pending.fail(error);
  }

  /** The stream that a frame names, if frames name streams. */
  wire(stream: string): string | undefined {
    return this.options.multiplexed ? stream : undefined;
  }

  /** Sends it, or keeps it until there is a connection. */
  #send(pending: Pending): void {
    this.#pending.set(pending.id, [...(this.#pending.get(pending.id) ?? []), pending]);
    if (this.connection.status === 'open') return this.#transmit(pending);
    if (this.#waiting() > this.options.queue) {
      return pending.fail(new QueueFull(`${this.options.queue} requests wait for a connection`));
    }
    this.connection.need();
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
}

/** The error that an answer is. */
export function failureOf(call: { readonly stream: string }, envelope: Envelope): RequestError {
  const { action, errors, response_status: status } = envelope;
  return errorOf({ stream: call.stream, action, status, errors });
}
