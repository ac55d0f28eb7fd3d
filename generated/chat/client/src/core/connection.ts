/** A WebSocket that connects again: it connects, authenticates, detects silence, waits, and stops after a refusal. */

import { addressOf } from './address.js';
import { onceAwake } from './awake.js';
import { Retry, Timer } from './clock.js';
import { OBJECTIONS, refusalBy, refusalOf, waitBy } from './closes.js';
import { CannotConnect, DcrfError, ProtocolError, TimedOut, errorOf, isFinal } from './errors.js';
import { Listeners, type Stop } from './listeners.js';
import type { ClientOptions } from './options.js';
import { decode, encode, isEnvelope } from './protocol.js';
import type { Close, Socket, SocketConstructor } from './socket.js';
import { CONNECTION, type ConnectionEvent, type ConnectionState } from './states.js';

/**
 * The status of a connection.
 *
 * - `idle`: it has not been used yet
 * - `connecting`: it waits for the URL, the token, the handshake or the answer to the token
 * - `open`: requests are sent
 * - `waiting`: it was lost, and connects again after a wait
 * - `refused`: the server refuses it, or it can never be opened; it connects again only after `connect()`
 * - `closed`: it was closed for good, by `close()`
 */
export type Status = 'idle' | 'connecting' | 'open' | 'waiting' | 'refused' | 'closed';

/** The callbacks of a connection. */
export interface ConnectionEvents {
  /** Requests can be sent from now on. */
  opened(): void;
  received(text: string): void;
  /** The connection was open and has ended. */
  lost(close: Close): void;
  /** An error that the network did not cause. The connection continues. */
  failed(error: unknown): void;
  /** The connection was refused and does not connect again by itself. */
  refused(error: unknown): void;
  /** Returns a frame that the server answers in any case, which shows that the connection is alive. */
  probe(): string;
}

const AUTHENTICATE = 'authenticate';

/** The subprotocol after which the token stands. */
const TOKEN_FOLLOWS = 'access_token';

export class Connection {
  #state: ConnectionState = 'idle';
  #socket: Socket | undefined;
  /** The number of the current try. Results of earlier tries are ignored. */
  #try = 0;
  /** Whether the server has accepted something on this socket: the token, or a frame that it answered. */
  #accepted = false;
  /** The error that the socket reported before it closed. */
  #cause: unknown;
  /** Whether a sign of life is waited for. */
  #probing = false;
  readonly #retry: Retry;
  /** Limits the time until the connection is open, and then the silence. */
  readonly #limit = new Timer();
  readonly #statuses = new Listeners<Status>();
  #forget: Stop = () => undefined;
  /** The last end of the connection, and the reason why it could not be opened, as far as they are known. */
  lastClose: Close | undefined;
  lastError: unknown;

  constructor(
    private readonly options: ClientOptions,
    private readonly path: string,
    private readonly events: ConnectionEvents,
  ) {
    this.#retry = new Retry(options.backoff);
  }

  get status(): Status {
    const state = this.#state;
    return state === 'preparing' || state === 'dialing' || state === 'authenticating' ? 'connecting' : state;
  }

  onStatus(listener: (status: Status) => void): Stop {
    return this.#statuses.add(listener);
  }

  /** Connects if the connection has not been used yet. */
  need(): void {
    this.#on('need');
  }

  /** Connects now, unless it is open or connecting. It ends a wait, and tries again after a refusal. */
  open(): void {
    this.#on('connect');
  }

  /** Closes the current socket, if there is one, and connects again. */
  reopen(): void {
    this.#on('reconnect', { code: 1000, reason: 'connecting anew' });
  }

  /** Connects now, or asks the server for a sign of life if the connection is open. */
  wake(): void {
    if (this.#state === 'open') this.#probe();
    else this.open();
  }

  /** Sends a text. The connection has to be open. */
  send(text: string): void {
    this.log('sent', text);
    this.#socket?.send(text);
  }

  /** Closes the connection for good. */
  close(code = 1000, reason = ''): void {
    this.#on('close', { code, reason });
  }

  /** Notes what happens, for debugging. */
  log(what: string, detail: unknown): void {
    const { debug, logger = console } = this.options;
    if (debug === true) logger.debug?.('dcrf', what, detail);
  }

  /**
   * Enters the state that an event leads to, if there is one. `close` says how the connection ends, and `error` why, if
   * it is known.
   */
  #on(event: ConnectionEvent, close?: Close, error?: unknown): void {
    const [before, was] = [this.#state, this.status];
    const state = CONNECTION[before][event];
    if (state === undefined) return;
    this.log(`connection: ${before} -> ${state}`, error ?? close);
    this.#state = state;
    this.#retry.clear();
    if (before === 'idle') this.#forget = onceAwake(() => this.#awake());
    if (close !== undefined) this.#detach(close, event === 'reconnect' || event === 'close');
    if (state === 'preparing') void this.#prepare();
    else if (state === 'waiting') this.#retry.again(() => this.#on('due'), waitBy(close));
    else if (state === 'closed') this.#forget();
    const number = this.#try;
    const current = (): boolean => this.#state === state && this.#try === number;
    // A listener for the end of a subscription sees the current status, and may change it.
    if (before === 'open' && close !== undefined) this.events.lost(close);
    if (state === 'refused' && current()) this.events.refused(error);
    if (was !== this.status && current()) this.#statuses.tell(this.status);
    if (state === 'open' && current()) this.events.opened();
  }

  async #prepare(): Promise<void> {
    const { connectTimeout = 10_000, token, url } = this.options;
    const number = (this.#try += 1);
    this.#accepted = false;
    this.#limit.set(connectTimeout, () => {
      if (this.#socket !== undefined) return this.#drop('the handshake took too long');
      this.#failed(new TimedOut(`neither URL nor token were there within ${connectTimeout} ms`));
    });
    try {
      const secret = (await token?.()) ?? undefined;
      const address = await addressOf(url, this.path);
      // It may have been closed meanwhile.
      if (number === this.#try) this.#dial(address, secret);
    } catch (error) {
      if (number === this.#try) this.#failed(error);
    }
  }

  #dial(url: URL, token: string | undefined): void {
    const { tokenIn = 'query', protocols = [] } = this.options;
    if (token === undefined || tokenIn === 'frame') return this.#listen(this.#connect(url, protocols), token);
    if (tokenIn === 'query') url.searchParams.set('token', token);
    this.#listen(this.#connect(url, tokenIn === 'query' ? protocols : [...protocols, TOKEN_FOLLOWS, token]));
  }

  #connect(url: URL, protocols: readonly string[]): Socket {
    const { WebSocket = (globalThis as { WebSocket?: SocketConstructor }).WebSocket } = this.options;
    try {
      if (WebSocket === undefined) throw new Error('there is no WebSocket: pass that of the package `ws`');
      return new WebSocket(url.href, [...protocols]);
    } catch (cause) {
      throw new CannotConnect(`no socket to ${url.host}${url.pathname}: ${String(cause)}`, { cause });
    }
  }

  /** Handles what a socket tells. A token is sent in the first frame. */
  #listen(socket: Socket, token?: string): void {
    this.#socket = socket;
    this.#cause = undefined;
    socket.onopen = (): void => {
      if (token === undefined) return this.#ready();
      this.#on('opened');
      socket.send(encode(undefined, AUTHENTICATE, AUTHENTICATE, { token }));
    };
    socket.onmessage = ({ data }: { data: unknown }): void => {
      if (typeof data !== 'string') {
        return this.events.failed(new ProtocolError('the server sent a frame that is not text'));
      }
      if (this.#state !== 'open') return this.#authenticated(data);
      this.#alive();
      this.#accepted = true;
      this.log('received', data);
      this.events.received(data);
    };
    socket.onclose = ({ code, reason }: Close): void => this.#ended({ code, reason });
    // An error is always followed by a close. Browsers do not say what it was.
    socket.onerror = (event?: { readonly error?: unknown }): void => {
      this.#cause = event?.error;
    };
    this.#on('prepared');
  }

  #authenticated(text: string): void {
    let payload;
    try {
      ({ payload } = decode(text, false));
    } catch (error) {
      return this.events.failed(error);
    }
    if (!isEnvelope(payload) || payload.request_id !== AUTHENTICATE) return;
    const { action, errors, response_status: status } = payload;
    if (status < 400) {
      this.#accepted = true;
      return this.#ready();
    }
    const error = errorOf({ stream: '', action, status, errors });
    this.#drop('the token was refused', error);
    this.events.failed(error);
  }

  #ready(): void {
    this.#limit.clear();
    this.lastError = undefined;
    this.#on('ready');
    if (this.#state === 'open') this.#alive();
  }

  /** Starts the time of silence again, after a frame was received. */
  #alive(): void {
    const { heartbeat = {} } = this.options;
    this.#probing = false;
    if (heartbeat !== false) this.#limit.set(heartbeat.idle ?? 30_000, () => this.#probe());
  }

  /** Asks the server for a sign of life. */
  #probe(): void {
    const { heartbeat = {} } = this.options;
    if (heartbeat === false || this.#probing) return;
    this.#probing = true;
    this.send(this.events.probe());
    this.#limit.set(heartbeat.timeout ?? 10_000, () => this.#drop('the server was silent'));
  }

  /** The browser has a network again, or shows its page again. */
  #awake(): void {
    if (this.#state === 'waiting' || this.#state === 'open') this.wake();
  }

  /** Ends the connection without waiting for its socket to close. */
  #drop(reason: string, error?: unknown): void {
    this.#ended({ code: 1006, reason }, error);
  }

  /** Ends the try: there is no socket, because the URL, the token or the class of sockets is missing. */
  #failed(error: unknown): void {
    this.#drop(error instanceof Error ? error.message : String(error), error);
    if (!isFinal(error)) this.events.failed(error);
  }

  #ended(close: Close, error?: unknown): void {
    const refusal = this.#socket === undefined && isFinal(error) ? error : refusalBy(close, this.options.token !== undefined);
    const unexplained = this.#state === 'dialing' && refusal === undefined;
    const message = `the connection was closed with ${close.code} ${close.reason}`.trimEnd();
    this.lastClose = close;
    this.lastError = refusal ?? error ?? new DcrfError(message, { cause: this.#cause });
    this.#on(refusal === undefined ? 'lost' : 'refused', close, refusal);
    if (unexplained) void this.#ask(this.#try);
  }

  /** Asks whether the session goes on: a browser does not learn why a handshake has failed. */
  async #ask(number: number): Promise<void> {
    let goesOn: boolean | undefined;
    try {
      goesOn = await this.options.session?.();
    } catch {
      // Nobody can be asked: it is the network.
    }
    if (goesOn !== false || number !== this.#try || this.#state !== 'waiting') return;
    this.lastError = refusalOf(401, 'The session has ended.');
    this.#on('refused', undefined, this.lastError);
  }

  /** Removes the socket, closes it, and ignores its further events. `own` tells whether it is closed with these words. */
  #detach({ code, reason }: Close, own: boolean): void {
    const socket = this.#socket;
    if (this.#accepted && !OBJECTIONS.includes(code)) this.#retry.accepted();
    this.#try += 1;
    this.#limit.clear();
    this.#probing = false;
    this.#socket = undefined;
    if (socket === undefined) return;
    // They are not null, because a closing socket may still fail, and `ws` throws an error without a listener.
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = (): void => undefined;
    if (own) socket.close(code, reason);
    else socket.close();
  }
}
