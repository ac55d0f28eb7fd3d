/** One WebSocket that comes back: connecting, authenticating, noticing silence, waiting. */

import { Timer, wait, type Backoff } from './clock.js';
import { DcrfError, NotAuthenticated } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import { decode, encode } from './protocol.js';

/**
 * What a connection is doing.
 *
 * - `idle`: nothing was asked of it yet
 * - `connecting`: the handshake, or the token, is on its way
 * - `open`: requests are sent
 * - `waiting`: it was lost, and will be tried again
 * - `closed`: it was closed for good, by `close()`
 */
export type Status = 'idle' | 'connecting' | 'open' | 'waiting' | 'closed';

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
  /** Called at every try. */
  readonly url: () => string | Promise<string>;
  readonly WebSocket: SocketConstructor;
  readonly protocols: string[];
  /** Called at every try. Nothing: the connection has no token. */
  readonly token: (() => string | undefined | Promise<string | undefined>) | undefined;
  readonly tokenIn: 'query' | 'frame';
  /** Milliseconds for the handshake, and for the answer to the token. */
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
  /** A frame that is answered, whatever the answer: a sign of life. */
  probe(): string;
}

const AUTHENTICATE = 'authenticate';

export class Connection {
  #status: Status = 'idle';
  #socket: Socket | undefined;
  #tries = 0;
  readonly #retry = new Timer();
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
  ) {}

  get status(): Status {
    return this.#status;
  }

  onStatus(listener: (status: Status) => void): Stop {
    return this.#statuses.add(listener);
  }

  /** Begins to connect, if that was not begun. */
  open(): void {
    if (this.#status !== 'idle') return;
    this.#forget = onceOnline(() => {
      if (this.#status === 'waiting') this.#connect();
    });
    this.#connect();
  }

  /** Sends a text; only while it is open. */
  send(text: string): void {
    this.#socket?.send(text);
  }

  /** Ends it for good. */
  close(code = 1000, reason = ''): void {
    if (this.#status === 'closed') return;
    const open = this.#status === 'open';
    const socket = this.#socket;
    this.#detach();
    this.#retry.clear();
    this.#forget();
    socket?.close(code, reason);
    this.#set('closed');
    if (open) this.events.lost({ code, reason });
  }

  #connect(): void {
    this.#retry.clear();
    this.#set('connecting');
    void this.#address().then(
      (address) => this.#dial(address),
      (error: unknown) => this.#failed(error),
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
    // It may have been closed while the token was on its way.
    if (this.#status !== 'connecting') return;
    let socket: Socket;
    try {
      socket = new this.options.WebSocket(url, this.options.protocols);
    } catch (error) {
      return this.#failed(error);
    }
    this.#socket = socket;
    this.#limit.set(this.options.connectTimeout, () => this.#drop('the handshake took too long'));
    socket.onopen = (): void => {
      if (token === undefined) return this.#opened();
      socket.send(encode(undefined, AUTHENTICATE, AUTHENTICATE, { token }));
    };
    socket.onmessage = ({ data }: { data: unknown }): void => {
      if (typeof data !== 'string') return;
      this.#alive();
      // A server that says something is not one that falls over at once.
      this.#tries = 0;
      if (this.#status === 'open') this.events.received(data);
      else this.#authenticated(data);
    };
    socket.onclose = ({ code, reason }: Close): void => this.#ended({ code, reason });
    // An error is always followed by a close.
    socket.onerror = (): void => undefined;
  }

  #authenticated(text: string): void {
    const { envelope } = { envelope: undefined, ...decode(text, false) };
    if (envelope?.request_id !== AUTHENTICATE) return;
    if (envelope.response_status < 400) return this.#opened();
    const { action, errors, response_status: status } = envelope;
    this.lastError = new NotAuthenticated({ stream: '', action, status, errors });
    this.#drop('the token was refused');
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
  #drop(reason: string): void {
    const socket = this.#socket;
    this.#ended({ code: 1006, reason });
    socket?.close();
  }

  #failed(error: unknown): void {
    this.lastError = error;
    this.#ended({ code: 1006, reason: error instanceof Error ? error.message : String(error) });
  }

  #ended(close: Close): void {
    if (this.#status === 'closed') return;
    const open = this.#status === 'open';
    this.#detach();
    this.lastClose = close;
    this.lastError ??= new DcrfError(`the connection was closed with ${close.code} ${close.reason}`.trimEnd());
    this.#retry.set(told(close) ?? wait(this.options.backoff, this.#tries), () => this.#connect());
    this.#tries += 1;
    this.#set('waiting');
    if (open) this.events.lost(close);
  }

  /** Hears nothing more of the socket. */
  #detach(): void {
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
