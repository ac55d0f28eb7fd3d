/** The requests of one connection: those that wait for it, and those that wait for an answer. */

import { Timer } from './clock.js';
import type { Connection } from './connection.js';
import { Closed, QueueFull, TimedOut, errorOf, type RequestError } from './errors.js';
import { onAbort } from './listeners.js';
import type { ClientOptions } from './options.js';
import { encode, type Arguments, type Envelope } from './protocol.js';
import type { Json } from './scalars.js';
import type { Close } from './socket.js';

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
  readonly repeatable?: boolean | undefined;
  /** The id of the subscription that the call is about; other calls get their own id. */
  readonly id?: string;
}

interface Pending {
  readonly id: string;
  readonly call: Call;
  readonly text: string;
  readonly take: Take<never>;
  sent: boolean;
  done(value: never): void;
  fail(error: unknown): void;
}

/**
 * Makes the result from the answers: it is called with each until it resolves. With `sent`, the request has no answer.
 */
export type Take<T> = ((data: Json, resolve: (value: T) => void, envelope: Envelope) => void) | 'sent';

/** The close code for a message that was too large. */
const TOO_LARGE = 1009;

export class Requests {
  /** The requests in the order of the calls. */
  readonly #pending = new Set<Pending>();
  #ids = 0;
  /** The milliseconds that a request may take if it does not set a timeout. */
  readonly timeout: number;

  /** @param multiplexed whether frames are wrapped in `{"stream", "payload"}`. */
  constructor(
    private readonly connection: Connection,
    private readonly options: ClientOptions,
    private readonly multiplexed: boolean,
  ) {
    this.timeout = options.timeout ?? 30_000;
  }

  nextId(): string {
    this.#ids += 1;
    return String(this.#ids);
  }

  /**
   * Sends a request, now or when there is a connection, and returns the result that `take` makes from its answers: by
   * default the `data` of the first one.
   */
  exchange<T>(
    call: Call,
    { signal, timeout = this.timeout }: RequestOptions = {},
    take: Take<T> = (data, resolve) => resolve(data as T),
  ): Promise<T> {
    const { status, lastError } = this.connection;
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      if (status === 'closed') return reject(new Closed('the client is closed'));
      if (status === 'refused') return reject(lastError as Error);
      const timer = new Timer();
      const settle = <Value>(then: (value: Value) => void) => (value: Value): void => {
        timer.clear();
        stop();
        this.#pending.delete(pending);
        then(value);
      };
      const fail = settle(reject);
      const id = call.id ?? this.nextId();
      const pending: Pending = {
        id, call, text: this.encode(call, id), take: take as Take<never>, sent: false, done: settle(resolve), fail,
      };
      timer.set(timeout, () => fail(this.late(call, timeout, pending.sent)));
      const stop = onAbort(signal, () => fail(signal?.reason));
      this.#send(pending);
    });
  }

  /** Returns the text of a call. */
  encode({ stream, action, args }: Pick<Call, 'stream' | 'action' | 'args'>, id: string): string {
    return encode(this.multiplexed ? stream : undefined, action, id, args, this.options.json);
  }

  /** Returns the error of a call that took too long: with a cause, if it was not even sent. */
  late({ stream, action }: Call, timeout: number, sent: boolean): TimedOut {
    return new TimedOut(`${stream} ${action}: no answer within ${timeout} ms`, sent ? {} : this.#cause());
  }

  /** Sends the requests that wait for the connection, which is open now. */
  opened(): void {
    for (const pending of this.#waiting()) {
      if (this.connection.status === 'open') this.#transmit(pending);
    }
  }

  /**
   * Handles the loss of the connection: requests that only read wait for the next one, the others fail, because their
   * outcome is unknown.
   */
  lost({ code }: Close): void {
    for (const pending of [...this.#pending]) {
      if (!pending.sent) continue;
      // A frame that was too large once is too large again.
      if (pending.call.repeatable === true && code !== TOO_LARGE) pending.sent = false;
      else pending.fail(new Closed(`the connection was lost before the answer (${code})`, code, true, this.#cause()));
    }
  }

  /** Handles an answer. Returns false if no request waits for it. */
  answered(id: string, envelope: Envelope): boolean {
    const siblings = [...this.#pending].filter((pending) => pending.sent && pending.id === id);
    // An event has the id of its subscription, but another action.
    const own = siblings.find(({ call }) => call.action === envelope.action);
    const pending = own ?? (envelope.response_status < 400 ? undefined : siblings[0]);
    if (pending === undefined) return false;
    if (envelope.response_status >= 400) pending.fail(failureOf(pending.call.stream, envelope));
    else if (pending.take !== 'sent') pending.take(envelope.data, pending.done, envelope);
    return true;
  }

  /** Fails all requests. */
  fail(error: unknown): void {
    for (const pending of [...this.#pending]) pending.fail(error);
  }

  /** Sends a request, or keeps it until there is a connection. */
  #send(pending: Pending): void {
    const { queue = 256 } = this.options;
    this.#pending.add(pending);
    if (this.connection.status === 'open') return this.#transmit(pending);
    if (this.#waiting().length > queue) {
      return pending.fail(new QueueFull(`${queue} requests wait for a connection`, this.#cause()));
    }
    this.connection.need();
  }

  #transmit(pending: Pending): void {
    pending.sent = true;
    this.connection.send(pending.text);
    if (pending.take === 'sent') pending.done(undefined as never);
  }

  #cause(): { cause: unknown } {
    return { cause: this.connection.lastError };
  }

  #waiting(): Pending[] {
    return [...this.#pending].filter((pending) => !pending.sent);
  }
}

/** Returns the error for an envelope that is a failure. */
export function failureOf(stream: string, { action, errors, response_status: status }: Envelope): RequestError {
  return errorOf({ stream, action, status, errors });
}
