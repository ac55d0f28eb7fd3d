/** One WebSocket that comes back: connecting, authenticating, noticing silence, waiting, being refused. */

import { Retry, Timer, type Backoff } from './clock.js';
import { CannotConnect, DcrfError, ProtocolError, TimedOut, errorOf } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import { decode, encode } from './protocol.js';

/**
 * What a connection is doing.
 *
 * - `idle`: nothing was asked of it yet
 * - `connecting`: the URL, the token, the handshake or the answer to the token is waited for
 * - `open`: requests are sent
 * - `waiting`: it was lost, and will be tried again
 * - `refused`: the server does not want it, or it can never come about: nothing is tried before `connect()`
 * - `closed`: it was closed for good, by `close()`
 */
export type Status = 'idle' | 'connecting' | 'open' | 'waiting' | 'refused' | 'closed';

/** How a connection ended. */
export interface Close {
  /** The close code (RFC 6455, 7.4): 1006 if there was none. */
  readonly code: number;
  readonly reason: string;
}

/** What is used of a WebSocket: that of a browser, of Node 22, or of the package `ws`. */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  // Only ever written; implementations disagree about what their types are.
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
}

/** What makes a {@link Socket}. */
export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;

export interface ConnectionOptions {
  /** Called at every try. If it fails with {@link CannotConnect}, nothing is tried any more. */
  readonly url: () => string | Promise<string>;
  readonly WebSocket: SocketConstructor;
  readonly protocols: string[];
  /** Called at every try. Nothing: the connection has no token. */
  readonly token: (() => string | undefined | Promise<string | undefined>) | undefined;
  readonly tokenIn: 'query' | 'frame';
  /** Milliseconds for all that comes before the connection is open. */
  readonly connectTimeout: number;
  readonly backoff: Backoff;
  /** Milliseconds of silence before the server is asked for a sign of life, and for its answer. */
  readonly heartbeat: { readonly idle: number; readonly timeout: number } | undefined;
}

/** What a connection tells. */
export interface ConnectionEvents {
  /** Requests can be sent from now on. */
  opened(): void;
  received(text: string): void;
  /** It was open and is not any more. */
  lost(close: Close): void;
  /** Something went wrong that the network is not to blame for. It goes on. */
  failed(error: unknown): void;
  /** It does not go on by itself. */
  refused(error: unknown): void;
  /** A frame that is answered, whatever the answer: a sign of life. */
  probe(): string;
}

const AUTHENTICATE = 'authenticate';

/** Close codes by which a server refuses who has connected, each with the status of an answer that says the same. */
const REFUSALS: { readonly [code: number]: number | undefined } = {
  1008: 403, 3000: 401, 3003: 403, 4400: 400, 4401: 401, 4403: 403, 4404: 404,
};

/** Close codes by which a server objects to a frame of ours, which may well be sent again. */
const OBJECTIONS: readonly number[] = [1002, 1003, 1007, 1009];

export class Connection {
  #status: Status = 'idle';
  #socket: Socket | undefined;
  /** The number of the try: what belongs to an earlier one comes too late. */
  #try = 0;
  /** Whether the server has accepted something on this socket: the token, or a frame that it answered. */
  #accepted = false;
  /** What the socket said of its end before it ended. */
  #cause: unknown;
  readonly #retry: Retry;
  readonly #limit = new Timer();
  readonly #silence = new Timer();
  readonly #statuses = new Listeners<Status>();
  #forget: Stop = () => undefined;
  /** The last time that it ended, and why it could not be opened, as far as that is known. */
  lastClose: Close | undefined;
  lastError: unknown;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {
    this.#retry = new Retry(options.backoff);
  }

  get status(): Status {
    return this.#status;
  }

  onStatus(listener: (status: Status) => void): Stop {
    return this.#statuses.add(listener);
  }

  /** Begins to connect, if nothing was asked of it before. */
  need(): void {
    if (this.#status === 'idle') this.open();
  }

  /** Connects now, unless it is about to: a wait is over, a refusal is put to the test. */
  open(): void {
    const status = this.#status;
    if (status === 'idle') {
      this.#forget = onceOnline(() => {
        if (this.#status === 'waiting') this.#connect();
      });
    }
    if (status === 'idle' || status === 'waiting' || status === 'refused') this.#connect();
  }

  /** Leaves the socket that there is, if there is one, and connects. */
  reopen(): void {
    if (this.#status === 'open' || this.#status === 'connecting') {
      this.#leave('waiting', { code: 1000, reason: 'connecting anew' });
    }
    this.open();
  }

  /** Sends a text; only while it is open. */
  send(text: string): void {
    this.#socket?.send(text);
  }

  /** Ends it for good. */
  close(code = 1000, reason = ''): void {
    if (this.#status === 'closed') return;
    this.#retry.stop();
    this.#forget();
    this.#leave('closed', { code, reason });
  }

  /** Closes the socket. */
  #leave(next: Status, close: Close): void {
    const open = this.#status === 'open';
    const socket = this.#socket;
    if (this.#accepted) this.#retry.accepted();
    this.#detach();
    socket?.close(close.code, close.reason);
    this.#set(next);
    if (open) this.events.lost(close);
  }

  #connect(): void {
    this.#retry.stop();
    this.#accepted = false;
    this.#cause = undefined;
    this.#try += 1;
    const number = this.#try;
    const { connectTimeout } = this.options;
    this.#limit.set(connectTimeout, () => {
      if (this.#socket !== undefined) return this.#drop('the handshake took too long');
      this.#failed(new TimedOut(`neither URL nor token were there within ${connectTimeout} ms`));
    });
    this.#set('connecting');
    // Who was told may have closed it; and it may be given up while the token is on its way.
    if (number !== this.#try) return;
    void this.#address().then(
      (address) => {
        if (number === this.#try) this.#dial(address);
      },
      (error: unknown) => {
        if (number === this.#try) this.#failed(error);
      },
    );
  }

  async #address(): Promise<{ url: string; token: string | undefined }> {
    const token = await this.options.token?.();
    const url = await this.options.url();
    if (token === undefined || this.options.tokenIn === 'frame') return { url, token };
    const address = new URL(url);
    address.searchParams.set('token', token);
    return { url: address.href, token: undefined };
  }

  #dial({ url, token }: { url: string; token: string | undefined }): void {
    let socket: Socket;
    try {
      socket = new this.options.WebSocket(url, this.options.protocols);
    } catch (error) {
      const known = error instanceof CannotConnect;
      return this.#failed(known ? error : new CannotConnect(`no socket to ${url}: ${String(error)}`, { cause: error }));
    }
    this.#socket = socket;
    socket.onopen = (): void => {
      if (token === undefined) return this.#opened();
      socket.send(encode(undefined, AUTHENTICATE, AUTHENTICATE, { token }));
    };
    socket.onmessage = ({ data }: { data: unknown }): void => {
      if (typeof data !== 'string') {
        return this.events.failed(new ProtocolError('the server sent a frame that is not text'));
      }
      this.#alive();
      if (this.#status !== 'open') return this.#authenticated(data);
      this.#accepted = true;
      this.events.received(data);
    };
    socket.onclose = ({ code, reason }: Close): void => this.#ended({ code, reason });
    // An error is always followed by a close. Browsers say nothing in it.
    socket.onerror = (event?: { readonly error?: unknown }): void => {
      this.#cause = event?.error;
    };
  }

  #authenticated(text: string): void {
    let received;
    try {
      received = decode(text, false);
    } catch (error) {
      return this.events.failed(error);
    }
    const { envelope } = { envelope: undefined, ...received };
    if (envelope?.request_id !== AUTHENTICATE) return;
    const { action, errors, response_status: status } = envelope;
    if (status < 400) {
      this.#accepted = true;
      return this.#opened();
    }
    const error = errorOf({ stream: '', action, status, errors });
    this.#drop('the token was refused', error);
    this.events.failed(error);
  }

  #opened(): void {
    this.#limit.clear();
    this.lastError = undefined;
    this.#set('open');
    this.#alive();
    // Who was told may have closed it.
    if (this.#status === 'open') this.events.opened();
  }

  /** Something came. */
  #alive(): void {
    if (this.#status !== 'open') return;
    const { heartbeat } = this.options;
    if (heartbeat === undefined) return;
    this.#silence.set(heartbeat.idle, () => {
      this.send(this.events.probe());
      this.#silence.set(heartbeat.timeout, () => this.#drop('the server was silent'));
    });
  }

  /** Ends a socket that does not end by itself. */
  #drop(reason: string, error?: unknown): void {
    const socket = this.#socket;
    this.#ended({ code: 1006, reason }, error);
    socket?.close();
  }

  /** There is no socket, for want of a URL, a token or a class of sockets. */
  #failed(error: unknown): void {
    this.#ended({ code: 1006, reason: error instanceof Error ? error.message : String(error) }, error);
    if (!(error instanceof CannotConnect)) this.events.failed(error);
  }

  #ended(close: Close, error?: unknown): void {
    const open = this.#status === 'open';
    this.#detach();
    const refusal = error instanceof CannotConnect ? error : this.#refusal(close);
    const message = `the connection was closed with ${close.code} ${close.reason}`.trimEnd();
    this.lastClose = close;
    this.lastError = refusal ?? error ?? new DcrfError(message, { cause: this.#cause });
    if (refusal === undefined) {
      if (this.#accepted && !OBJECTIONS.includes(close.code)) this.#retry.accepted();
      this.#retry.again(() => this.#connect(), told(close));
    }
    // Who hears of the end of a subscription finds the status that there is now, and may change it.
    const status = refusal === undefined ? 'waiting' : 'refused';
    this.#status = status;
    if (open) this.events.lost(close);
    if (refusal !== undefined && this.#status === status) this.events.refused(refusal);
    if (this.#status === status) this.#statuses.tell(status);
  }

  /** What a server has against this client, if the next try cannot be another one: with a new token it is. */
  #refusal({ code, reason }: Close): unknown {
    const status = REFUSALS[code];
    if (status === undefined || (status === 401 && this.options.token !== undefined)) return undefined;
    return errorOf({ stream: '', action: 'connect', status, errors: reason === '' ? [] : [reason] });
  }

  /** Hears nothing more of the socket. */
  #detach(): void {
    this.#try += 1;
    this.#limit.clear();
    this.#silence.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    // Not null: what closes may still fail, and an error that nobody hears of is thrown by `ws`.
    const nothing = (): void => undefined;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = nothing;
  }

  #set(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#statuses.tell(status);
  }
}

/** When to come back, if a server that restarts has said it: each client at another moment. In milliseconds. */
function told(close: Close): number | undefined {
  const wait = close.code === 1012 ? /retry in (\d{1,5}) ms/.exec(close.reason)?.[1] : undefined;
  return wait === undefined ? undefined : Number(wait);
}

/** Calls back whenever the browser has a network again. */
function onceOnline(then: () => void): Stop {
  const target = globalThis as { addEventListener?: AddListener; removeEventListener?: AddListener };
  target.addEventListener?.('online', then);
  return () => target.removeEventListener?.('online', then);
}

type AddListener = (type: 'online', listener: () => void) => void;
